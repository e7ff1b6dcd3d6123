"""The real model through the real cluster into a real browser: each sample is played, each character lit when heard.

What is expected comes from the frames of the WebSocket, and from what left the page's player; what is seen comes from
``recorder.js``. None of them uses the page's own code.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import statistics
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Page, WebSocket, expect

from tests.browser.actions import Played, played, press, recorded, shown, speak, until_state
from tests.browser.conftest import Open
from tests.cluster import Service, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOLERANCE_S = 0.06
FRAMES_PER_S = 10
"""Painted at the least, on average: with fewer nothing would be shown about a tenth of a second."""
ON_TIME = 0.9
"""Characters that are lit within the tolerance, whatever the frames; a busy machine may paint some frames late."""
MOST_MS = "5000"
"""The longest prebuffer: a machine that is as busy as one that tests is must not be the reason that sound runs dry."""
PARAGRAPH = (
    "The morning was bright and clear, and nobody spoke. Then the old bell rang twice at 7:45, and all 12 of them "
    "laughed! “Was that the end?” asked Dr. Smith. It cost $5, or $x^2$ for short."
)
HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(2)> \u202eright to left\u202c {{7*7}} ${7*7} %00 \\u0041 "
    "A\u0301\u0302\u0303\u0304 👩\u200d👩\u200d👧 and so on."
)
CUT = " ".join(
    f"This is sentence number {number}, and it is a rather long one, as you can hear." for number in range(4)
)


@dataclass(frozen=True)
class Chunk:
    """A chunk as the server sent it."""

    samples: np.ndarray
    characters: list[str]
    start_s: list[float]

    @classmethod
    def of(cls, frame: dict[str, Any]) -> Chunk:
        alignment = frame["alignment"]
        starts = [start_ms / 1000 for start_ms in alignment["char_start_times_ms"]]
        return cls(np.frombuffer(base64.b64decode(frame["audio"]), "<i2"), alignment["chars"], starts)


@dataclass(frozen=True)
class Received:
    """All that the server sent, over all connections."""

    chunks: list[Chunk]

    @property
    def samples(self) -> np.ndarray:
        """(frames,), int16."""
        return np.concatenate([chunk.samples for chunk in self.chunks])

    @property
    def text(self) -> str:
        return "".join(character for chunk in self.chunks for character in chunk.characters)

    def times_s(self, sound: Played) -> list[float]:
        """When each character is due on the audio clock, in the order of the text."""
        at_frame = sound.from_frame + sound.place_of(self.samples)
        times = []
        for chunk in self.chunks:
            times += [at_frame / sound.rate_hz + start_s for start_s in chunk.start_s]
            at_frame += len(chunk.samples)
        return times


def listen(page: Page) -> Received:
    """Notes what comes from now on."""
    received = Received([])

    def on_frame(payload: str | bytes) -> None:
        frame = json.loads(payload)
        if "audio" in frame:
            received.chunks.append(Chunk.of(frame))

    def on_socket(socket: WebSocket) -> None:
        socket.on("framereceived", on_frame)

    page.on("websocket", on_socket)
    return received


async def opened(service: Service, open_page: Open) -> Page:
    page = await open_page(service.url, is_tapped=True)
    await page.locator("#speak:enabled").wait_for()
    await page.get_by_label("Prebuffer").fill(MOST_MS)
    return page


async def until_through(page: Page, text: str) -> None:
    await expect(page.locator(".heard")).to_have_count(len(text), timeout=120_000)
    await until_state(page, "Connected")
    await page.wait_for_timeout(200)


async def assert_all_was_played(page: Page, received: Received) -> Played:
    await expect(page.locator("#gaps")).to_have_text("no underruns")
    sound = await played(page)
    sent = received.samples
    place = sound.place_of(sent)
    assert np.array_equal(sound.samples[place : place + len(sent)], sent)
    assert np.count_nonzero(sound.samples) == np.count_nonzero(sent), "and nothing else"
    return sound


async def test_every_sample_is_played_and_every_character_lit_when_it_is_heard(
    service: Service, open_page: Open
) -> None:
    page = await opened(service, open_page)
    received = listen(page)
    await speak(page, PARAGRAPH)
    await until_through(page, PARAGRAPH)
    assert await shown(page) == received.text == PARAGRAPH
    sound = await assert_all_was_played(page, received)

    times = received.times_s(sound)
    frames = await recorded(page, "frames")
    during = [frame for frame in frames if times[0] - 0.5 <= frame["audibleS"] <= times[-1] + 0.5]
    assert len(during) > FRAMES_PER_S * (times[-1] - times[0])
    for frame in during:
        now = frame["audibleS"]
        at_least = sum(time <= now - TOLERANCE_S for time in times)
        at_most = sum(time <= now + TOLERANCE_S for time in times)
        assert at_least <= frame["lit"] <= at_most, f"at {now:.3f} s"
        assert frame["lastLit"] == frame["lit"] - 1, "no character is passed over"
        assert frame["current"] in (-1, frame["lastLit"]), "the last one that was lit is the one that is marked"
        if frame["current"] >= 0 and not PARAGRAPH[frame["current"]].isspace():
            assert frame["word"] == word_at(PARAGRAPH, frame["current"])

    seen_at = [next(frame["audibleS"] for frame in frames if frame["lit"] > index) for index in range(len(PARAGRAPH))]
    off_s = [seen - time for seen, time in zip(seen_at, times, strict=True)]
    assert sum(abs(off) <= TOLERANCE_S for off in off_s) >= ON_TIME * len(PARAGRAPH)
    assert abs(statistics.median(off_s)) <= TOLERANCE_S / 2


def word_at(text: str, index: int) -> str:
    """What stands between the spaces round a character."""
    begin = max((place for place in range(index) if text[place].isspace()), default=-1) + 1
    return text[begin:].split()[0]


async def test_a_hostile_text_is_spoken_and_shown_as_it_is(service: Service, open_page: Open) -> None:
    page = await opened(service, open_page)
    received = listen(page)
    await speak(page, HOSTILE)
    await expect(page.locator(".character:not(.heard)")).to_have_count(0, timeout=120_000)
    await until_state(page, "Connected")
    assert await shown(page) == received.text == HOSTILE
    assert await page.locator("#captions :not(span)").count() == 0
    await page.wait_for_timeout(200)
    await assert_all_was_played(page, received)


async def test_a_server_that_is_killed_in_mid_sentence_costs_no_sound(
    service: Service, open_page: Open, complaints: list[str]
) -> None:
    page = await opened(service, open_page)
    received = listen(page)
    await speak(page, CUT)
    await expect(page.locator("#time")).not_to_contain_text("/ 0:00", timeout=60_000)
    stats = await (await page.request.get(f"{service.url}/stats")).json()
    [process_id] = [found["process_id"] for found in stats["replicas"] if found["deployment"] == "Ingress"]
    os.kill(process_id, signal.SIGKILL)
    await expect(page.locator("#state")).not_to_have_text("Speaking", timeout=60_000)
    await until_through(page, CUT)
    await eventually(service.is_healthy)
    assert len(await recorded(page, "closes")) >= 1
    assert await shown(page) == received.text == CUT
    sound = (await played(page)).samples
    sent = received.samples
    assert np.array_equal(without_silence(sound), without_silence(sent)), "nothing is lost or heard twice"
    # The browser itself writes down what it could not reach.
    complaints.clear()
    await press(page, "Disconnect")


def without_silence(samples: np.ndarray) -> np.ndarray:
    return samples[samples != 0]
