"""Ramps as a page: docs/load.md with a picture, made from the folders of ``loadtest.run --load ramp``.

python -m loadtest.load_report build/load/native build/load/elevenlabs
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import matplotlib
import numpy as np
import typer

from loadtest.first_chunk import processor

matplotlib.use("Agg")
from matplotlib import pyplot

DOCUMENT = Path(__file__).parents[1] / "docs" / "load.md"
PICTURE = "images/load.png"
PERCENTILES = (50, 95, 99)

INTRODUCTION = """\
# How many it carries

Made by `make loadtest ARGS="--load ramp …"` and `python -m loadtest.load_report`. Simulated users, each with a
connection of its own, have texts spoken, play them in real time, and think. At every step there is one more of them,
until the median of the first audio is above the objective or somebody's sound runs out. *First audio* is the time from
the end of the first sentence to the first chunk, at the client; an *underrun* is time in which a listener had nothing
to play. The users run on the same machine as the service and take some of its processor. Every table is a single ramp,
with few texts where there are few users: it shows about where the objective breaks, and not which interface is better.
"""


def steps_of(folder: Path) -> list[dict[str, Any]]:
    """The steps of a ramp; raises OSError where there is none in the folder."""
    return [json.loads(line) for line in (folder / "steps.jsonl").read_text("utf-8").splitlines()]


def table(steps: list[dict[str, Any]]) -> list[str]:
    """A row of Markdown for each step."""
    lines = ["| users | texts | p50 | p95 | p99 | underruns | failures |", "|---|---|---|---|---|---|---|"]
    for step in steps:
        heard = step["first_audio_ms"]
        times = [f"{value:.0f} ms" for value in np.percentile(heard, PERCENTILES)] if heard else ["–"] * 3
        cells = [step["users"], len(heard), *times, f"{step['underrun_ms']:.0f} ms", step["failures"]]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def draw(runs: dict[str, list[dict[str, Any]]], objective_ms: float, file: Path) -> None:
    """The percentiles of all runs over the number of users."""
    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    for number, (name, steps) in enumerate(runs.items()):
        heard = [step for step in steps if step["first_audio_ms"]]
        users = [step["users"] for step in heard]
        for percentile, style in zip(PERCENTILES, ("-", "--", ":"), strict=True):
            times = [np.percentile(step["first_audio_ms"], percentile) for step in heard]
            axes.plot(users, times, style, color=f"C{number}", marker=".", label=f"{name}, p{percentile}")
    axes.axhline(objective_ms, color="grey", linewidth=0.8)
    axes.set(xlabel="users", ylabel="first audio, ms", ylim=(0, None))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend()
    figure.savefig(file, dpi=120)


def main(
    folders: Annotated[list[Path], typer.Argument(help="of ramps; a folder's name is that of its run")],
    objective_ms: Annotated[float, typer.Option(help="drawn as a line")] = 600.0,
) -> None:
    """Write docs/load.md."""
    runs = {folder.name: steps_of(folder) for folder in folders}
    draw(runs, objective_ms, DOCUMENT.parent / PICTURE)
    machine = f"**Machine:** {processor()}, service and users together."
    parts = [INTRODUCTION.rstrip(), machine, f"![First audio]({PICTURE})"]
    for name, steps in runs.items():
        parts += [f"## {name}", "\n".join(table(steps))]
    DOCUMENT.write_text("\n\n".join(parts) + "\n", "utf-8")
    print(DOCUMENT)


if __name__ == "__main__":
    typer.run(main)
