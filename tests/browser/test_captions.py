"""What is seen of the voice: captions, waveform, position, and the files to take away."""

from __future__ import annotations

import html
import wave
from pathlib import Path

import numpy as np
import pytest
import webvtt
from playwright.async_api import Page, expect

from tests.browser.actions import press, speak, until, until_heard, until_state
from tests.browser.conftest import LONG
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "one two three four five six seven eight nine ten"
SENTENCES = " ".join(f"sentence number {number} of a long text." for number in range(60))
POSITION = "document.getElementById('position').valueAsNumber"
LEFT = "document.getElementById('captions').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft' }))"
TO_LAST_WORD = "document.querySelectorAll('.word')[9].firstChild.click()"


async def spoken_and_paused(page: Page, fake: FakeService) -> None:
    """All of the text is here, and the voice is still at its beginning."""
    await page.get_by_label("Prebuffer").fill("5000")
    gate = fake.speech.hold(0, 9)
    await speak(page, TEXT)
    await gate.reached()
    await press(page, "Pause")
    gate.open()
    await until_state(page, "Paused")
    await expect(page.locator("#time")).to_have_text("0:00 / 0:01")


async def test_a_click_on_a_word_goes_there(page: Page, fake: FakeService) -> None:
    await spoken_and_paused(page, fake)
    await page.locator(".word", has_text="nine").locator(".character").first.click()
    await expect(page.locator(".heard")).to_have_count(len("one two three four five six seven eight n"))
    assert await page.evaluate(POSITION) == pytest.approx(0.8, abs=0.02)
    await press(page, "Resume")
    await until_heard(page, TEXT)


async def test_a_click_behind_the_end_of_what_was_heard_plays_from_there(page: Page) -> None:
    await speak(page, TEXT)
    await until_heard(page, TEXT)
    await until_state(page, "Connected")
    await page.locator(".word", has_text="two").locator(".character").first.click()
    await until_state(page, "Speaking")
    await until_heard(page, TEXT)


async def test_arrow_keys_go_from_word_to_word(page: Page, fake: FakeService) -> None:
    await spoken_and_paused(page, fake)
    await page.evaluate(TO_LAST_WORD)
    await page.locator("#captions").focus()
    for key, words in (("ArrowLeft", 9), ("ArrowLeft", 8), ("ArrowRight", 9), ("ArrowRight", 10)):
        await page.keyboard.press(key)
        await expect(page.locator(".word:has(.heard)")).to_have_count(words)


async def test_keys_that_are_quicker_than_the_picture_each_go_a_word(page: Page, fake: FakeService) -> None:
    await spoken_and_paused(page, fake)
    await page.evaluate(f"{TO_LAST_WORD}, {LEFT}, {LEFT}")
    await expect(page.locator(".word:has(.heard)")).to_have_count(8)


async def test_arrow_keys_move_the_slider_by_seconds(page: Page) -> None:
    await speak(page, f"{LONG} {LONG} {LONG}")
    await until(page, "document.getElementById('position').max > 7")
    await press(page, "Pause")
    await page.get_by_label("Position").fill("0.2")
    await page.get_by_label("Position").focus()
    for key, seconds in (("ArrowRight", 5.2), ("ArrowLeft", 0.2), ("ArrowLeft", 0.0)):
        await page.keyboard.press(key)
        await until(page, f"Math.abs({POSITION} - {seconds}) < 0.02")


async def test_the_slider_goes_where_it_is_moved(page: Page, fake: FakeService) -> None:
    await spoken_and_paused(page, fake)
    await page.get_by_label("Position").fill("0.5")
    await expect(page.locator(".heard")).to_have_count(len("one two three four five s"))
    assert await page.get_by_label("Position").get_attribute("aria-valuetext") == "0:00 / 0:01"


async def test_a_click_on_the_waveform_goes_there(page: Page, fake: FakeService) -> None:
    await spoken_and_paused(page, fake)
    box = await page.locator("#waveform").bounding_box()
    assert box is not None
    await page.locator("#waveform").click(position={"x": box["width"] * 0.5 / 6, "y": 40})
    assert await page.evaluate(POSITION) == pytest.approx(0.5, abs=0.05)


async def test_the_word_that_is_heard_is_marked_with_its_character(page: Page, fake: FakeService) -> None:
    await spoken_and_paused(page, fake)
    await page.get_by_label("Position").fill("0.45")
    await expect(page.locator(".spoken")).to_have_text("five")
    await expect(page.locator(".spoken .now")).to_have_count(1)


async def test_the_waveform_is_drawn_and_moves(page: Page, fake: FakeService) -> None:
    picture = page.locator("#waveform").screenshot
    empty = await picture()
    await spoken_and_paused(page, fake)
    await page.wait_for_timeout(100)
    drawn = await picture()
    await page.get_by_label("Position").fill("0.9")
    await page.wait_for_timeout(100)
    assert len({empty, drawn, await picture()}) == 3


async def test_long_captions_scroll_with_the_voice(page: Page) -> None:
    await speak(page, SENTENCES)
    await until(page, "document.getElementById('captions').scrollTop > 0")
    await press(page, "Stop")


async def test_the_chart_has_a_bar_of_three_parts_for_each_text(page: Page) -> None:
    await expect(page.locator("#chart text.objective")).to_have_text("600 ms")
    await expect(page.locator("#chart rect")).to_have_count(0)
    for count, text in enumerate(("one two", "three four"), start=1):
        await speak(page, text)
        await until_heard(page, text)
        await expect(page.locator("#chart rect")).to_have_count(3 * count)
    summary = await page.locator("#chart").get_attribute("aria-label")
    assert summary is not None
    assert summary.startswith("Time to the first sound of 2 texts: p50 ")
    await expect(page.locator("#chart text.p50, #chart text.p95")).to_have_count(2)


async def downloaded(page: Page, name: str, folder: Path) -> Path:
    """What a button gives, under the name that the user sees."""
    async with page.expect_download() as waiting:
        await press(page, name)
    download = await waiting.value
    path = folder / download.suggested_filename
    await download.save_as(path)
    return path


async def test_the_sound_can_be_downloaded(page: Page, tmp_path: Path) -> None:
    await page.get_by_label("Format").select_option("24000")
    await speak(page, "one two three")
    await until_heard(page, "one two three")
    path = await downloaded(page, "WAV", tmp_path)
    assert path.name == "kokoro.wav"
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert samples.tolist() == np.repeat([1, 2, 3], 2_400).tolist()


CUES = {
    "a sentence ends a cue where a pause follows": (
        "One two three four five. Six.",
        [500, 500, 500, 500, 500, 500],
        {4: 300},
        [(0.0, 2.5, ["One two three four five."]), (2.8, 3.8, ["Six."])],
    ),
    "but not where none does": (
        "I met old Dr. Smith here.",
        [500, 500, 500, 500, 500, 500],
        {},
        [(0.0, 3.0, ["I met old Dr. Smith here."])],
    ),
    "what is too long for a line has two": (
        "one two three four five six seven eight nine ten eleven",
        [200] * 11,
        {},
        [(0.0, 2.2, ["one two three four five six", "seven eight nine ten eleven"])],
    ),
    "what has no sound does not end before it begins": ("Good 👍", [500, 0], {}, [(0.0, 1.0, ["Good 👍"])]),
    "what players take for a sign is written as they want it": (
        "a --> <b> & c",
        [300] * 5,
        {},
        [(0.0, 1.5, ["a --> <b> & c"])],
    ),
}


@pytest.mark.parametrize("name", CUES)
async def test_words_are_grouped_into_cues(page: Page, tmp_path: Path, name: str) -> None:
    text, lengths, pauses, expected = CUES[name]
    alignment: dict[str, list[object]] = {"chars": [], "char_start_times_ms": [], "char_durations_ms": []}
    start_ms = 0.0
    for index, (word, length) in enumerate(zip(text.split(), lengths, strict=True)):
        spoken = word.rstrip(".")
        parts = [(character, length / len(spoken)) for character in spoken]
        parts += [(mark, pauses.get(index, 0)) for mark in word[len(spoken) :]]
        for character, duration_ms in [*parts, (" ", 0)]:
            alignment["chars"].append(character)
            alignment["char_start_times_ms"].append(start_ms)
            alignment["char_durations_ms"].append(duration_ms)
            start_ms += duration_ms
    vtt, srt = await page.evaluate(
        """async alignment => {
          const { Timeline } = await import("/web/see/timeline.js");
          const { srtOf, vttOf } = await import("/web/see/subtitles.js");
          const timeline = new Timeline();
          timeline.add(alignment, 0);
          return [vttOf(timeline.words), srtOf(timeline.words)];
        }""",
        alignment,
    )
    for kind, content, read in (("vtt", vtt, webvtt.read), ("srt", srt, webvtt.from_srt)):
        path = tmp_path / f"captions.{kind}"
        path.write_text(content, "utf-8")
        arrow = "→" if kind == "srt" else "-->"
        found = [(cue.start, cue.end, html.unescape(cue.raw_text).split("\n")) for cue in read(str(path))]
        assert found == [
            (f"00:00:0{begins:.3f}", f"00:00:0{ends:.3f}", [line.replace("-->", arrow) for line in lines])
            for begins, ends, lines in expected
        ]


async def test_captions_can_be_downloaded(page: Page, tmp_path: Path) -> None:
    text = 'one <two> & "three" four five six seven eight nine ten eleven twelve thirteen fourteen'
    await speak(page, text)
    await until_heard(page, text)
    for kind, read in (("VTT", webvtt.read), ("SRT", webvtt.from_srt)):
        path = await downloaded(page, kind, tmp_path)
        assert path.name == f"kokoro.{kind.lower()}"
        found = list(read(str(path)))
        assert " ".join(html.unescape(cue.raw_text) for cue in found).replace("\n", " ") == text
        assert max(len(line) for cue in found for line in html.unescape(cue.raw_text).split("\n")) <= 42
