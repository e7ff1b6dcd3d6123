"""Time to the first chunk at one session: 20 texts of 3 to 40 words, each heard in full before the next.

python -m loadtest.first_chunk                                 starts the service, measures, stops it
python -m loadtest.first_chunk --url ws://127.0.0.1:8000/ws    measures one that runs
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from app.client import connect
from app.messages import BYTES_PER_SAMPLE

TEXTS = Path(__file__).with_name("texts.txt")
SAMPLE_RATE_HZ = 44_100


@dataclass(frozen=True, slots=True)
class Measurement:
    """One text: what the client and the server saw, and how long the speech is."""

    words: int
    client_first_chunk_ms: float
    server_first_chunk_ms: float
    whole_s: float
    audio_s: float


async def measure(url: str, texts: list[str], rounds: int) -> list[Measurement]:
    """Speak every text in one session; each is heard to its end before the next one is sent."""
    measurements = []
    async with connect(url) as client:
        for text in texts * rounds:
            began = time.perf_counter()
            await client.send(text=text, flush=True, sample_rate=SAMPLE_RATE_HZ)
            first_s = server_ms = 0.0
            pcm_bytes = 0
            async for chunk in client.chunks():
                if chunk.meta:
                    first_s, server_ms = time.perf_counter() - began, chunk.meta["first_chunk_ms"]
                pcm_bytes += len(chunk.pcm)
            whole_s = time.perf_counter() - began
            audio_s = pcm_bytes / BYTES_PER_SAMPLE / SAMPLE_RATE_HZ
            # The server keeps to a listener's clock: who asks on without listening is slowed down in the end.
            await asyncio.sleep(max(0.0, first_s + audio_s - whole_s))
            measurements.append(Measurement(len(text.split()), first_s * 1000, server_ms, whole_s, audio_s))
    return measurements


def report(measurements: list[Measurement]) -> str:
    """A line for each text, and the percentiles."""
    lines = ["words   first chunk, client   first chunk, server   whole   audio   real-time factor"]
    for m in measurements:
        lines.append(
            f"{m.words:5d}   {m.client_first_chunk_ms:16.0f} ms   {m.server_first_chunk_ms:16.0f} ms"
            f"   {m.whole_s:4.1f} s   {m.audio_s:4.1f} s   {m.whole_s / m.audio_s:16.2f}"
        )
    for name, values in [
        ("client", [m.client_first_chunk_ms for m in measurements]),
        ("server", [m.server_first_chunk_ms for m in measurements]),
    ]:
        p50, p95 = np.percentile(values, [50, 95])
        lines.append(f"first chunk, {name}: p50 {p50:.0f} ms, p95 {p95:.0f} ms over {len(values)} texts")
    factor = sum(m.whole_s for m in measurements) / sum(m.audio_s for m in measurements)
    lines.append(f"real-time factor over all: {factor:.2f}")
    return "\n".join(lines)


def processor() -> str:
    """The name of this machine's processor."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


@contextlib.contextmanager
def service() -> Iterator[str]:
    """A service of our own on a free port, with the configuration for this machine."""
    from deployments import local

    local.private_environment()
    from deployments.config import read

    with local.running("127.0.0.1", local.free_port(), read(local.config_for_this_machine())) as (
        url,
        health,
    ):
        print(f"{processor()}, {os.cpu_count()} cores; {health['device']}, {health['torch_threads']} threads")
        yield url.replace("http", "ws", 1) + "/ws"


def main(
    url: Annotated[str | None, typer.Option(help="of a running service; default: start one")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="times that all texts are spoken")] = 1,
) -> None:
    """Measure and print."""
    texts = TEXTS.read_text("utf-8").splitlines()
    with contextlib.nullcontext(url) if url else service() as address:
        print(report(asyncio.run(measure(address, texts, rounds))))


if __name__ == "__main__":
    typer.run(main)
