"""How the page plays: without gaps, after the prebuffer, with the headroom, and what it says of all that."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.actions import flush, recorded, until_heard, until_state
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")

RATE_HZ = 44_100


async def test_chunks_meet_on_the_sample_also_from_flush_to_flush(page: Page) -> None:
    await flush(page, "one two three four five six seven eight")
    await flush(page, "one two three four five six seven eight nine ten")
    await until_heard(page, "one two three four five six seven eight nine ten")
    starts = await recorded(page, "starts")
    # The second flush begins with a space, and so with a word of nothing.
    assert len(starts) == 8 + 3
    assert {start["frames"] for start in starts} == {4_410}
    first_frame = starts[0]["when"] * RATE_HZ
    assert first_frame == pytest.approx(round(first_frame), abs=1e-6)
    for index, start in enumerate(starts):
        assert start["when"] * RATE_HZ == pytest.approx(first_frame + 4_410 * index, abs=1e-6)
    await expect(page.locator("#gaps")).to_have_text("no gaps")


async def test_playing_waits_for_the_prebuffer_and_starts_with_the_headroom(page: Page, fake: FakeService) -> None:
    await page.get_by_label("Prebuffer").fill("450")
    await page.get_by_label("Headroom").fill("600")
    too_little, enough = fake.speech.hold(0, 4), fake.speech.hold(0, 6)
    await flush(page, "one two three four five six seven")
    await too_little.reached()
    await until_state(page, "Waiting for sound …")
    assert await recorded(page, "starts") == []
    too_little.open()
    await enough.reached()
    await expect(page.locator(".heard").first).to_be_attached()
    first, *_ = await recorded(page, "starts")
    assert first["when"] - first["clock"] == pytest.approx(0.6, abs=0.01)
    enough.open()
    await until_heard(page, "one two three four five six seven")


async def test_a_flush_that_is_shorter_than_the_prebuffer_plays_when_it_is_whole(page: Page) -> None:
    await page.get_by_label("Prebuffer").fill("5000")
    await flush(page, "one two")
    await until_heard(page, "one two")


async def test_settings_stay_within_their_limits(page: Page) -> None:
    prebuffer, headroom = page.get_by_label("Prebuffer"), page.get_by_label("Headroom")
    await prebuffer.fill("99999")
    await headroom.fill("-5")
    await prebuffer.blur()
    await headroom.blur()
    await expect(prebuffer).to_have_value("5000")
    await expect(headroom).to_have_value("20")
    await prebuffer.fill("")
    await prebuffer.blur()
    await expect(prebuffer).to_have_value("200")


async def test_sound_that_runs_dry_starts_anew_and_is_counted(page: Page, fake: FakeService) -> None:
    late = fake.speech.hold(0, 3)
    await flush(page, "one two three four five six")
    await expect(page.locator("#captions .heard")).to_have_count(len("one two three "))
    await page.wait_for_timeout(300)
    late.open()
    await until_heard(page, "one two three four five six")
    await expect(page.locator("#gaps")).to_have_text("1 gap")
    starts = await recorded(page, "starts")
    pause_s = starts[3]["when"] - starts[2]["when"]
    assert pause_s > 0.3
    assert starts[5]["when"] - starts[3]["when"] == pytest.approx(0.2, abs=1e-6)


async def test_a_pause_between_flushes_is_no_gap(page: Page) -> None:
    await flush(page, "one two.")
    await until_heard(page, "one two.")
    await page.wait_for_timeout(300)
    await flush(page, "one two. three.")
    await until_heard(page, "one two. three.")
    await expect(page.locator("#gaps")).to_have_text("no gaps")


async def test_the_first_sound_is_timed_by_the_server_here_and_to_the_ear(page: Page, fake: FakeService) -> None:
    gate = fake.speech.hold(0, 0)
    await flush(page, "one two three")
    await gate.reached()
    await page.wait_for_timeout(250)
    gate.open()
    await until_heard(page, "one two three")
    said = await page.locator("#latency").inner_text()
    found = re.fullmatch(r"First sound: server (\d+) ms · here (\d+) ms · heard after (\d+) ms", said)
    assert found is not None, said
    server_ms, here_ms, heard_ms = map(int, found.groups())
    assert 250 <= server_ms < here_ms
    assert here_ms + 150 <= heard_ms


async def test_a_browser_that_holds_the_sound_back_is_told_of(page: Page) -> None:
    await flush(page, "one two three four five six seven eight nine ten")
    await expect(page.locator(".heard").first).to_be_attached()
    await page.evaluate("recorded.context.suspend()")
    await expect(page.get_by_role("alert")).to_contain_text("The browser holds the sound back")
    unheard = page.locator(".flush span:not(.heard)")
    assert await unheard.count() > 0
    await page.locator("h1").click()
    await expect(unheard).to_have_count(0)
