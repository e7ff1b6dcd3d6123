"""All figures of the engine and of the service in one run, written to docs/performance.md.

python -m loadtest.bench             about twelve minutes on two cores
python -m loadtest.bench --quick     fewer rounds, nothing written
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from loadtest import encoders, first_byte, first_chunk
from loadtest.first_chunk import TEXTS, Measurement, processor, service
from loadtest.sessions import Listening, listen

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
SESSIONS = (1, 2, 4, 6, 8)
TEXTS_EACH = 8
FIRST_CHUNK_P95_MS = 600
MEASURED_WITH = ("torch", "kokoro", "ray", "transformers")

INTRODUCTION = """\
# How fast it is

Made by `make bench` in one run. The engine is measured against the [kokoro](https://pypi.org/project/kokoro/) package's
own `KModel`, which its `KPipeline` calls: float32, whole utterances, the same weights and texts, the same number of
threads, in the same process and on the same thread, alternating with the engine. Figures are medians; the ratios say
more than the times, since machines differ, and this one is shared with others.
"""


@dataclass(frozen=True)
class Figures:
    """Everything that was measured."""

    compiled: dict[str, Any]
    eager: dict[str, Any]
    texts: list[Measurement]
    sessions: list[Listening]
    first_bytes: list[first_byte.FirstByte]
    formats: list[encoders.Cost]


def engine(*options: str) -> dict[str, Any]:
    """``loadtest.engine_speed`` in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "loadtest.engine_speed", *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return json.loads(done.stdout)


async def load(url: str, texts: list[str], texts_each: int) -> list[Listening]:
    """More and more sessions, until one number of them has gaps or waits too long."""
    heard: list[Listening] = []
    for sessions in SESSIONS:
        heard.append(await listen(url, texts, sessions, texts_each))
        print(heard[-1].in_words(), flush=True)
        if heard[-1].late_ms or heard[-1].p95_first_chunk_ms > FIRST_CHUNK_P95_MS:
            break
    return heard


def carried(sessions: list[Listening]) -> int:
    """The most sessions without an underrun and with a p95 of the first chunk within the limit."""
    fit = [run.sessions for run in sessions if not run.late_ms and run.p95_first_chunk_ms <= FIRST_CHUNK_P95_MS]
    return max(fit, default=0)


def comparison(figures: Figures) -> list[str]:
    """The table of goals: what was measured, compiled and eager, and what is wanted."""

    def ratio(part: str, ours: str, result: dict[str, Any]) -> str:
        found = result[part]
        return f"{found['package'] / found[ours]:.2f}×"

    def times(part: str, ours: str) -> str:
        found = figures.compiled[part]
        return f"{found['package'] * 1000:.0f} → {found[ours] * 1000:.0f} ms"

    first_ms = [text.client_first_chunk_ms for text in figures.texts]
    together, apart = figures.compiled["at_once"][1], figures.compiled["at_once"][0]
    eager_together, eager_apart = figures.eager["at_once"][1], figures.eager["at_once"][0]
    base, after = figures.compiled["memory"]
    long_s = figures.compiled["long"]["audio"]
    rows = [
        (f"real-time factor, {long_s:.0f} s of audio, one utterance", times("long", "whole"),
         ratio("long", "whole", figures.compiled), ratio("long", "whole", figures.eager), "2.5×"),
        ("first window of a 5 s sentence against the whole", times("sentence", "first"),
         ratio("sentence", "first", figures.compiled), ratio("sentence", "first", figures.eager), "4×"),
        ("audio-seconds per second, 8 utterances at once", f"{apart:.1f} → {together:.1f}",
         f"{together / apart:.2f}×", f"{eager_together / eager_apart:.2f}×", "2×"),
        ("first chunk through the WebSocket, one session, 20 texts",
         f"p50 {np.median(first_ms):.0f} ms, slowest {max(first_ms):.0f} ms", "", "", "p50 300 ms, none above 500 ms"),
        (f"sessions without an underrun, p95 of the first chunk within {FIRST_CHUNK_P95_MS} ms",
         str(carried(figures.sessions)), "", "", "4"),
        ("memory of the engine's process after 50 and after 500 utterances",
         f"{base:.0f} → {after:.0f} MiB", f"{after / base - 1:+.1%}", "", "within 5 %"),
    ]  # fmt: skip
    lines = ["| | kokoro package → here | ratio, compiled | ratio, eager | at least |", "|---|---|---|---|---|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def document(figures: Figures) -> str:
    """``docs/performance.md``."""
    versions = ", ".join(f"{name} {version(name)}" for name in MEASURED_WITH)
    found = figures.compiled
    windows = ", ".join(f"{frames * 25 / 1000:.1f}" for frames in found["compiled"]) or "none"
    lines = [
        INTRODUCTION,
        f"**Machine:** {processor()}, {found['threads']} threads, no GPU. {versions}. Generator in "
        f"{found['precision']}, windows of {windows} s compiled.",
        "",
        *comparison(figures),
        "",
        "## Sessions",
        "",
        *(f"- {run.in_words()}" for run in figures.sessions),
        "",
        "## Where the time goes",
        "",
        *(f"- {name}: {value}" for name, value in found["stages"]),
        "",
        "## Cost against length",
        "",
        "Time of a whole utterance, and seconds for each second of audio.",
        "",
        "| utterance | compiled |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in found["lengths"]),
        "",
        "## The 20 texts",
        "",
        "```",
        first_chunk.report(figures.texts),
        "```",
        "",
        "## The APIs",
        "",
        "One session, short texts, every API and format in turn. The connection is open before the clock runs. The last"
        f" column is the median of the differences, text by text; none shall be above {first_byte.MAX_BEHIND_MS} ms.",
        "",
        *first_byte.table(figures.first_bytes),
        "",
        "## Formats",
        "",
        f"One encoder, {encoders.AUDIO_S} s of audio in chunks as they are sent. The first bytes come with the first"
        " chunk; their time is from the making of the encoder. PCM passes through as it is.",
        "",
        *encoders.table(figures.formats),
        "",
        "## On a GPU",
        "",
        "Audio-seconds per second and the first window at 1, 8, 32 and 64 utterances: *not measured*.",
        "",
    ]
    return "\n".join(lines)


def main(
    rounds: Annotated[int, typer.Option(min=1, help="times that the engine is measured")] = 5,
    quick: Annotated[bool, typer.Option(help="fewer rounds, and write nothing")] = False,
) -> None:
    """Measure everything, print it, and write docs/performance.md."""
    texts = TEXTS.read_text("utf-8").splitlines()
    repeat = str(2 if quick else rounds)
    compiled = engine("--rounds", repeat, "--memory" if not quick else "--no-memory")
    compiled.setdefault("memory", (1.0, 1.0))
    eager = engine("--rounds", repeat, "--no-compile")
    with service() as url:
        measured = asyncio.run(first_chunk.measure(url, texts, 1))
        sessions = asyncio.run(load(url, texts, TEXTS_EACH // 2 if quick else TEXTS_EACH))
        base = url.replace("ws", "http", 1).removesuffix("/ws")
        first_bytes = asyncio.run(first_byte.measure(base, 1 if quick else 2))
    formats = encoders.measure(2 if quick else rounds)
    page = document(Figures(compiled, eager, measured, sessions, first_bytes, formats))
    print(page)
    if not quick:
        DOCUMENT.write_text(page, "utf-8")


if __name__ == "__main__":
    typer.run(main)
