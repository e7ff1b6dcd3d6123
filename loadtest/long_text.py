"""A text of 50,000 characters in one request: is its first sound late, is anything lost, does memory grow? A section of
docs/quality.md.

    python -m loadtest.long_text                                measures on a service of its own, and writes the section
    python -m loadtest.long_text --no-write --characters 5000   a quick look

Ends with 1 where a bar is missed. Speaking all of it takes about 20 minutes on two cores.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

import httpx
import numpy as np
import typer

from loadtest.first_chunk import processor, service
from loadtest.quality_document import table, write_section

RATE_HZ = 16_000
BYTES_PER_SAMPLE = 2
MAX_RATIO = 1.2
MAX_GROWTH_MB = 50.0
"""Of all replicas together, between a tenth of the text and its end: less than the model's windows come and go by."""

PARAGRAPHS = (
    "The harbor office opened at 7:30 on Monday, March 4, and by noon the first 12 boats had paid their $45 for the "
    "week. Nobody asked why the price had gone up by 5%, although the sign beside the door still showed the old one.",
    "Dr. Weiss wrote down everything: the wind from the west at 18 km/h, the water at 9.5°C, and the names of the men "
    "who helped to carry the crates. Later, when people wanted to know what had really happened, her notes were all "
    "they had.",
    "Was it luck, or had somebody warned them? The youngest of the sailors laughed at the question. He had slept "
    "through most of the storm; what he remembered was the smell of wet rope, and his grandmother's voice on the "
    "telephone.",
    "In 1998 there had been about 3,400 people in the town, and every third family lived on fish. Today there are "
    "fewer boats than cafés – and yet, on a clear morning, the market beside the old pier is as loud as it ever was.",
)


@dataclass
class Heard:
    """What came of one text."""

    first_ms: float = 0.0
    seconds: float = 0.0
    audio_s: float = 0.0
    characters: list[str] = field(default_factory=list)
    starts_s: list[float] = field(default_factory=list)
    memory_mb: list[tuple[float, float]] = field(default_factory=list)
    """Share of the text that was spoken, and the memory of all replicas."""


def text_of(characters: int) -> str:
    """Paragraphs, numbered so that no two are the same, of so many characters in all."""
    text = ""
    number = 0
    while len(text) < characters:
        text += f"{PARAGRAPHS[number % len(PARAGRAPHS)]} That was entry {number + 1} of the book.\n\n"
        number += 1
    return text[:characters]


def speak(url: str, text: str, *, only_first: bool = False, watch: bool = False) -> Heard:
    """Speaks a text over HTTP, as fast as it is made."""
    heard, began = Heard(), time.perf_counter()
    path = f"{url}/v1/text-to-speech/af_heart/stream/with-timestamps?output_format=pcm_{RATE_HZ}"
    sampled = 0.0
    with httpx.stream("POST", path, json={"text": text, "seed": 1}, timeout=120) as response:
        response.raise_for_status()
        for line in filter(None, response.iter_lines()):
            part: dict[str, Any] = json.loads(line)
            sound = base64.b64decode(part["audio_base64"] or "")
            if sound and not heard.first_ms:
                heard.first_ms = (time.perf_counter() - began) * 1000
            if sound and only_first:
                return heard
            heard.audio_s += len(sound) / BYTES_PER_SAMPLE / RATE_HZ
            if alignment := part["alignment"]:
                heard.characters += alignment["characters"]
                heard.starts_s += alignment["character_start_times_seconds"]
            if watch and time.monotonic() - sampled > 10:
                sampled = time.monotonic()
                heard.memory_mb.append((len(heard.characters) / len(text), memory_mb(url)))
    heard.seconds = time.perf_counter() - began
    return heard


def memory_mb(url: str) -> float:
    """Resident memory of all replicas."""
    replicas = httpx.get(f"{url}/stats").raise_for_status().json()["replicas"]
    return float(sum(replica["memory_mb"] for replica in replicas))


def first_sounds(url: str, text: str, rounds: int) -> Iterator[tuple[float, float]]:
    """Milliseconds to the first sound of the first sentence alone and of the whole text, in turns."""
    sentence = text.partition(". ")[0] + "."
    for number in range(rounds + 1):
        alone = speak(url, sentence, only_first=True).first_ms
        whole = speak(url, text, only_first=True).first_ms
        if number:
            yield alone, whole


def main(
    characters: Annotated[int, typer.Option(min=1_000, help="of the text")] = 50_000,
    rounds: Annotated[int, typer.Option(min=3, help="times that both first sounds are measured")] = 15,
    write: Annotated[bool, typer.Option(help="the section of docs/quality.md")] = True,
) -> None:
    """Measure, write the section, and end with 1 where a bar is missed."""
    os.environ["KOKORO_SERVE_SESSION__MAX_BUFFERED_CHARACTERS"] = str(characters)
    text = text_of(characters)
    with service() as address:
        url = address.replace("ws", "http", 1).removesuffix("/ws")
        alone, whole = np.median(list(first_sounds(url, text, rounds)), axis=0)
        heard = speak(url, text, watch=True)
    settled = [mb for share, mb in heard.memory_mb if share >= 0.1]
    growth_mb = settled[-1] - settled[0]
    is_whole = "".join(heard.characters) == text
    rises = heard.starts_s == sorted(heard.starts_s)
    bars = [
        (
            "first sound, whole text to first sentence alone",
            f"at most {MAX_RATIO}",
            whole / alone,
            whole / alone <= MAX_RATIO,
        ),
        ("growth of memory, MiB", f"at most {MAX_GROWTH_MB:.0f}", growth_mb, growth_mb <= MAX_GROWTH_MB),
    ]
    rows = [[name, wanted, f"{found:.2f}", "met" if met else "**missed**"] for name, wanted, found, met in bars]
    rows.append(["every character timed once and in order", "yes", "yes" if is_whole and rises else "no"])
    rows[-1].append("met" if is_whole and rises else "**missed**")
    section = SECTION.format(
        characters=f"{characters:,}",
        rounds=rounds,
        alone=alone,
        whole=whole,
        minutes=heard.audio_s / 60,
        taken=heard.seconds / 60,
        from_mb=settled[0],
        to_mb=settled[-1],
        highest_mb=max(settled),
        machine=f"{processor()}, {os.cpu_count()} cores",
        bars=table(["what", "asked for", "found", ""], rows),
    )
    print(section)
    if write:
        write_section("long", section)
    if not all(row[-1] == "met" for row in rows):
        raise SystemExit(1)


SECTION = """\
## Long texts

`python -m loadtest.long_text` sends a text of {characters} characters in one request, with
`session.max_buffered_characters` raised, and again and again only waits for its first sound, in turns with that of its
first sentence alone ({rounds} rounds). Then it takes all of it, as fast as it is made, and looks at the memory of all
replicas every ten seconds.

{bars}
The first sound came after {alone:.0f} ms for the sentence and {whole:.0f} ms for the whole text, in the median. The
speech is {minutes:.0f} minutes long and was made in {taken:.0f}. All replicas together held {from_mb:,.0f} MiB after a
tenth of the text and {to_mb:,.0f} MiB at its end ({highest_mb:,.0f} MiB at most). Machine: {machine}.
"""


if __name__ == "__main__":
    typer.run(main)
