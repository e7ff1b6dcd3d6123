"""Pictures of the page while the real model speaks, for people to look at; they go to the folder ``SCREENSHOTS``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.actions import flush, press, until_state
from tests.browser.conftest import Open
from tests.cluster import Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = (
    "Every word that you type here is spoken while the rest is still being made. "
    "Each letter lights up at the moment it is heard."
)
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1000, "height": 860}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1000, "height": 860}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
}
README_PICTURE_BYTES = 200_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def until_speaking(page: Page) -> None:
    """Up to the middle of the first sentence."""
    await flush(page, TEXT)
    await expect(page.locator(".heard").nth(30)).to_be_attached(timeout=60_000)


@pytest.mark.parametrize("look", LOOKS)
async def test_screenshots_before_while_and_after_speaking(
    service: Service, open_page: Open, folder: Path, look: str
) -> None:
    page = await open_page(service.url, **LOOKS[look])
    await page.locator("#flush:enabled").wait_for()
    await page.screenshot(path=folder / f"{look}-before.png", full_page=True)
    await until_speaking(page)
    await page.screenshot(path=folder / f"{look}-while.png", full_page=True)
    await press(page, "End")
    await expect(page.locator(".heard")).to_have_count(len(TEXT), timeout=60_000)
    await until_state(page, "Not connected")
    await page.screenshot(path=folder / f"{look}-after.png", full_page=True)


async def test_picture_for_the_readme(service: Service, open_page: Open, folder: Path) -> None:
    page = await open_page(service.url, **LOOKS["light"])
    await press(page, "Connect")
    await expect(page.locator("#service")).to_contain_text("1 session")
    await until_speaking(page)
    await page.screenshot(path=folder / "page.png")
    assert (folder / "page.png").stat().st_size < README_PICTURE_BYTES
    await press(page, "Disconnect")
