"""Pictures of the page for operators, for people to look at; see ``conftest.pictures``."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import LOOKS, Open
from tests.browser.operated import Past
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("look", LOOKS)
async def test_screenshots_of_a_service_that_is_well_in_trouble_and_gone(
    fake: FakeService, address: str, open_page: Open, pictures: Path, complaints: list[str], look: str
) -> None:
    past = Past(fake)
    watch = await past.pass_by()
    page = await open_page(f"{address}status", **LOOKS[look])
    title = page.locator("#verdict-title")
    await expect(title).to_have_text("Ready")
    await page.screenshot(path=pictures / f"status-{look}.png", full_page=True)

    past.fleet.incomplete, past.fleet.ram_percent, past.fleet.gpu_memory_mb = {"Kokoro"}, 94.0, 2900.0
    past.fleet.ingress.draining.set(1)
    await expect(title).to_have_text("Ready, with trouble")
    await page.screenshot(path=pictures / f"status-{look}-trouble.png", full_page=True)

    await page.route("**/health", lambda route: route.abort())
    await expect(title).to_contain_text("No answer since")
    await page.screenshot(path=pictures / f"status-{look}-gone.png", full_page=True)
    watch.cancel()
    complaints.clear()


async def test_screenshot_of_a_service_that_wants_a_key(
    fake: FakeService, address: str, open_page: Open, pictures: Path
) -> None:
    fake.add_key("boss", admin=True)
    page = await open_page(f"{address}status", **LOOKS["light"])
    await expect(page.get_by_label("Admin key")).to_be_visible()
    await page.screenshot(path=pictures / "status-key.png", full_page=True)
