"""How the page plays: every sample once, after the prebuffer, and what it says of all that."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.async_api import Page, expect

from tests.browser.actions import heard_runs, played, press, speak, until_heard, until_problem, until_state
from tests.browser.conftest import LONG, Open
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")

ONE_TO_EIGHT = "one two three four five six seven eight"
WORD_S = 0.1
SILENT_WITHIN_S = 0.1
"""After Stop."""
WITHOUT_WORKLETS = "Object.defineProperty(BaseAudioContext.prototype, 'audioWorklet', { value: undefined });"
"""As on a page that came over plain HTTP from another machine."""
STOP_AT = """async () => {
  const pressedAt = performance.now();
  document.getElementById("stop").click();
  const { contextTime, performanceTime } = recorded.context.getOutputTimestamp();
  return contextTime + (pressedAt - performanceTime) / 1000;
}"""


def words(rate_hz: int, count: int) -> list[tuple[int, int]]:
    """What the fake Speech says, as ``heard_runs`` has it."""
    return [(index + 1, round(rate_hz * WORD_S)) for index in range(count)]


async def until_all_is_noted(page: Page) -> None:
    """What was played reaches the notes a little later."""
    await page.wait_for_timeout(200)


async def test_every_sample_is_played_once(tapped_page: Page, fake: FakeService) -> None:
    await speak(tapped_page, ONE_TO_EIGHT)
    await until_heard(tapped_page, ONE_TO_EIGHT)
    await until_all_is_noted(tapped_page)
    [request] = fake.speech.requests
    assert await heard_runs(tapped_page) == words(request.sample_rate_hz, 8)
    await expect(tapped_page.locator("#gaps")).to_have_text("no underruns")


async def test_the_service_is_asked_for_the_rate_of_the_device(tapped_page: Page, fake: FakeService) -> None:
    await speak(tapped_page, "one")
    await until_heard(tapped_page, "one")
    [request] = fake.speech.requests
    assert request.sample_rate_hz == await tapped_page.evaluate("new AudioContext().sampleRate")
    assert (await played(tapped_page)).rate_hz == request.sample_rate_hz


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000, 44_100])
async def test_another_format_is_asked_for_and_played(tapped_page: Page, fake: FakeService, rate_hz: int) -> None:
    await tapped_page.get_by_label("Format").select_option(str(rate_hz))
    await speak(tapped_page, "one two three")
    await until_heard(tapped_page, "one two three")
    await until_all_is_noted(tapped_page)
    [request] = fake.speech.requests
    assert request.sample_rate_hz == rate_hz
    assert await heard_runs(tapped_page) == words(rate_hz, 3)


async def test_a_device_with_a_rate_that_is_not_served_plays_all_the_same(
    address: str, open_page: Open, fake: FakeService
) -> None:
    other = """window.AudioContext = class extends AudioContext {
      constructor(options) { super({ sampleRate: 96000, ...options }); }
    };"""
    page = await open_page(address, lambda page: page.add_init_script(other), is_tapped=True)
    await page.locator("#speak:enabled").wait_for()
    await speak(page, "one two")
    await until_heard(page, "one two")
    await until_all_is_noted(page)
    [request] = fake.speech.requests
    assert request.sample_rate_hz == 48_000
    assert await heard_runs(page) == words(48_000, 2)


async def test_playing_waits_for_the_prebuffer(tapped_page: Page, fake: FakeService) -> None:
    await tapped_page.get_by_label("Prebuffer").fill("450")
    too_little, enough = fake.speech.hold(0, 4), fake.speech.hold(0, 6)
    await speak(tapped_page, ONE_TO_EIGHT)
    await too_little.reached()
    await until_state(tapped_page, "Waiting for sound …")
    await until_all_is_noted(tapped_page)
    assert not (await played(tapped_page)).samples.any()
    too_little.open()
    await enough.reached()
    await expect(tapped_page.locator(".heard").first).to_be_attached()
    enough.open()
    await until_heard(tapped_page, ONE_TO_EIGHT)


async def test_a_flush_that_is_shorter_than_the_prebuffer_plays_when_it_is_whole(page: Page) -> None:
    await page.get_by_label("Prebuffer").fill("5000")
    await speak(page, "one two")
    await until_heard(page, "one two")


async def test_settings_stay_within_their_limits(page: Page) -> None:
    for given, kept in (("-5", "0"), ("99999", "5000"), ("", "200"), ("120.7", "121")):
        await page.get_by_label("Prebuffer").fill(given)
        await page.get_by_label("Prebuffer").blur()
        await expect(page.get_by_label("Prebuffer")).to_have_value(kept)


async def test_sound_that_runs_dry_waits_for_the_headroom_and_is_counted(tapped_page: Page, fake: FakeService) -> None:
    await tapped_page.get_by_label("Headroom").fill("250")
    dry, too_little = fake.speech.hold(0, 3), fake.speech.hold(0, 5)
    await speak(tapped_page, ONE_TO_EIGHT)
    await dry.reached()
    await expect(tapped_page.locator("#gaps")).to_have_text("1 underrun")
    dry.open()
    await too_little.reached()
    await until_state(tapped_page, "Waiting for sound …")
    too_little.open()
    await until_heard(tapped_page, ONE_TO_EIGHT)
    await until_all_is_noted(tapped_page)
    [request] = fake.speech.requests
    assert await heard_runs(tapped_page) == words(request.sample_rate_hz, 8), "nothing is lost or heard twice"
    await expect(tapped_page.locator("#gaps")).to_have_text("1 underrun")


async def test_stop_silences_at_once(tapped_page: Page, fake: FakeService) -> None:
    await speak(tapped_page, f"{LONG} {LONG}")
    await expect(tapped_page.locator(".heard").nth(20)).to_be_attached()
    stopped_at_s = await tapped_page.evaluate(STOP_AT)
    await until_state(tapped_page, "Connected")
    await until_all_is_noted(tapped_page)
    found = await played(tapped_page)
    last = int(np.flatnonzero(found.samples)[-1])
    silent_at_s = (found.from_frame + last + 1) / found.rate_hz
    assert silent_at_s - stopped_at_s <= SILENT_WITHIN_S
    assert len(found.samples) > last + SILENT_WITHIN_S * found.rate_hz, "the silence was noted as well"


async def test_what_was_paused_goes_on_where_it_was(tapped_page: Page, fake: FakeService) -> None:
    await speak(tapped_page, LONG)
    await expect(tapped_page.locator(".heard").nth(6)).to_be_attached()
    await press(tapped_page, "Pause")
    await until_state(tapped_page, "Paused")
    await press(tapped_page, "Resume")
    await until_heard(tapped_page, LONG)
    await until_all_is_noted(tapped_page)
    heard = (await played(tapped_page)).samples
    [request] = fake.speech.requests
    frames = round(request.sample_rate_hz * WORD_S)
    fade = round(0.005 * request.sample_rate_hz)
    for word in range(1, 26):
        # The one that was paused fades out and in again, and so has a little more.
        assert frames - fade <= np.count_nonzero(heard == word)
    assert 25 * frames <= np.count_nonzero(heard) <= 25 * frames + 2 * fade


async def test_what_else_sounds_leaves_what_is_read_as_it_is(tapped_page: Page, fake: FakeService) -> None:
    await speak(tapped_page, LONG)
    await expect(tapped_page.locator(".heard").nth(6)).to_be_attached()
    await tapped_page.get_by_label("Format").select_option("8000")
    await press(tapped_page, "Test tone")
    await press(tapped_page, "Sample")
    await until_state(tapped_page, "Paused")
    await press(tapped_page, "Resume")
    await until_heard(tapped_page, LONG)
    await until_state(tapped_page, "Connected")
    assert (await played(tapped_page)).rate_hz == fake.speech.requests[0].sample_rate_hz


async def test_a_pause_is_no_latency(page: Page, fake: FakeService) -> None:
    await page.get_by_label("Prebuffer").fill("5000")
    gate = fake.speech.hold(0, 1)
    await speak(page, "one two three")
    await gate.reached()
    await expect(page.locator(".legend")).to_have_count(2)
    await press(page, "Pause")
    gate.open()
    await fake.speech.idle()
    await press(page, "Resume")
    await until_heard(page, "one two three")
    await expect(page.locator(".legend")).to_have_count(2)
    await expect(page.locator("#percentiles")).to_have_text("")


async def test_a_page_without_an_audio_thread_plays_too(address: str, open_page: Open, complaints: list[str]) -> None:
    page = await open_page(address, lambda page: page.add_init_script(WITHOUT_WORKLETS))
    await page.locator("#speak:enabled").wait_for()
    await speak(page, "one two three")
    await until_heard(page, "one two three")
    await until_state(page, "Connected")
    assert all("ScriptProcessorNode is deprecated" in complaint for complaint in complaints)
    complaints.clear()


async def test_the_first_sound_is_split_into_network_server_and_playback(page: Page, fake: FakeService) -> None:
    gate = fake.speech.hold(0, 0)
    await speak(page, "one two three four")
    await gate.reached()
    await page.wait_for_timeout(300)
    gate.open()
    await until_heard(page, "one two three four")
    legend = await page.locator(".legend").all_inner_texts()
    parts = {name: int(value) for name, value, _ in (entry.split() for entry in legend)}
    assert set(parts) == {"network", "server", "playback"}
    assert parts["server"] >= 300
    summary = await page.locator("#percentiles").inner_text()
    assert summary.startswith("p50 ")
    assert abs(int(summary.split()[1]) - sum(parts.values())) <= 2, "it is their sum, but for rounding"


async def test_a_browser_that_holds_the_sound_back_is_told_of(address: str, open_page: Open) -> None:
    async def held_back(page: Page) -> None:
        await page.add_init_script("AudioContext.prototype.resume = () => new Promise(() => {});")
        await page.add_init_script(
            "Object.defineProperty(BaseAudioContext.prototype, 'state', { get: () => 'suspended' });"
        )

    page = await open_page(address, held_back)
    await page.locator("#speak:enabled").wait_for()
    await page.get_by_label("Prebuffer").fill("5000")
    await speak(page, LONG)
    await until_problem(page, "The browser holds the sound back: press any button of this page to let it through.")


async def test_a_browser_without_sound_says_so(address: str, open_page: Open) -> None:
    silent = "window.AudioContext = class { constructor() { throw new DOMException('none', 'NotSupportedError'); } };"
    page = await open_page(address, lambda page: page.add_init_script(silent))
    await page.locator("#speak:enabled").wait_for()
    await speak(page, "one")
    await until_problem(page, "This browser plays no sound here. Try another one.")
