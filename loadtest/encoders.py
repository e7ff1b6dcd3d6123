"""What the encoders cost: time to the first bytes, and processor time, for every format.

python -m loadtest.encoders                some seconds
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer

from app.audio.chunk import to_pcm16
from app.audio.encode import Encoder
from app.audio.formats import ELEVENLABS_FORMATS, OPENAI_FORMATS, AudioFormat
from app.settings import SpeechSettings

AUDIO_S = 10


@dataclass(frozen=True, slots=True)
class Cost:
    """What one format costs; medians."""

    names: str
    """Of the dialects: formats that are the same but for their names were measured once."""
    first_bytes_ms: float
    """From the making of the encoder, on the clock; at the first chunk, so without the time that the sound takes."""
    cpu_ms_per_s: float
    """Processor time for each second of audio."""


def measure(rounds: int) -> list[Cost]:
    """Every format that is encoded, a number of times; all in turn, so that a busy moment hits no format alone."""
    same: dict[tuple[object, ...], list[AudioFormat]] = {}
    for audio_format in (*ELEVENLABS_FORMATS.values(), *OPENAI_FORMATS.values()):
        if audio_format.codec != "pcm":
            key = (audio_format.codec, audio_format.sample_rate_hz, audio_format.bit_rate)
            same.setdefault(key, []).append(audio_format)
    found = [[_once(named[0]) for named in same.values()] for _ in range(rounds)]
    medians = np.median(found, axis=0)
    return [
        Cost(", ".join(audio_format.name for audio_format in named), float(first), float(cpu))
        for named, (first, cpu) in zip(same.values(), medians, strict=True)
    ]


def _once(audio_format: AudioFormat) -> tuple[float, float]:
    """Milliseconds to the first bytes, and milliseconds of processor time for each second of audio."""
    parts = _chunks(audio_format.sample_rate_hz)
    first_s = None
    began, cpu = time.perf_counter(), time.process_time()
    encoder = Encoder(audio_format)
    for part in parts:
        if encoder.push(part) and first_s is None:
            first_s = time.perf_counter() - began
    encoder.finish()
    cpu_s = time.process_time() - cpu
    assert first_s is not None
    return first_s * 1000, cpu_s * 1000 / AUDIO_S


def _chunks(sample_rate_hz: int) -> list[bytes]:
    """Noise that swells and fades as speech does, in chunks as they are sent."""
    settings = SpeechSettings()
    time_s = np.arange(AUDIO_S * sample_rate_hz) / sample_rate_hz
    noise = np.random.default_rng(0).normal(size=len(time_s)).astype(np.float32)
    pcm = to_pcm16(0.1 * noise * np.abs(np.sin(2 * np.pi * 2 * time_s)).astype(np.float32))
    first, following = (2 * sample_rate_hz * ms // 1000 for ms in (settings.first_chunk_ms, settings.chunk_ms))
    return [pcm[:first], *(pcm[start : start + following] for start in range(first, len(pcm), following))]


def table(costs: list[Cost]) -> list[str]:
    """A line of Markdown for each format."""
    lines = ["| format | first bytes | processor time for each second of audio |", "|---|---|---|"]
    return lines + [f"| {cost.names} | {cost.first_bytes_ms:.2f} ms | {cost.cpu_ms_per_s:.2f} ms |" for cost in costs]


def main(rounds: Annotated[int, typer.Option(min=1, help="times that every format is measured")] = 5) -> None:
    """Measure and print."""
    print("\n".join(table(measure(rounds))))


if __name__ == "__main__":
    typer.run(main)
