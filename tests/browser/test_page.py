"""Every button of the page, in a real browser, with the fake service behind it: a chunk of 100 ms for every word."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, Route, expect

from app.messages import SynthesisFailed
from tests.browser.actions import enabled, flush, press, recorded, shown, until_heard, until_state, write
from tests.browser.conftest import Open
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALWAYS = {"Test tone"}
CLOSED = ALWAYS | {"Connect", "Flush", "End"}
OPEN = ALWAYS | {"Disconnect", "Flush", "End"}


def asked(fake: FakeService) -> list[str]:
    return [request.text for request in fake.speech.requests]


async def test_a_page_that_was_only_opened_holds_no_session(page: Page, fake: FakeService) -> None:
    await until_state(page, "Not connected")
    assert await enabled(page) == CLOSED
    assert await page.locator("#voice option").all_text_contents() == list(fake.voices)
    await expect(page.get_by_label("Voice")).to_have_value("af_heart")
    await expect(page.get_by_label("Prebuffer")).to_have_value("200")
    await expect(page.get_by_label("Headroom")).to_have_value("150")
    await expect(page.locator("#service")).to_contain_text("0 sessions")
    assert await recorded(page, "closes") == []


async def test_the_icon_is_there(page: Page) -> None:
    icon = await page.locator("link[rel=icon]").get_attribute("href")
    answer = await page.request.get(f"{page.url}{icon}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")


async def test_one_press_of_flush_connects_and_speaks(page: Page, fake: FakeService) -> None:
    await page.get_by_label("Voice").select_option("bf_emma")
    await flush(page, "One two three.")
    await until_heard(page, "One two three.")
    await until_state(page, "Connected")
    assert await enabled(page) == OPEN | {"Cancel"}
    [request] = fake.speech.requests
    assert (request.text, request.voice, request.sample_rate_hz) == ("One two three.", "bf_emma", 44_100)
    await expect(page.locator(".now")).to_have_count(0)


async def test_control_and_enter_flush(page: Page, fake: FakeService) -> None:
    await write(page, "From the keyboard.")
    await page.get_by_label("Text", exact=True).press("Control+Enter")
    await until_heard(page, "From the keyboard.")
    await expect(page.get_by_label("Text", exact=True)).to_have_value("From the keyboard.")


async def test_flush_speaks_what_is_new_and_the_captions_go_on(page: Page, fake: FakeService) -> None:
    await flush(page, "One two.")
    await flush(page, "One two. Three four.")
    await flush(page, "One two. Three five.")
    await until_heard(page, "One two. Three four. Three five.")
    assert asked(fake) == ["One two.", " Three four.", " Three five."]
    await press(page, "Flush")
    await expect(page.locator("#notice")).to_have_text(
        "Nothing new to speak: type more, choose another voice, or press Cancel to start over."
    )
    assert len(fake.speech.requests) == 3


async def test_text_that_takes_the_place_of_another_is_spoken_whole(page: Page, fake: FakeService) -> None:
    await flush(page, "The cat sat on the mat.")
    await until_heard(page, "The cat sat on the mat.")
    await flush(page, "The cat is black.")
    await until_heard(page, "The cat is black.")
    assert asked(fake)[1:] == ["The cat is black."]


async def test_an_empty_box_is_a_new_start(page: Page, fake: FakeService) -> None:
    await flush(page, "One two.")
    await until_heard(page, "One two.")
    await write(page, "")
    await flush(page, "One two.")
    await expect(page.locator("#notice")).to_have_text("")
    await until_heard(page, "One two.")
    assert asked(fake) == ["One two.", "One two."]


async def test_another_voice_says_all_of_it_again_and_then_only_what_is_new(page: Page, fake: FakeService) -> None:
    await flush(page, "One two.")
    await until_heard(page, "One two.")
    await page.get_by_label("Voice").select_option("bf_emma")
    await press(page, "Flush")
    await until_heard(page, "One two.")
    await page.get_by_label("Voice").select_option("am_michael")
    await flush(page, "One two. Three.")
    await until_heard(page, "One two. Three.")
    spoken = [(request.text, request.voice) for request in fake.speech.requests]
    assert spoken == [("One two.", "af_heart"), ("One two.", "bf_emma"), (" Three.", "am_michael")]


async def test_another_voice_that_failed_is_tried_again(page: Page, fake: FakeService) -> None:
    await flush(page, "One two.")
    await until_heard(page, "One two.")
    fake.speech.fail(1, 0, SynthesisFailed("This voice failed."))
    await page.get_by_label("Voice").select_option("bf_emma")
    await press(page, "Flush")
    await expect(page.get_by_role("alert")).to_have_text("This voice failed.")
    await press(page, "Flush")
    await until_heard(page, "One two.")
    assert asked(fake) == ["One two."] * 3


async def test_a_long_text_is_not_cut_but_refused(page: Page, fake: FakeService) -> None:
    await write(page, "")
    await page.get_by_label("Text", exact=True).focus()
    await page.keyboard.insert_text("word " * 2_001)  # as a paste: within the limits of the box
    await press(page, "Flush")
    await expect(page.get_by_role("alert")).to_contain_text("A session may hold 10,000 characters")
    assert fake.speech.requests == []


@pytest.mark.parametrize("button", ["Flush", "End"])
async def test_blank_text_is_not_worth_a_connection(page: Page, fake: FakeService, button: str) -> None:
    await write(page, "  \n ")
    await press(page, button)
    await expect(page.locator("#notice")).to_have_text("There is nothing to speak: type some text first.")
    await until_state(page, "Not connected")


async def test_end_speaks_the_rest_and_is_heard_after_the_server_closed(page: Page, fake: FakeService) -> None:
    await flush(page, "One two.")
    await write(page, "One two. And a rest of seven more words.")
    await press(page, "End")
    await until_state(page, "Speaking the rest")
    await until_heard(page, "One two. And a rest of seven more words.")
    await until_state(page, "Not connected")
    assert await recorded(page, "closes") == [1000]
    assert await enabled(page) == CLOSED
    assert asked(fake) == ["One two.", " And a rest of seven more words."]


async def test_end_alone_speaks_everything(page: Page) -> None:
    await write(page, "All at once.")
    await press(page, "End")
    await until_heard(page, "All at once.")
    await until_state(page, "Not connected")


async def test_a_new_connection_is_set_apart_from_what_is_still_heard(page: Page, fake: FakeService) -> None:
    words = " ".join(["word"] * 25)
    await write(page, words)
    await press(page, "End")
    await expect(page.locator(".heard").nth(2)).to_be_attached()
    await expect(page.get_by_role("button", name="Connect", exact=True)).to_be_enabled()
    await flush(page, "Anew.")
    await until_heard(page, words + "Anew.")
    await expect(page.locator("#captions hr")).to_have_count(1)
    starts = await recorded(page, "starts")
    assert starts[-1]["when"] - starts[0]["when"] == pytest.approx(2.5, abs=1e-6)


async def test_end_without_a_rest_closes(page: Page, fake: FakeService) -> None:
    await flush(page, "One.")
    await until_heard(page, "One.")
    await press(page, "End")
    await until_state(page, "Not connected")
    assert asked(fake) == ["One."]


async def test_cancel_stops_the_sound_and_flush_then_speaks_all_of_it_again(page: Page, fake: FakeService) -> None:
    words = "one two three four five six"
    held = fake.speech.hold(0, 4)
    await flush(page, words)
    await held.reached()
    await expect(page.locator(".heard").nth(2)).to_be_attached()
    await press(page, "Cancel")
    await until_state(page, "Connected")
    assert await enabled(page) == OPEN
    heard = await shown(page)
    assert heard
    assert len(heard) < len(words), "what was not heard is taken away"
    await expect(page.locator(".now")).to_have_count(0)
    await press(page, "Flush")
    await until_heard(page, words)
    assert asked(fake) == [words, words]


async def test_cancel_silences_what_still_sounds_after_the_end(page: Page) -> None:
    await write(page, " ".join(["word"] * 40))
    await press(page, "End")
    await expect(page.locator(".heard").nth(2)).to_be_attached()
    await press(page, "Cancel")
    await until_state(page, "Not connected")
    assert await enabled(page) == CLOSED


async def test_connect_disconnect_and_connect_again_start_anew(page: Page, fake: FakeService) -> None:
    await press(page, "Connect")
    await until_state(page, "Connected")
    assert await enabled(page) == OPEN
    await flush(page, "One two.")
    await until_heard(page, "One two.")
    await press(page, "Disconnect")
    await until_state(page, "Not connected")
    assert await enabled(page) == CLOSED
    await press(page, "Connect")
    await until_state(page, "Connected")
    await press(page, "Flush")
    await until_heard(page, "One two.")
    assert asked(fake) == ["One two.", "One two."]


async def test_disconnect_stops_the_voice(page: Page, fake: FakeService) -> None:
    fake.speech.hold(0, 5)
    await flush(page, "one two three four five six")
    await expect(page.locator(".heard").nth(2)).to_be_attached()
    await press(page, "Disconnect")
    await until_state(page, "Not connected")
    await expect(page.locator(".flush span:not(.heard)")).to_have_count(0)
    await fake.speech.idle()


async def test_the_test_tone_needs_no_service(page: Page, fake: FakeService) -> None:
    await press(page, "Test tone")
    await expect(page.locator("#notice")).to_contain_text("hear a tone")
    assert await recorded(page, "tones") == [440]
    await until_state(page, "Not connected")


async def test_text_is_shown_as_text_whatever_it_looks_like(page: Page, fake: FakeService) -> None:
    hostile = "<img src=x onerror=alert(1)> </span><script>alert(2)</script> &amp; 'quoted'"
    await flush(page, hostile)
    await until_heard(page, hostile)
    assert await page.locator("#captions img, #captions script").count() == 0
    assert asked(fake) == [hostile]


async def test_what_people_see_as_one_character_lights_up_as_one(page: Page) -> None:
    graphemes = [*"Hi ", "👩\u200d🚀", *" caf", "e\u0301", "\n", "🇳🇱", *" end."]
    await flush(page, "".join(graphemes))
    await expect(page.locator(".flush .heard")).to_have_count(len(graphemes))
    assert await page.locator(".flush span").all_text_contents() == graphemes


async def test_a_browser_that_knows_no_graphemes_lights_up_code_points(address: str, open_page: Open) -> None:
    page = await open_page(address, lambda page: page.add_init_script("delete Intl.Segmenter"))
    await flush(page, "Hi e\u0301.")
    await until_heard(page, "Hi e\u0301.")


@pytest.mark.parametrize("button", ["Cancel", "Disconnect"])
async def test_captions_of_which_nothing_was_heard_leave_their_place(
    page: Page, fake: FakeService, button: str
) -> None:
    fake.speech.hold(0, 0)
    await flush(page, "One two.")
    await fake.speech.started(0)
    await press(page, button)
    await expect(page.locator("#captions")).to_be_empty()


async def test_a_page_without_javascript_says_so(address: str, open_page: Open) -> None:
    page = await open_page(address, java_script_enabled=False)
    await expect(page.locator("noscript p")).to_be_visible()
    await expect(page.locator("#state")).to_have_text("Loading …")


async def test_long_captions_scroll_with_the_voice(page: Page) -> None:
    await flush(page, " ".join(f"{'incomprehensibilities' * 3}{number}" for number in range(25)))
    await expect(page.locator(".flush span").last).not_to_be_in_viewport()
    await expect(page.locator(".flush span:not(.heard)")).to_have_count(0)
    await expect(page.locator(".flush span").last).to_be_in_viewport(ratio=1)
    await expect(page.locator(".flush span").first).not_to_be_in_viewport()


async def test_a_page_whose_address_holds_a_password_speaks(address: str, open_page: Open, fake: FakeService) -> None:
    page = await open_page(address.replace("//", "//reader:password@"))
    await flush(page, "One two.")
    await until_heard(page, "One two.")
    await expect(page.locator("#service")).to_contain_text("session")


LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
"""What the page hears when somebody comes back to it."""


async def test_the_service_line_leaves_when_the_figures_do(page: Page) -> None:
    line = page.locator("#service")
    await expect(line).to_contain_text("0 sessions")
    await page.route("**/stats", lambda route: route.fulfill(body="no figures"))
    await page.evaluate(LOOK_AGAIN)
    await expect(line).to_be_hidden()


async def test_the_service_line_names_who_did_not_answer(page: Page, fake: FakeService) -> None:
    await expect(page.locator("#service")).not_to_contain_text("no full answer")
    fake.fleet.missing = {"Kokoro"}
    await fake.monitor.metrics()
    await page.evaluate(LOOK_AGAIN)
    await expect(page.locator("#service")).to_contain_text("no full answer from Kokoro")


async def test_figures_that_are_slow_are_not_asked_for_twice(page: Page) -> None:
    asked: list[Route] = []
    await expect(page.locator("#service")).to_contain_text("0 sessions")
    await page.route("**/stats", lambda route: asked.append(route))
    for _ in range(3):
        await page.evaluate(LOOK_AGAIN)
    await page.evaluate("fetch('web/favicon.svg')")  # whatever was asked for before it has been seen
    [only] = asked
    await only.continue_()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_narrow_phone(address: str, open_page: Open, scheme: str) -> None:
    page = await open_page(address, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    await flush(page, "Eine" * 60)
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await press(page, "Disconnect")
