"""Speaking while one types: sentences go to the service as they are ended."""

from __future__ import annotations

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.browser.actions import press, until_heard, until_state
from tests.browser.conftest import Open
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")

CASES = {
    "nothing before a sentence has its end": ("", "One two", "", "One two"),
    "a sentence with the space behind it": ("", "One two. Th", "One two. ", "Th"),
    "sentences that were ended at once": ("", "One! Two? Three", "One! Two? ", "Three"),
    "a line": ("", "One\nTwo", "One\n", "Two"),
    "no decimal": ("", "It is 3.5 km", "", "It is 3.5 km"),
    "no title": ("", "I met Dr. Smith", "", "I met Dr. Smith"),
    "but what ends behind one": ("", "I met Dr. Smith. He", "I met Dr. Smith. ", "He"),
    "no initial": ("", "J. Doe", "", "J. Doe"),
    "a line that ends with a letter": ("", "So do I.\n", "So do I.\n", ""),
    "a short answer": ("", "Did you? No. I", "Did you? No. ", "I"),
    "a quotation with its mark": ("", "“One.” Two", "“One.” ", "Two"),
    "not what was there before": ("Old text. ", "Old text. New. ", "New. ", ""),
    "not what was only taken away": ("Old text. ", "Old ", "", ""),
    "Hindi": ("", "नमस्ते। आज", "नमस्ते। ", "आज"),
}


async def test_what_is_ended_and_what_is_left(page: Page) -> None:
    found = await page.evaluate(
        """async cases => {
          const { Typing } = await import("/web/speak/typing.js");
          return cases.map(([before, text]) => {
            const typing = new Typing();
            typing.begin(before);
            const ended = typing.ended(text);
            typing.take(text, ended);
            const rest = typing.rest(text);
            const answers = [ended, typing.ended(text), rest];
            typing.take(text, rest);
            return [...answers, typing.rest(text)];
          });
        }""",
        [[before, text] for before, text, _, _ in CASES.values()],
    )
    for (name, (_, _, ended, rest)), answers in zip(CASES.items(), found, strict=True):
        assert answers == [ended, "", rest, ""], name


@pytest_asyncio.fixture(loop_scope="session")
async def box(page: Page) -> Locator:
    """The text box of a page that speaks as one types."""
    box = page.get_by_label("Text", exact=True)
    await box.fill("")
    await page.get_by_label("Speak as I type").check()
    return box


async def test_sentences_are_spoken_as_they_are_ended(box: Locator, page: Page, fake: FakeService) -> None:
    await box.press_sequentially("One two. Thr")
    assert (await fake.speech.started(0)).text == "One two. "
    await until_heard(page, "One two. ")
    await box.press_sequentially("ee. ")
    assert (await fake.speech.started(1)).text == "Three. "
    await until_heard(page, "One two. Three. ")


async def test_control_and_enter_speak_what_has_no_end(box: Locator, page: Page, fake: FakeService) -> None:
    await box.press_sequentially("One. Two")
    await fake.speech.started(0)
    await box.press("Control+Enter")
    assert (await fake.speech.started(1)).text == "Two"
    await until_heard(page, "One. Two")


async def test_what_is_typed_before_a_key_is_there_is_not_lost(
    address: str, open_page: Open, fake: FakeService
) -> None:
    reader = fake.add_key("reader")
    page = await open_page(address)
    await page.locator("#speak:enabled").wait_for()
    box = page.get_by_label("Text", exact=True)
    await box.fill("")
    await page.get_by_label("Speak as I type").check()
    await box.press_sequentially("One. Two")
    await expect(page.get_by_role("alert")).to_contain_text("wants an API key")
    await expect(box).to_be_focused()
    await page.get_by_label("API key", exact=True).fill(reader)
    await box.press("End")
    await box.press_sequentially(". ")
    assert [(await fake.speech.started(call)).text for call in range(2)] == ["One. ", "Two. "]


async def test_what_is_typed_after_stop_is_spoken(box: Locator, page: Page, fake: FakeService) -> None:
    gate = fake.speech.hold(0, 1)
    await box.press_sequentially("One two three. ")
    await gate.reached()
    await press(page, "Stop")
    await until_state(page, "Connected")
    await box.press_sequentially("Four. ")
    await until_heard(page, "One Four. ")


async def test_what_was_there_before_is_spoken_by_speak(page: Page, fake: FakeService) -> None:
    await page.get_by_label("Speak as I type").check()
    await page.get_by_label("Text", exact=True).press("End")
    await page.get_by_label("Text", exact=True).press_sequentially(" ")
    assert fake.speech.requests == []
    await press(page, "Speak")
    request = await fake.speech.started(0)
    assert request.text.startswith("Hello, and welcome")
    await press(page, "Stop")


async def test_another_format_begins_anew(box: Locator, page: Page, fake: FakeService) -> None:
    await box.press_sequentially("One. ")
    await until_heard(page, "One. ")
    await page.get_by_label("Format").select_option("8000")
    await box.press_sequentially("Two. ")
    await until_heard(page, "Two. ")
    assert [request.text for request in fake.speech.requests] == ["One. ", "Two. "]
    assert fake.speech.requests[1].sample_rate_hz == 8_000
