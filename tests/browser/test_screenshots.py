"""Pictures of the page while the real model speaks, for people to look at; see ``conftest.pictures``.

Those whose names begin with ``readme`` are the README's.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.actions import press, speak, until_state
from tests.browser.conftest import LOOKS, Open
from tests.cluster import Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = (
    "On 3 March it cost $1.5M, and for every $x^2$ that you type here, the letter that you hear lights up "
    "while the rest is still being made."
)
SHORT = ("Good morning.", "How are you today?", "It is half past nine.", "Let us begin.")
README_PICTURE_BYTES = 200_000


async def until_in_the_middle(page: Page) -> None:
    await expect(page.locator(".heard").nth(40)).to_be_attached(timeout=60_000)


@pytest.mark.parametrize("look", LOOKS)
async def test_screenshots_before_while_and_after_speaking(
    service: Service, open_page: Open, pictures: Path, look: str
) -> None:
    page = await open_page(service.url, **LOOKS[look])
    await page.locator("#speak:enabled").wait_for()
    await page.screenshot(path=pictures / f"{look}-before.png", full_page=True)
    await speak(page, TEXT)
    await until_in_the_middle(page)
    await page.screenshot(path=pictures / f"{look}-while.png", full_page=True)
    await press(page, "Stop")
    await until_state(page, "Connected")
    await page.screenshot(path=pictures / f"{look}-after.png", full_page=True)
    await press(page, "Disconnect")


@pytest.mark.long
@pytest.mark.parametrize("look", ["light", "phone"])
async def test_pictures_for_the_readme(service: Service, open_page: Open, pictures: Path, look: str) -> None:
    page = await open_page(service.url, **LOOKS[look])
    await page.locator("#speak:enabled").wait_for()
    if look == "light":
        for text in SHORT:
            await speak(page, text)
            await expect(page.locator(".heard")).to_have_count(len(text), timeout=60_000)
            await until_state(page, "Connected")
    await speak(page, TEXT)
    await until_in_the_middle(page)
    await take(page, pictures / f"readme-{look}.png")
    await press(page, "Disconnect")


@pytest.mark.long
async def test_picture_of_the_status_for_the_readme(service: Service, open_page: Open, pictures: Path) -> None:
    speaking = await open_page(service.url)
    await speaking.locator("#speak:enabled").wait_for()
    await speak(speaking, f"{TEXT} {TEXT}")
    page = await open_page(f"{service.url}/status", **LOOKS["dark"])
    await expect(page.locator("tbody")).to_contain_text("speaking")
    await take(page, pictures / "readme-status.png")
    await press(speaking, "Disconnect")


async def take(page: Page, path: Path) -> None:
    picture = await page.screenshot(path=path)
    assert len(picture) < README_PICTURE_BYTES, "everybody who reads the README loads it"
