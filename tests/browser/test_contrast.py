"""What axe-core does not look at and has to be seen, in both schemes: contrasts as WCAG 2.2 counts them."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.actions import speak
from tests.browser.conftest import Open
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT_CONTRAST = 4.5
GRAPHIC_CONTRAST = 3.0
CONTRAST = """
function luminance(color) {
  const [red, green, blue] = color.match(/[\\d.]+/g).map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
"""


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return request.param


async def test_captions_can_be_read_before_and_after_they_are_heard_and_told_apart(
    address: str, open_page: Open, fake: FakeService, scheme: str
) -> None:
    page = await open_page(address, color_scheme=scheme)
    gate = fake.speech.hold(0, 3)
    await speak(page, "one two three four")
    await gate.reached()
    await expect(page.locator(".heard:not(.now)").first).to_be_attached()
    heard, unheard = await page.evaluate(
        f"""() => {{
          {CONTRAST}
          const field = getComputedStyle(document.getElementById("captions")).backgroundColor;
          return [".heard:not(.now)", ".character:not(.heard)"].map((which) => {{
            const style = getComputedStyle(document.querySelector(which));
            return {{
              contrast: contrast(style.color, field),
              line: style.textDecorationLine,
              weight: style.fontWeight,
            }};
          }});
        }}"""
    )
    assert min(heard["contrast"], unheard["contrast"]) >= TEXT_CONTRAST
    assert heard["line"] != unheard["line"], "by more than their colour"
    assert heard["weight"] == unheard["weight"], "or letters would move"
    gate.open()


async def test_edges_of_fields_and_buttons_can_be_seen(address: str, open_page: Open, scheme: str) -> None:
    page: Page = await open_page(address, color_scheme=scheme)
    await page.locator("#speak:enabled").wait_for()
    contrasts = await page.evaluate(
        f"""() => {{
          {CONTRAST}
          const card = getComputedStyle(document.querySelector(".card")).backgroundColor;
          const edged = document.querySelectorAll("textarea, input:not([type=range]), select, button, #captions");
          return [...edged].filter((element) => !element.disabled).map((element) => {{
            return [element.id || element.textContent, contrast(getComputedStyle(element).borderTopColor, card)];
          }});
        }}"""
    )
    assert len(contrasts) > 20
    assert {name: ratio for name, ratio in contrasts if ratio < GRAPHIC_CONTRAST} == {}


async def test_bars_and_lines_of_the_chart_and_the_waveform_can_be_seen(
    address: str, open_page: Open, scheme: str
) -> None:
    page = await open_page(address, color_scheme=scheme)
    await page.locator("#speak:enabled").wait_for()
    await speak(page, "one two")
    await expect(page.locator("#chart rect")).to_have_count(3)
    await expect(page.locator("#chart line")).to_have_count(3)
    contrasts = await page.evaluate(
        f"""() => {{
          {CONTRAST}
          const card = getComputedStyle(document.querySelector(".card")).backgroundColor;
          const drawn = [...document.querySelectorAll("#chart rect, #chart line")].map((element) => {{
            const {{ fill, stroke }} = getComputedStyle(element);
            return [element.getAttribute("class"), contrast(element.tagName === "line" ? stroke : fill, card)];
          }});
          const waves = ["accent", "unheard", "ink"].map((name) => {{
            const probe = document.createElement("span");
            probe.className = `color-${{name}}`;
            document.body.append(probe);
            return [name, contrast(getComputedStyle(probe).color, card)];
          }});
          return [...drawn, ...waves];
        }}"""
    )
    assert len(contrasts) == 3 + 3 + 3
    assert {name: ratio for name, ratio in contrasts if ratio < GRAPHIC_CONTRAST} == {}
