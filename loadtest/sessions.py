"""How many sessions speak at once without a gap: each listens to one text after another, begun at a random moment.

A listener plays in real time from the first chunk on. An underrun is a chunk that comes after all before it were heard.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.client import Client, connect
from loadtest.playback import Playback

SAMPLE_RATE_HZ = 24_000


@dataclass(slots=True)
class Listening:
    """What all sessions together heard."""

    sessions: int
    first_chunk_ms: list[float] = field(default_factory=list)
    """As a client sees it, for each text."""
    late_ms: list[float] = field(default_factory=list)
    """Of each chunk that came after the sound had run out."""
    audio_s: float = 0.0

    @property
    def p95_first_chunk_ms(self) -> float:
        """Milliseconds."""
        return float(np.percentile(self.first_chunk_ms, 95))

    def in_words(self) -> str:
        """One line."""
        p50, p95 = np.percentile(self.first_chunk_ms, [50, 95])
        return (
            f"{self.sessions} sessions: {len(self.first_chunk_ms)} texts, {self.audio_s:.0f} s of audio, first chunk "
            f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, {len(self.late_ms)} underruns ({sum(self.late_ms):.0f} ms)"
        )


async def listen(url: str, texts: Sequence[str], sessions: int, texts_each: int, seed: int = 1) -> Listening:
    """Let some sessions speak continuously.

    Args:
        texts: taken in an order of its own by each session.
        texts_each: texts that a session listens to.
        seed: of the order and of the moments at which sessions begin, within the first four seconds.
    """
    heard = Listening(sessions)
    chance = random.Random(seed)
    starts = [(chance.uniform(0, 4), chance.sample(range(len(texts)), texts_each)) for _ in range(sessions)]
    await asyncio.gather(*(_one(url, [texts[place] for place in order], start, heard) for start, order in starts))
    return heard


async def _one(url: str, texts: Sequence[str], start_s: float, heard: Listening) -> None:
    await asyncio.sleep(start_s)
    async with connect(url) as client:
        for text in texts:
            await _hear(client, text, heard)


async def _hear(client: Client, text: str, heard: Listening) -> None:
    playback = Playback(SAMPLE_RATE_HZ, time.perf_counter())
    await client.send(text=text, flush=True, sample_rate=SAMPLE_RATE_HZ)
    async for chunk in client.chunks():
        playback.hear(chunk.pcm, time.perf_counter())
    heard.audio_s += playback.audio_s
    heard.late_ms += [late_s * 1000 for late_s in playback.underruns_s]
    if playback.first_audio_s is not None:
        heard.first_chunk_ms.append(playback.first_audio_s * 1000)
    await asyncio.sleep(playback.left_s(time.perf_counter()))
