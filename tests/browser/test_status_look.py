"""How the page for operators looks: on a phone, in both schemes, to whoever sees no colours, with names of any kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.operated import OperatedFleet, watched
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 360, "height": 740}
TEXT_CONTRAST = 4.5
GRAPHIC_CONTRAST = 3.0
CONTRAST_WITH_WHAT_IS_BEHIND = """
(elements, property) => {
  const edge = property.startsWith("border");
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const luminance = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = Array.from(canvas.getImageData(0, 0, 1, 1).data, (part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const behindOf = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    return backgroundColor === "rgba(0, 0, 0, 0)" ? behindOf(element.parentElement) : backgroundColor;
  };
  return elements.filter((element) => element.checkVisibility()).map((element) => {
    const behind = behindOf(edge ? element.parentElement : element);
    return [element.className.baseVal ?? element.className, contrast(getComputedStyle(element)[property], behind)];
  });
}
"""


@pytest_asyncio.fixture(loop_scope="session")
async def fleet(fake: FakeService) -> AsyncIterator[OperatedFleet]:
    """Watched twice a second."""
    async with watched(fake) as fleet:
        yield fleet


async def width_of(page: Page) -> int:
    return await page.evaluate("document.documentElement.scrollWidth")


async def test_names_are_shown_as_they_are_and_never_as_markup(
    fleet: OperatedFleet, address: str, open_page: Open
) -> None:
    page = await open_page(f"{address}status")
    fleet.names["kokoro"] = "<img src=x onerror=document.title='broken'>"

    await expect(page.locator("tbody code", has_text="<img src")).to_be_visible()
    assert await page.locator("main img").count() == 0


@pytest.mark.parametrize("trouble", [False, True])
async def test_it_fits_a_narrow_phone(
    fleet: OperatedFleet, fake: FakeService, address: str, open_page: Open, trouble: bool, complaints: list[str]
) -> None:
    if trouble:
        fleet.names["kokoro"] = "k" * 60
        fleet.missing, fleet.ram_percent, fleet.gpu_memory_mb = {"Speech"}, 99.0, 123_456.0
        fleet.memory_mb["Kokoro"] = 1_234_567.0
        fake.reason = "Speech or Kokoro does not answer: " + "x" * 200
    page = await open_page(f"{address}status", viewport=PHONE)
    await expect(page.get_by_role("table")).to_be_visible()
    await expect(page.locator("#verdict-title")).to_have_text("Not ready" if trouble else "Ready")

    assert await width_of(page) == PHONE["width"]
    complaints[:] = [complaint for complaint in complaints if "503" not in complaint]


async def test_the_table_keeps_to_itself_where_it_is_too_wide(
    fleet: OperatedFleet, address: str, open_page: Open
) -> None:
    page = await open_page(f"{address}status", viewport={"width": 700, "height": 800})
    await expect(page.get_by_role("table")).to_be_visible()

    assert await width_of(page) == 700


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everything_can_be_seen(fleet: OperatedFleet, address: str, open_page: Open, scheme: str) -> None:
    fleet.missing, fleet.ram_percent, fleet.gpu_memory_mb = {"Speech"}, 99.0, 100.0
    fleet.ingress.draining.set(1)
    fleet.ingress.dialect("native").first_chunk(0.9)
    page = await open_page(f"{address}status", color_scheme=scheme)
    await expect(page.locator("#troubles li")).to_have_count(3)

    words = ".status :is(h2, h3, p, li, dt, dd, th, td, a, b, button, code, .badge)"
    for selector, style, wanted in [
        (words, "color", TEXT_CONTRAST),
        (".plot text", "fill", TEXT_CONTRAST),
        (".plot .line, .plot .limit", "stroke", GRAPHIC_CONTRAST),
        ("#pause", "borderTopColor", GRAPHIC_CONTRAST),
    ]:
        contrasts: list[Any] = await page.locator(selector).evaluate_all(CONTRAST_WITH_WHAT_IS_BEHIND, style)
        assert contrasts
        assert [found for found in contrasts if found[1] < wanted] == []


async def test_lines_are_told_apart_without_their_colours(fleet: OperatedFleet, address: str, open_page: Open) -> None:
    page = await open_page(f"{address}status")
    lines = page.locator(".plot").nth(3).locator(".line")
    await expect(lines).to_have_count(3)
    dashes = await lines.evaluate_all("lines => lines.map((line) => getComputedStyle(line).strokeDasharray)")

    assert len(set(dashes)) == 3


async def test_nothing_moves_for_whoever_wants_no_motion(fleet: OperatedFleet, address: str, open_page: Open) -> None:
    page = await open_page(f"{address}status", reduced_motion="reduce")
    await expect(page.get_by_role("table")).to_be_visible()

    assert await page.evaluate("document.getAnimations().length") == 0
