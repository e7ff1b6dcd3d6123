"""The real model through the real cluster into a real browser: each character is lit when it is heard.

What is expected comes from the frames of the WebSocket, and from when the browser was told to start each chunk; what is
seen comes from ``recorder.js``. Neither uses the page's own code.
"""

from __future__ import annotations

import base64
import json
import statistics
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.actions import flush, press, recorded, shown, until_state, write
from tests.browser.conftest import Open
from tests.cluster import Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

RATE_HZ = 44_100
TOLERANCE_S = 0.1
FRAMES_PER_S = 10
"""Painted at the least, on average: with fewer nothing would be shown about a tenth of a second."""
ON_TIME = 0.9
"""Characters that are lit within the tolerance, whatever the frames; a busy machine may paint some frames late."""
FIRST = "The morning was bright and clear, and nobody spoke."
SECOND = " Then the old bell rang twice, and all of them laughed!"
REST = " That was the end."


@dataclass(frozen=True)
class Chunk:
    """A chunk as the server sent it."""

    samples: int
    characters: list[str]
    start_s: list[float]

    @classmethod
    def of(cls, frame: dict[str, Any]) -> Chunk:
        alignment = frame["alignment"]
        starts = [start_ms / 1000 for start_ms in alignment["char_start_times_ms"]]
        return cls(len(base64.b64decode(frame["audio"])) // 2, alignment["chars"], starts)


def expected_times(chunks: list[Chunk], starts: list[dict[str, float]]) -> list[float]:
    """When each character is due on the audio clock, in the order of the text."""
    times, due_s, heard = [], 0.0, iter(starts)
    for chunk in chunks:
        if chunk.samples:
            start = next(heard)
            assert start["frames"] == chunk.samples
            due_s = start["when"]
        times += [due_s + start_s for start_s in chunk.start_s]
        due_s += chunk.samples / RATE_HZ
    assert next(heard, None) is None
    return times


def frames_of_speech(frames: list[dict[str, Any]], times: list[float]) -> list[dict[str, Any]]:
    return [frame for frame in frames if times[0] - 0.5 <= frame["audibleS"] <= times[-1] + 0.5]


def seconds_of_speech(starts: list[dict[str, float]]) -> float:
    return sum(start["frames"] for start in starts) / RATE_HZ


async def speak_in_two_flushes_and_end(page: Page) -> list[Chunk]:
    """All that the server sent, once all of it was heard."""
    chunks: list[Chunk] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda payload: chunks.append(Chunk.of(json.loads(payload)))),
    )
    await flush(page, FIRST)
    await expect(page.locator(".heard").nth(10)).to_be_attached(timeout=60_000)
    await flush(page, FIRST + SECOND)
    await write(page, FIRST + SECOND + REST)
    await expect(page.locator(".heard").nth(len(FIRST) + 10)).to_be_attached(timeout=60_000)
    await press(page, "End")
    await expect(page.locator(".heard")).to_have_count(len(FIRST + SECOND + REST), timeout=60_000)
    await until_state(page, "Not connected")
    return chunks


async def test_each_character_is_lit_when_it_is_heard(service: Service, open_page: Open) -> None:
    page = await open_page(service.url)
    await page.locator("#flush:enabled").wait_for()
    chunks = await speak_in_two_flushes_and_end(page)

    text = FIRST + SECOND + REST
    assert await shown(page) == text
    assert "".join(character for chunk in chunks for character in chunk.characters) == text
    assert await recorded(page, "closes") == [1000]

    starts = await recorded(page, "starts")
    times = expected_times(chunks, starts)
    frames = await recorded(page, "frames")
    during = frames_of_speech(frames, times)
    assert len(during) > FRAMES_PER_S * seconds_of_speech(starts)

    for frame in during:
        now = frame["audibleS"]
        at_least = sum(time <= now - TOLERANCE_S for time in times)
        at_most = sum(time <= now + TOLERANCE_S for time in times)
        assert at_least <= frame["lit"] <= at_most, f"at {now:.3f} s"
        assert frame["lastLit"] == frame["lit"] - 1, "no character is passed over"
        assert frame["current"] in (-1, frame["lastLit"]), "the last one that was lit is the one that is marked"

    seen_at = [next(frame["audibleS"] for frame in frames if frame["lit"] > index) for index in range(len(text))]
    off_s = [seen - time for seen, time in zip(seen_at, times, strict=True)]
    assert sum(abs(off) <= TOLERANCE_S for off in off_s) >= ON_TIME * len(text)
    assert abs(statistics.median(off_s)) <= TOLERANCE_S / 2

    await assert_chunks_meet(page, starts)


async def assert_chunks_meet(page: Page, starts: list[dict[str, float]]) -> None:
    """Each chunk is due on the sample after the one before it, but where sound starts anew, ahead of the clock."""
    first_frames = [start["when"] * RATE_HZ for start in starts]
    assert first_frames == pytest.approx([round(frame) for frame in first_frames], abs=1e-3)
    runs = 1
    for before, after in pairwise(starts):
        missing = round(after["when"] * RATE_HZ) - round(before["when"] * RATE_HZ) - before["frames"]
        assert missing >= 0, "chunks overlap"
        runs += missing > 0
        assert missing == 0 or after["when"] > after["clock"] + 0.1
    assert all(start["when"] > start["clock"] for start in starts), "no chunk came late to the audio thread"
    gaps = int((await page.locator("#gaps").inner_text()).replace("no", "0").split()[0])
    flushes = 3
    assert runs <= flushes + gaps
