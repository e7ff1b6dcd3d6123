"""How the service's voice goes from segment to segment, beside a voice that knows the whole paragraph.

    python -m loadtest.prosody                             all paragraphs, and the section of docs/quality.md
    python -m loadtest.prosody --no-write --paragraphs 2   a quick look

Ends with 1 where a bar is missed. The section's text is in ``loadtest.prosody_report``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from tqdm import tqdm

from loadtest.prosody_paragraphs import PARAGRAPHS, VOICES

if TYPE_CHECKING:
    from app.messages import FloatArray
    from loadtest.timing_reference import ForcedAligner
    from loadtest.upstream import Upstream
    from loadtest.words_sounds import Service

NEAR_MS = 300.0
"""Sound on either side of a border that its pitch is taken from."""

KINDS = ("clause", "sentence")


@dataclass(frozen=True, slots=True)
class Border:
    """What is heard where one segment ends and the next one begins."""

    pause_ms: float
    before: float | None
    after: float | None
    """Pitch in semitones over 55 Hz; None where nothing is voiced."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same border of both systems."""

    voice: str
    kind: str
    """What ends there, of ``KINDS``: the first segment is often a clause, so that the first sound is early."""
    words: str
    """The one before it and the one after it."""
    service: Border
    upstream: Border


@dataclass(frozen=True, slots=True)
class Bar:
    """What is asked for, and what was found."""

    name: str
    wanted: str
    found: str
    met: bool


def borders(sound: FloatArray, text: str, cuts: Sequence[int], aligner: ForcedAligner) -> list[Border]:
    """The borders of a paragraph at characters of its text.

    Args:
        sound: [n] at 24 kHz.
        cuts: where segments begin, each at a word.

    Raises:
        Misheard: where the words of the text are not found in the sound.
    """
    from app.messages import MODEL_SAMPLE_RATE_HZ
    from loadtest.pitch import semitones
    from loadtest.timing_reference import WORD

    words = aligner.align(text, sound, MODEL_SAMPLE_RATE_HZ)
    starts = [match.start() for match in WORD.finditer(text)]
    found = []
    for cut in cuts:
        left, right = words[starts.index(cut) - 1], words[starts.index(cut)]
        before = semitones(sound, MODEL_SAMPLE_RATE_HZ, left.end_ms - NEAR_MS, left.end_ms)
        after = semitones(sound, MODEL_SAMPLE_RATE_HZ, right.start_ms, right.start_ms + NEAR_MS)
        found.append(Border(right.start_ms - left.end_ms, before, after))
    return found


def compare(
    service: Service, upstream: Upstream, aligner: ForcedAligner, paragraphs: Iterable[tuple[str, str]]
) -> Iterator[Pair]:
    """All borders of all paragraphs."""
    from app.settings import SpeechSettings
    from app.text.segment import split_segments

    settings = SpeechSettings()
    for text, voice in paragraphs:
        segments = split_segments(
            text,
            min_words=settings.min_segment_words,
            max_characters=settings.max_segment_characters,
            early_clause_characters=settings.early_clause_characters,
        )
        cuts = [segment.start for segment in segments[1:]]
        systems = (borders(system.speak(text, voice), text, cuts, aligner) for system in (service, upstream))
        for segment, cut, *both in zip(segments, cuts, *systems, strict=False):
            around = f"{text[:cut].split()[-1]} {text[cut:].split()[0]}"
            yield Pair(voice, segment.boundary, around, *both)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One quantity of both systems at some borders."""

    count: int
    service: float
    upstream: float
    """Means."""
    service_spread: float
    upstream_spread: float
    """Standard deviations."""
    apart: float
    """Mean of the absolute differences at the same border."""

    @classmethod
    def of(cls, pairs: Iterable[tuple[float | None, float | None]]) -> Comparison:
        """The figures of the pairs in which both are known."""
        known = np.array([pair for pair in pairs if None not in pair], dtype=float).reshape(-1, 2)
        service, upstream = known.T
        apart = float(np.abs(service - upstream).mean())
        return cls(len(known), service.mean(), upstream.mean(), service.std(), upstream.std(), apart)

    @property
    def change(self) -> float:
        """The service's mean less the pipeline's."""
        return self.service - self.upstream


def pauses(pairs: Sequence[Pair], kind: str) -> Comparison:
    """In ms."""
    return Comparison.of((one.service.pause_ms, one.upstream.pause_ms) for one in pairs if one.kind == kind)


def ends(pairs: Sequence[Pair], kind: str) -> Comparison:
    """Pitch before the border, in semitones."""
    return Comparison.of((one.service.before, one.upstream.before) for one in pairs if one.kind == kind)


def starts(pairs: Sequence[Pair], kind: str) -> Comparison:
    """Pitch after the border, in semitones."""
    return Comparison.of((one.service.after, one.upstream.after) for one in pairs if one.kind == kind)


MOST_PAUSE_MS, MOST_SEMITONES = 100.0, 1.5


def bars(pairs: Sequence[Pair]) -> list[Bar]:
    """Those that have to be met."""
    found = []
    for kind in KINDS:
        if not any(one.kind == kind for one in pairs):
            continue
        change = pauses(pairs, kind).change
        wanted = f"within {MOST_PAUSE_MS:.0f} ms of the pipeline's"
        found.append(Bar(f"pause after a {kind}, mean", wanted, f"{change:+.0f} ms", abs(change) <= MOST_PAUSE_MS))
        for name, pitch in (("before", ends), ("after", starts)):
            change = pitch(pairs, kind).change
            wanted = f"within {MOST_SEMITONES} semitones of the pipeline's"
            met = abs(change) <= MOST_SEMITONES
            found.append(Bar(f"pitch {name} a {kind}'s end, mean", wanted, f"{change:+.1f} semitones", met))
    return found


def main(
    paragraphs: Annotated[int | None, typer.Option(min=1, help="default: all")] = None,
    device: Annotated[str, typer.Option(help="of the service: cpu or cuda; the pipeline is on the CPU")] = "cpu",
    write: Annotated[bool, typer.Option(help="into docs/quality.md")] = True,
) -> None:
    """Measure, write the section, and end with 1 where a bar is missed."""
    from app.kokoro.process import before_torch

    before_torch()
    warnings.simplefilter("ignore")
    from app.assets import prepare
    from app.settings import Settings
    from loadtest.prosody_report import section
    from loadtest.quality_document import write_section
    from loadtest.timing_reference import ForcedAligner
    from loadtest.upstream import Upstream
    from loadtest.words_sounds import Service

    settings = Settings()
    assets = prepare(settings.weights)
    kokoro = settings.kokoro.model_copy(update={"device": device})
    upstream, service = Upstream(assets), Service(assets, settings.model_copy(update={"kokoro": kokoro}))
    chosen = [(text, VOICES[number % len(VOICES)]) for number, text in enumerate(PARAGRAPHS[:paragraphs])]
    spoken = tqdm(chosen, "Speaking", unit="paragraph")
    pairs = list(compare(service, upstream, ForcedAligner(), spoken))
    checked = bars(pairs)
    text = section(pairs, checked, len(chosen))
    if write:
        write_section("prosody", text)
    print(text)
    if not all(bar.met for bar in checked):
        raise SystemExit(1)


if __name__ == "__main__":
    typer.run(main)
