"""What is seen of the voice: captions, waveform, position, and the files to take away."""

from __future__ import annotations

import html
import wave
from pathlib import Path
from unittest.mock import ANY

import numpy as np
import pytest
import webvtt
from playwright.async_api import Page, expect

from tests.browser.actions import press, speak, until, until_heard, until_state
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "one two three four five six seven eight nine ten"
LONG = " ".join(f"sentence number {number} of a long text." for number in range(60))
WORD = "[...document.querySelectorAll('.character')].findIndex(one => one.classList.contains('now'))"
POSITION = "document.getElementById('position').valueAsNumber"
TO_LAST_WORD = "document.querySelectorAll('.word')[9].firstChild.click()"


async def heard_from_there(page: Page) -> str:
    """Pauses, and returns what is lit."""
    return "".join(await page.locator(".heard").all_text_contents())


async def spoken_and_paused(page: Page) -> None:
    """All of the text is here, and the voice is still at its beginning."""
    await speak(page, TEXT)
    await press(page, "Pause")
    await until_state(page, "Paused")
    await expect(page.locator("#time")).to_contain_text("/ 0:01")


async def test_a_click_on_a_word_goes_there(page: Page, fake: FakeService) -> None:
    await spoken_and_paused(page)
    await fake.speech.idle()
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
    await spoken_and_paused(page)
    await fake.speech.idle()
    await page.evaluate(TO_LAST_WORD)
    await page.locator("#captions").focus()
    for key, words in (("ArrowLeft", 9), ("ArrowLeft", 8), ("ArrowRight", 9), ("ArrowRight", 10), ("ArrowRight", 10)):
        await page.keyboard.press(key)
        await expect(page.locator(".word:has(.heard)")).to_have_count(words)


async def test_the_slider_goes_where_it_is_moved(page: Page, fake: FakeService) -> None:
    await spoken_and_paused(page)
    await fake.speech.idle()
    await page.get_by_label("Position").fill("0.5")
    await expect(page.locator(".heard")).to_have_count(len("one two three four five s"))
    assert await page.get_by_label("Position").get_attribute("aria-valuetext") == "0:00 / 0:01"


async def test_a_click_on_the_waveform_goes_there(page: Page, fake: FakeService) -> None:
    await spoken_and_paused(page)
    await fake.speech.idle()
    box = await page.locator("#waveform").bounding_box()
    assert box is not None
    await page.locator("#waveform").click(position={"x": box["width"] * 0.5 / 6, "y": 40})
    assert await page.evaluate(POSITION) == pytest.approx(0.5, abs=0.05)


async def test_the_word_that_is_heard_is_marked_with_its_character(page: Page, fake: FakeService) -> None:
    await spoken_and_paused(page)
    await fake.speech.idle()
    await page.get_by_label("Position").fill("0.45")
    await expect(page.locator(".spoken")).to_have_text("five")
    await expect(page.locator(".spoken .now")).to_have_count(1)


async def test_the_waveform_is_drawn_and_moves(page: Page, fake: FakeService) -> None:
    picture = page.locator("#waveform").screenshot
    empty = await picture()
    await spoken_and_paused(page)
    await fake.speech.idle()
    await page.wait_for_timeout(100)
    drawn = await picture()
    await page.get_by_label("Position").fill("0.9")
    await page.wait_for_timeout(100)
    assert len({empty, drawn, await picture()}) == 3


async def test_long_captions_scroll_with_the_voice(page: Page) -> None:
    await speak(page, LONG)
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


async def test_captions_can_be_downloaded(page: Page, tmp_path: Path) -> None:
    text = 'one <two> & "three" four. five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen'
    await speak(page, text)
    await until_heard(page, text)
    for kind, read in (("VTT", webvtt.read), ("SRT", webvtt.from_srt)):
        path = await downloaded(page, kind, tmp_path)
        assert path.name == f"kokoro.{kind.lower()}"
        found = list(read(str(path)))
        assert " ".join(html.unescape(cue.raw_text) for cue in found).replace("\n", " ") == text
        assert [len(cue.raw_text.split("\n")) for cue in found] == [1, 2]
        assert [(cue.start, cue.end) for cue in found] == [("00:00:00.000", "00:00:00.480"), ("00:00:00.500", ANY)]
        assert max(len(line) for line in found[1].raw_text.split("\n")) <= 42
