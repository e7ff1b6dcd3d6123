"""What the tests of faults have seen, as the page docs/reliability.md:

python -m tests.faults.report build/faults.jsonl
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from loadtest.first_chunk import processor

VARIABLE = "KOKORO_SERVE_FAULTS"
"""Names the file that is written to, if it shall be."""
DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"

INTRODUCTION = """\
# What happens when something breaks

Made by `make faults` and `make soak`. They start the service on a Ray cluster of its own, break it while people listen,
and compare what they heard with an undisturbed run: **every sample and the time of every character are the same**, or
the test fails. One machine runs the service, the listeners and the faults at once, so the pauses are long ones: a
replica that starts takes the processor from those that speak. Each row is a single run, and the rows are not all of
one: the pauses of the same fault differ by seconds between runs.
"""
HOW = """\
## How it works

- **Ticks.** Every stream between two deployments says each second that it is alive, whether it has sound or waits for
  its turn. Three missed ticks mean that a replica hangs; one that is busy never misses them. Calls that nobody takes
  within a second are made again, to another replica.
- **Kokoro lost.** Speech asks another replica for the rest, from the first frame that did not come, with the prosody
  that the lost one had predicted: the sound goes on as if nothing had been.
- **Speech lost.** Ingress asks another replica for the rest of the flush, from the first sample that did not come. It
  works out where that lies from the prosody of what was before, which is not decoded again.
- **Ingress lost.** Its clients' connections break. The server remembers nothing of them: they send the text again,
  with the seed and the number of samples that they have (`resume`), and get the rest. An ingress that ends in order
  says so first.
- **An end of it.** After three losses in one text it fails with an error. So does a text for which no replica is free
  within `speech.replica_within_s`.
- `/health` is readiness. Nothing is ever killed because of it; Serve's own health checks replace what hangs.
"""


def tell(fault: str, seen: str) -> None:
    """Prints a line with the figures of a fault, and keeps it where a file is named for that."""
    print(f"\n{fault}: {seen}")
    if file := os.environ.get(VARIABLE):
        with Path(file).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"fault": fault, "seen": seen}) + "\n")


def main(files: Annotated[list[Path], typer.Argument(help="that `make faults` and `make soak` have written")]) -> None:
    """Write docs/reliability.md."""
    lines = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    rows = [f"| {found['fault']} | {found['seen']} |" for found in lines]
    table = "\n".join(["| fault | what was seen |", "|---|---|", *rows])
    parts = [INTRODUCTION.rstrip(), f"**Machine:** {processor()}.", table, HOW.rstrip()]
    DOCUMENT.write_text("\n\n".join(parts) + "\n", "utf-8")
    print(DOCUMENT)


if __name__ == "__main__":
    typer.run(main)
