"""What ``app.kokoro.process.before_torch`` is worth: decoding with and without it, alone and beside a busy process.

    python -m loadtest.process_settings

Every cell is a process of its own, since libgomp and malloc are set up once. The cells of a round follow each other
directly, so that a change of the machine meets all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from statistics import median
from typing import Annotated

import typer

PHONEMES = "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˈOvəɹ ðə lˈAzi dˈɔɡ ænd "
LENGTHS = {"nothing": (100, 250), "one busy process": (40,)}
"""Phonemes: about 2, 6 and 15 s of audio. Beside a busy process the longer ones take minutes."""

CELLS = ("plain", "passive", "memory", "both")
BUSY = "while True: pass"


def decode(cell: str, lengths: tuple[int, ...]) -> None:
    """Print the seconds that each length takes, as JSON; the first decoding of a length does not count."""
    from app.kokoro import process

    if cell in ("passive", "both"):
        process.let_threads_sleep()
    if cell in ("memory", "both"):
        process.keep_memory()
    from app.assets import prepare
    from app.kokoro.model import KokoroModel
    from app.kokoro.voices import Voices
    from app.messages import Utterance
    from app.settings import Settings

    settings = Settings()
    assets = prepare(settings.weights)
    vocabulary = json.loads(assets.config_path.read_text("utf-8"))["vocab"]
    voices = Voices({"af_heart": assets.voice_path("af_heart")})
    model = KokoroModel(assets, settings.kokoro.model_copy(update={"device": "cpu"}))
    model.use_compiled()
    seconds = []
    for length in lengths:
        ids = tuple(vocabulary[phoneme] for phoneme in (PHONEMES * 10)[:length])
        utterance = Utterance("bench", ids, voices.style("af_heart", length), "af_heart", 1.0, 1)
        times = []
        for _ in range(3):
            began = time.perf_counter()
            [ready] = model.encode([utterance], [None])
            for span in ready.plan(0, grows=True):
                model.decode([(ready, span)])
            times.append(time.perf_counter() - began)
        seconds.append(median(times[1:]))
    print(json.dumps(seconds))


def main(
    rounds: Annotated[int, typer.Option(min=1, help="times that every cell is measured")] = 3,
    cell: Annotated[str | None, typer.Option(hidden=True)] = None,
    beside: Annotated[str, typer.Option(hidden=True)] = "nothing",
) -> None:
    """Measure and print the medians over all rounds."""
    if cell:
        return decode(cell, LENGTHS[beside])
    for beside, lengths in LENGTHS.items():
        results: dict[str, list[list[float]]] = {name: [] for name in CELLS}
        neighbour = subprocess.Popen([sys.executable, "-c", BUSY]) if beside != "nothing" else None
        try:
            for _ in range(rounds):
                for name in CELLS:
                    command = [sys.executable, "-W", "ignore", "-m", "loadtest.process_settings"]
                    command += ["--cell", name, "--beside", beside]
                    done = subprocess.run(command, capture_output=True, text=True, check=True)
                    results[name].append(json.loads(done.stdout))
        finally:
            if neighbour is not None:
                neighbour.kill()
                neighbour.wait()
        print(f"beside {beside}: seconds for {lengths} phonemes, median (all rounds)")
        for name, found in results.items():
            cells = []
            for values in zip(*found, strict=True):
                ratio = median(values) / median(list(zip(*results["plain"], strict=True))[len(cells)])
                cells.append(f"{median(values):5.2f} x{ratio:4.2f} ({', '.join(f'{v:.2f}' for v in values)})")
            print(f"  {name:8s} {'   '.join(cells)}", flush=True)


if __name__ == "__main__":
    typer.run(main)
