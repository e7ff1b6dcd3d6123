"""The pages against axe-core's rules, in both schemes and in each state that looks another way."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.actions import press, speak, until_heard, until_state
from tests.browser.conftest import LONG, LOOKS, Open
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")

IS_ANIMATED = "document.getAnimations().length"


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    return LOOKS[request.param]


async def faults(page: Page) -> list[str]:
    """What axe-core finds, and where."""
    found = await Axe().run(page)
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


async def test_a_page_before_during_and_after_speaking(
    address: str, open_page: Open, fake: FakeService, look: dict[str, Any]
) -> None:
    page = await open_page(address, reduced_motion="reduce", **look)
    await page.locator("#speak:enabled").wait_for()
    await page.get_by_label("Blend with").select_option("bf_emma")
    assert await faults(page) == []
    gate = fake.speech.hold(0, 4)
    await speak(page, "one two three four five six")
    await gate.reached()
    await expect(page.locator(".heard").nth(4)).to_be_attached()
    assert await faults(page) == []
    gate.open()
    await until_heard(page, "one two three four five six")
    await until_state(page, "Connected")
    assert await faults(page) == []


async def test_a_page_with_a_problem_a_notice_and_a_key(
    address: str, open_page: Open, fake: FakeService, look: dict[str, Any]
) -> None:
    fake.add_key("reader")
    page = await open_page(address, **look)
    await page.locator("#speak:enabled").wait_for()
    await press(page, "Speak")
    await expect(page.get_by_role("alert")).not_to_be_empty()
    assert await faults(page) == []
    await press(page, "Test tone")
    await expect(page.locator("#notice")).not_to_be_empty()
    assert await faults(page) == []


async def test_the_status_page(address: str, open_page: Open, look: dict[str, Any]) -> None:
    page = await open_page(f"{address}status", **look)
    await expect(page.get_by_role("table")).to_be_visible()
    assert await faults(page) == []


async def test_the_status_page_that_wants_a_key(
    address: str, open_page: Open, fake: FakeService, look: dict[str, Any]
) -> None:
    fake.add_key("reader")
    page = await open_page(f"{address}status", **look)
    await expect(page.get_by_label("Admin key")).to_be_visible()
    assert await faults(page) == []


async def test_controls_are_reached_in_the_order_in_which_they_are_read(page: Page) -> None:
    await page.locator("#connect").focus()
    order = []
    for _ in range(30):
        await page.keyboard.press("Tab")
        order.append(await page.evaluate("document.activeElement.id || document.activeElement.textContent"))
    examples = await page.locator("#examples button").all_text_contents()
    wanted = ["Status", *examples, "text", "speak", "typing", "captions"]
    wanted += ["sample", "voice", "other", "speed", "format", "prebuffer", "headroom", "tone"]
    assert order[: len(wanted)] == wanted


async def test_everything_can_be_done_by_keyboard(page: Page) -> None:
    await page.get_by_label("Text", exact=True).fill(LONG)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await until_heard(page, LONG)
    await expect(page.locator("#speak")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.locator("#pause")).to_be_focused()
    await page.keyboard.press("Space")
    await until_state(page, "Speaking")
    await until_state(page, "Connected")


async def test_a_button_that_can_be_pressed_no_more_keeps_the_focus(page: Page, fake: FakeService) -> None:
    await speak(page, LONG)
    await page.locator("#stop").focus()
    await page.keyboard.press("Enter")
    await until_state(page, "Connected")
    await expect(page.locator("#stop")).to_be_focused()
    await expect(page.locator("#stop")).to_have_attribute("aria-disabled", "true")
    requests = len(fake.speech.requests)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.locator("#stop")).to_be_disabled()
    assert len(fake.speech.requests) == requests


async def test_only_what_keeps_the_voice_away_is_announced(
    address: str, open_page: Open, fake: FakeService, complaints: list[str]
) -> None:
    fake.reason = "The service is warming up: the model is being loaded."
    page = await open_page(address)
    await expect(page.locator("#announcement")).to_have_text(fake.reason)
    fake.reason = None
    await expect(page.locator("#announcement")).to_have_text("")
    await speak(page, LONG)
    await until_state(page, "Speaking")
    await expect(page.locator("#announcement")).to_have_text("")
    complaints.clear()


async def test_whoever_wants_no_motion_gets_none(address: str, open_page: Open) -> None:
    page = await open_page(address, reduced_motion="reduce")
    await page.locator("#speak:enabled").wait_for()
    await speak(page, LONG)
    await until_state(page, "Speaking")
    assert await page.evaluate(IS_ANIMATED) == 0
    still = await open_page(address, reduced_motion="no-preference")
    await still.locator("#speak:enabled").wait_for()
    await speak(still, LONG)
    await until_state(still, "Speaking")
    assert await still.evaluate(IS_ANIMATED) > 0, "or the first half would say nothing"
