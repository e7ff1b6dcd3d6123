"""Every control of the page, in a real browser, with the fake service behind it: a chunk of 100 ms for every word."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.actions import enabled, press, recorded, shown, speak, until, until_heard, until_state, write
from tests.browser.conftest import LONG, Open
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALWAYS = {"Test tone", "Sample", "Speak"}
FILES = {"WAV", "SRT", "VTT"}


def asked(fake: FakeService) -> list[str]:
    return [request.text for request in fake.speech.requests]


async def test_a_page_that_was_only_opened_holds_no_session(page: Page) -> None:
    await until_state(page, "Not connected")
    assert await enabled(page) == ALWAYS | {"Connect"}
    await expect(page.get_by_label("Voice", exact=True)).to_have_value("af_heart")
    await expect(page.get_by_label("Prebuffer")).to_have_value("200")
    await expect(page.get_by_label("Headroom")).to_have_value("400")
    assert await recorded(page, "closes") == []


async def test_the_icon_is_there(page: Page) -> None:
    icon = await page.locator("link[rel=icon]").get_attribute("href")
    answer = await page.request.get(f"{page.url}{icon}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")


async def test_one_press_connects_and_speaks(page: Page, fake: FakeService) -> None:
    await page.get_by_label("Voice", exact=True).select_option("bf_emma")
    await speak(page, "One two three.")
    await until_heard(page, "One two three.")
    await until_state(page, "Connected")
    assert await enabled(page) == ALWAYS | FILES | {"Disconnect", "Play again"}
    [request] = fake.speech.requests
    assert (request.text, request.voice, request.speed) == ("One two three.", "bf_emma", 1.0)
    await expect(page.locator(".now, .spoken")).to_have_count(0)


async def test_control_and_enter_speak(page: Page) -> None:
    await write(page, "From the keyboard.")
    await page.get_by_label("Text", exact=True).press("Control+Enter")
    await until_heard(page, "From the keyboard.")
    await expect(page.get_by_label("Text", exact=True)).to_have_value("From the keyboard.")


async def test_speak_again_takes_the_place_of_what_is_spoken(page: Page, fake: FakeService) -> None:
    gate = fake.speech.hold(0, 2)
    await speak(page, "One two three four.")
    await gate.reached()
    await speak(page, "Five six.")
    await until_heard(page, "Five six.")
    await fake.speech.idle()
    assert asked(fake) == ["One two three four.", "Five six."]
    assert fake.speech.open == 0


async def test_a_long_text_is_not_cut_but_refused(page: Page, fake: FakeService) -> None:
    too_long = "a" * (fake.settings.session.max_buffered_characters + 1)
    await speak(page, too_long)
    await expect(page.get_by_role("alert")).to_contain_text("characters")
    await expect(page.get_by_label("Text", exact=True)).to_have_value(too_long)
    assert asked(fake) == []
    assert await shown(page) == ""


async def test_blank_text_is_not_worth_a_connection(page: Page) -> None:
    await speak(page, " \n ")
    await expect(page.locator("#notice")).to_have_text("There is nothing to speak: type some text first.")
    await until_state(page, "Not connected")


async def test_speed_and_blend_are_what_is_asked_for(page: Page, fake: FakeService) -> None:
    await expect(page.locator("#blend")).to_be_hidden()
    await page.get_by_label("Blend with").select_option("bf_emma")
    await page.get_by_label("Share of the other voice").fill("30")
    await expect(page.locator("#share-output")).to_have_text("70 % Heart, 30 % Emma")
    await page.get_by_label("Speed").fill("1.25")
    await expect(page.locator("#speed-output")).to_have_text("1.25×")
    await speak(page, "One.")
    await until_heard(page, "One.")
    await page.get_by_label("Share of the other voice").fill("100")
    await speak(page, "Two.")
    await until_heard(page, "Two.")
    found = [(request.voice, request.speed) for request in fake.speech.requests]
    assert found == [("af_heart(0.7)+bf_emma(0.3)", 1.25), ("bf_emma", 1.25)]


async def test_what_was_chosen_is_there_the_next_time(page: Page) -> None:
    await page.get_by_label("Voice", exact=True).select_option("am_michael")
    await page.get_by_label("Blend with").select_option("bf_emma")
    await page.get_by_label("Speed").fill("0.8")
    await page.get_by_label("Format").select_option("8000")
    await page.reload()
    await page.locator("#speak:enabled").wait_for()
    await expect(page.get_by_label("Voice", exact=True)).to_have_value("am_michael")
    await expect(page.get_by_label("Blend with")).to_have_value("bf_emma")
    await expect(page.get_by_label("Speed")).to_have_value("0.8")
    await expect(page.get_by_label("Format")).to_have_value("8000")


async def test_voices_are_grouped_by_language_and_sex(page: Page) -> None:
    groups = await page.locator("#voice optgroup").evaluate_all(
        "groups => groups.map(group => [group.label, [...group.children].map(option => option.value)])"
    )
    assert groups == [
        ["American English, female", ["af_bella", "af_heart"]],
        ["American English, male", ["am_michael"]],
        ["British English, female", ["bf_emma"]],
    ]
    others = await page.locator("#other option").evaluate_all("options => options.map(option => option.value)")
    assert others == ["", "af_bella", "af_heart", "am_michael", "bf_emma"]


async def test_a_sample_of_the_voice_is_played_and_can_be_stopped(page: Page, fake: FakeService) -> None:
    await page.get_by_label("Voice", exact=True).select_option("bf_emma")
    await press(page, "Sample")
    await expect(page.get_by_role("button", name="Stop sample")).to_be_visible()
    await until(page, "recorded.clips.length === 1")
    await press(page, "Stop sample")
    await expect(page.get_by_role("button", name="Sample", exact=True)).to_be_visible()
    [request] = fake.speech.requests
    assert (request.voice, request.text.split("!")[0]) == ("bf_emma", "Hello")


async def test_an_example_brings_its_voice_and_speaks(page: Page, fake: FakeService) -> None:
    await press(page, "Numbers and dates")
    request = await fake.speech.started(0)
    assert "$1,249.50" in request.text
    assert request.voice == "bf_emma"
    await expect(page.get_by_label("Text", exact=True)).to_have_value(request.text)
    await expect(page.get_by_label("Voice", exact=True)).to_have_value("bf_emma")
    await press(page, "Stop")


async def test_an_example_leaves_no_other_voice_behind(page: Page, fake: FakeService) -> None:
    await page.get_by_label("Blend with").select_option("am_michael")
    await press(page, "Numbers and dates")
    assert (await fake.speech.started(0)).voice == "bf_emma"
    await page.reload()
    await page.locator("#speak:enabled").wait_for()
    await expect(page.get_by_label("Voice", exact=True)).to_have_value("bf_emma")
    await expect(page.get_by_label("Blend with")).to_have_value("")


async def test_stop_leaves_what_came_and_forgets_the_rest(page: Page, fake: FakeService) -> None:
    gate = fake.speech.hold(0, 3)
    await speak(page, "One two three four.")
    await gate.reached()
    await expect(page.locator(".heard").nth(4)).to_be_attached()
    await press(page, "Stop")
    await until_state(page, "Connected")
    assert await shown(page) == "One two three "
    await fake.speech.idle()
    await press(page, "Speak")
    await until_heard(page, "One two three four.")


async def test_what_was_paused_goes_on_with_all_of_it(page: Page) -> None:
    await speak(page, LONG)
    await expect(page.locator(".heard").nth(4)).to_be_attached()
    await press(page, "Pause")
    await until_state(page, "Paused")
    heard = await page.locator(".heard").count()
    assert heard < len(LONG)
    await press(page, "Resume")
    await until_heard(page, LONG)


async def test_what_was_heard_can_be_played_again(page: Page, fake: FakeService) -> None:
    await speak(page, LONG)
    await until_heard(page, LONG)
    await press(page, "Play again")
    await until_state(page, "Speaking")
    await until_heard(page, LONG)
    await until_state(page, "Connected")
    assert asked(fake) == [LONG]


async def test_connect_and_disconnect(page: Page) -> None:
    await press(page, "Connect")
    await until_state(page, "Connected")
    await press(page, "Disconnect")
    await until_state(page, "Not connected")
    assert await recorded(page, "closes") == [1000]
    await speak(page, "One.")
    await until_heard(page, "One.")


async def test_disconnect_stops_the_voice(page: Page, fake: FakeService) -> None:
    gate = fake.speech.hold(0, 3)
    await speak(page, "One two three four.")
    await gate.reached()
    await press(page, "Disconnect")
    await until_state(page, "Not connected")
    await fake.speech.idle()


async def test_the_test_tone_needs_no_service(page: Page, fake: FakeService) -> None:
    await press(page, "Test tone")
    await expect(page.locator("#notice")).to_contain_text("You should hear a tone")
    assert await recorded(page, "tones") == [440]
    assert asked(fake) == []


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "</script><b>&amp;</b>", "${1} {{2}} %3"])
async def test_text_is_shown_as_text_whatever_it_looks_like(page: Page, fake: FakeService, text: str) -> None:
    await speak(page, text)
    await until_heard(page, text)
    assert asked(fake) == [text]
    assert await page.locator("#captions img, #captions b, #captions script").count() == 0


async def test_what_people_see_as_one_character_lights_up_as_one(page: Page) -> None:
    text = "Ame\u0301lie 👩\u200d🚀 ok"
    await speak(page, text)
    await expect(page.locator(".heard")).to_have_count(len("Amélie x ok"))
    assert await shown(page) == text


async def test_a_browser_that_knows_no_graphemes_lights_up_code_points(address: str, open_page: Open) -> None:
    page = await open_page(address, lambda page: page.add_init_script("delete Intl.Segmenter;"))
    await page.locator("#speak:enabled").wait_for()
    await speak(page, "e\u0301 ok")
    await until_heard(page, "e\u0301 ok")


async def test_a_page_without_javascript_says_so(address: str, open_page: Open) -> None:
    page = await open_page(address, java_script_enabled=False)
    await expect(page.locator("noscript p")).to_be_visible()


async def test_a_page_whose_address_holds_a_password_speaks(address: str, open_page: Open) -> None:
    page = await open_page(address.replace("http://", "http://reader:secret@"))
    await page.locator("#speak:enabled").wait_for()
    await speak(page, "One.")
    await until_heard(page, "One.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_narrow_phone(address: str, open_page: Open, scheme: str) -> None:
    page = await open_page(address, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    await page.locator("#speak:enabled").wait_for()
    await page.get_by_label("Blend with").select_option("bf_emma")
    await speak(page, "Eine" * 60)
    await expect(page.locator(".character").first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_speed_stands_beside_its_slider(address: str, open_page: Open, width: int) -> None:
    page = await open_page(address, viewport={"width": width, "height": 740})
    slider = await page.get_by_label("Speed").bounding_box()
    value = await page.locator("#speed-output").bounding_box()
    assert slider is not None
    assert value is not None
    assert value["x"] >= slider["x"] + slider["width"]
    assert abs(value["y"] + value["height"] / 2 - slider["y"] - slider["height"] / 2) < 5
