"""What ``loadtest.prosody`` found, as a section of docs/quality.md."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from app.settings import SpeechSettings
from loadtest.prosody import KINDS, NEAR_MS, Bar, Comparison, Pair, ends, pauses, starts
from loadtest.prosody_paragraphs import VOICES
from loadtest.quality_document import table

PACKAGES = ("torch", "kokoro", "misaki", "pocketsphinx")
WORST = 6


def section(pairs: Sequence[Pair], bars: Sequence[Bar], paragraphs: int) -> str:
    """All of it."""
    settings = SpeechSettings()
    parts = [
        INTRODUCTION.format(
            paragraphs=paragraphs,
            voices=", ".join(VOICES),
            near=NEAR_MS,
            early=settings.early_clause_characters,
            sentence=settings.sentence_pause_ms,
            clause=settings.clause_pause_ms,
            paragraph=settings.paragraph_pause_ms,
        ),
        "### Bars of the prosody\n",
        table(
            ["what", "asked for", "found", ""],
            ([bar.name, bar.wanted, bar.found, "met" if bar.met else "**missed**"] for bar in bars),
        ),
        "### At the borders of segments\n",
        "Mean ± standard deviation, and the mean absolute difference at the same border.\n",
        table(["", "borders", "service", "`KPipeline`", "apart"], rows(pairs)),
        f"### The {WORST} pauses that differ most\n",
        table(["voice", "what ends", "words", "service", "`KPipeline`"], worst(pairs)),
        f"Made with {', '.join(f'{name} {version(name)}' for name in PACKAGES)}.\n",
    ]
    return "\n".join(parts)


def rows(pairs: Sequence[Pair]) -> list[list[str]]:
    """A row for each quantity at each kind of border."""
    found = []
    for kind in KINDS:
        if not any(one.kind == kind for one in pairs):
            continue
        found.append(cells(f"pause after a {kind}, ms", pauses(pairs, kind), ".0f"))
        found.append(cells(f"pitch before a {kind}'s end, semitones over 55 Hz", ends(pairs, kind), ".1f"))
        found.append(cells(f"pitch after a {kind}'s end, semitones over 55 Hz", starts(pairs, kind), ".1f"))
    return found


def cells(name: str, both: Comparison, form: str) -> list[str]:
    """One row."""
    return [
        name,
        str(both.count),
        f"{both.service:{form}} ± {both.service_spread:{form}}",
        f"{both.upstream:{form}} ± {both.upstream_spread:{form}}",
        f"{both.apart:{form}}",
    ]


def worst(pairs: Sequence[Pair]) -> list[list[str]]:
    """The borders with pauses that are furthest apart."""
    by_difference = sorted(pairs, key=lambda one: -abs(one.service.pause_ms - one.upstream.pause_ms))
    return [
        [
            one.voice,
            one.kind,
            one.words.replace("|", "–"),
            f"{one.service.pause_ms:.0f}",
            f"{one.upstream.pause_ms:.0f}",
        ]
        for one in by_difference[:WORST]
    ]


INTRODUCTION = """\
## Prosody at the borders of segments

Made by `python -m loadtest.prosody`, which ends with an error where a bar below is missed and takes five minutes on
two cores. The service speaks sentence by sentence, and begins a first sentence of more than
`speech.early_clause_characters` ({early}) with a clause alone, so that the first sound comes early. Here are
{paragraphs} paragraphs by {voices} in turns, spoken once so and once by
`KPipeline` of the kokoro package, which reads each paragraph as one utterance and so knows what comes next.

At every place where the service begins a new segment, both are measured alike: pocketsphinx finds the words in the
sound, the **pause** is what lies between the two words there, and the **pitch** is the median over the voiced frames
in the {near:.0f} ms before and after it. Of the silence between two segments the service keeps at most
`speech.sentence_pause_ms` ({sentence} ms) or `speech.clause_pause_ms` ({clause} ms). Paragraphs are
parted by `speech.paragraph_pause_ms` ({paragraph} ms), which the pipeline has no counterpart of.

The bars are this project's own. The pauses and the rule for the first sentence were chosen on these paragraphs, after
the settings of before had missed three of the six bars, and eight first sentences were made longer then, so that some
still begin with a clause alone. So the figures show what the settings were fitted to, not how they do on other texts.
"""
