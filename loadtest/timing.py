"""When words are heard, as several aligners tell it of the same sound: a section of docs/quality.md.

    python -m loadtest.timing                            all sentences, and the section
    python -m loadtest.timing --no-write --sentences 5   a quick look

Ends with 1 where a bar is missed. The section's text is in ``loadtest.timing_report``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from tqdm import tqdm

from loadtest.timing_reference import WORD, ForcedAligner, Misheard, WordTimes, onsets_ms
from loadtest.timing_sentences import MEASURED, SPEEDS, VOICES

if TYPE_CHECKING:
    from loadtest.timing_sounds import Take


@dataclass(frozen=True, slots=True)
class Found:
    """One word of one take: when it is heard by the reference and by each aligner."""

    voice: str
    speed: float
    reference: WordTimes
    onset_ms: float | None
    """Of the sound itself, where silence comes before the word."""
    starts_ms: dict[str, float]
    ends_ms: dict[str, float]
    """Per aligner."""


def ways() -> dict[str, Callable[[Take], NDArray[np.float64]]]:
    """Aligners by name: each gives the boundaries of a take's characters, [characters + 1] ms."""
    from app.audio.align import HybridAligner, character_times
    from app.audio.align_by_sound import DB_PER_ENERGY, Loudness, PhonemeBasedAligner
    from app.messages import ENERGY_STEP_MS, FRAME_MS, MODEL_SAMPLE_RATE_HZ

    hybrid, by_sound = HybridAligner(), PhonemeBasedAligner()

    def running_sum(take: Take, lead_ms: float) -> NDArray[np.float64]:
        phrase = take.phrase
        characters = np.arange(phrase.text_start, phrase.text_end + 1)
        positions = np.interp(characters, phrase.text_knots, phrase.phoneme_knots)
        sums = np.cumsum(take.prosody.durations)[:-1] * FRAME_MS - lead_ms
        return np.interp(positions, np.arange(len(sums)), sums)

    def sound(take: Take) -> NDArray[np.float64]:
        loudness = Loudness.of_sound(take.samples, MODEL_SAMPLE_RATE_HZ)
        return character_times(take.phrase, by_sound.phoneme_times(take.phrase, loudness))

    def hindsight(take: Take) -> NDArray[np.float64]:
        loudness = Loudness.of_sound(take.samples, MODEL_SAMPLE_RATE_HZ)
        heard_ms = loudness.origin_ms + loudness.step_ms * (np.arange(len(loudness.levels_db)) + 0.5)
        steps_ms = ENERGY_STEP_MS * (np.arange(len(take.prosody.energy)) + 0.5)
        energy = np.interp(steps_ms, heard_ms, loudness.levels_db) / DB_PER_ENERGY + LOUDEST_ENERGY
        return hybrid.character_times(take.phrase, replace(take.prosody, energy=energy.astype(np.float32)))

    def even_letters(take: Take) -> NDArray[np.float64]:
        loudness = Loudness.of_sound(take.samples, MODEL_SAMPLE_RATE_HZ)
        loud = np.flatnonzero(loudness.levels_db > -40)
        edges = loudness.origin_ms + loudness.step_ms * np.array([loud[0], loud[-1] + 1])
        return np.linspace(*edges, len(take.text) + 1)

    return {
        SERVICE: lambda take: hybrid.character_times(take.phrase, take.prosody),
        "the same with the energy of the decoded sound": hindsight,
        "running sum of the durations": lambda take: running_sum(take, 0.0),
        "running sum less 75 ms": lambda take: running_sum(take, 75.0),
        "`PhonemeBasedAligner`, on the sound": sound,
        "letters of equal length": even_letters,
    }


SERVICE = "`HybridAligner`, the service"

LOUDEST_ENERGY = 8.0
"""The model's energy of the loudest sound."""


def compare(takes: Iterable[Take], reference: ForcedAligner) -> Iterator[Found]:
    """Every word of every take, but for takes in whose sound the reference does not find the words."""
    from app.messages import MODEL_SAMPLE_RATE_HZ

    aligners = ways()
    for take in takes:
        try:
            words = reference.align(take.text, take.samples, MODEL_SAMPLE_RATE_HZ)
        except Misheard as error:
            tqdm.write(f"left out: {error}")
            continue
        found = {name: align(take) for name, align in aligners.items()}
        onsets = onsets_ms(words, take.samples, MODEL_SAMPLE_RATE_HZ)
        for match, word, onset in zip(WORD.finditer(take.text), words, onsets, strict=True):
            starts = {name: float(times[match.start()]) for name, times in found.items()}
            ends = {name: float(times[match.end()]) for name, times in found.items()}
            yield Found(take.voice, take.speed, word, onset, starts, ends)


@dataclass(frozen=True, slots=True)
class Errors:
    """How far off an aligner is, in ms; positive is late."""

    count: int
    bias: float
    mean: float
    """Of the absolute errors, as the two below."""
    median: float
    p95: float

    @classmethod
    def of(cls, errors: Iterable[float]) -> Errors:
        """The figures of some errors."""
        values = np.array(list(errors))
        size = np.abs(values)
        return cls(len(values), values.mean(), size.mean(), float(np.median(size)), float(np.percentile(size, 95)))


def start_errors(found: Iterable[Found], way: str = SERVICE) -> Errors:
    """Of the starts of words."""
    return Errors.of(one.starts_ms[way] - one.reference.start_ms for one in found)


def end_errors(found: Iterable[Found], way: str = SERVICE) -> Errors:
    """Of the ends of words."""
    return Errors.of(one.ends_ms[way] - one.reference.end_ms for one in found)


@dataclass(frozen=True, slots=True)
class Bar:
    """What is asked for, and what was found."""

    name: str
    wanted: str
    found: str
    met: bool


def bars(found: list[Found]) -> list[Bar]:
    """Those that have to be met."""
    starts, ends = start_errors(found), end_errors(found)
    return [
        Bar("word starts, mean", "at most 20 ms", f"{starts.mean:.1f} ms", starts.mean <= 20),
        Bar("word starts, p95", "at most 40 ms", f"{starts.p95:.0f} ms", starts.p95 <= 40),
        Bar("word starts, bias", "within ±8 ms", f"{starts.bias:+.1f} ms", abs(starts.bias) <= 8),
        Bar("word ends, median", "at most 30 ms", f"{ends.median:.0f} ms", ends.median <= 30),
        Bar("word ends, p95", "at most 100 ms", f"{ends.p95:.0f} ms", ends.p95 <= 100),
    ]


def main(
    sentences: Annotated[int | None, typer.Option(min=1, help="default: all")] = None,
    write: Annotated[bool, typer.Option(help="into docs/quality.md")] = True,
) -> None:
    """Measure, write the section, and end with 1 where a bar is missed."""
    from app.kokoro.process import before_torch

    before_torch()
    warnings.simplefilter("ignore")
    from app.assets import prepare
    from app.settings import Settings
    from loadtest.quality_document import write_section
    from loadtest.timing_report import section
    from loadtest.timing_sounds import Speaker

    settings = Settings()
    speaker = Speaker(prepare(settings.weights), settings.kokoro)
    chosen = MEASURED[:sentences]
    takes = tqdm(
        speaker.takes(chosen, VOICES, SPEEDS), "Speaking", len(chosen) * len(VOICES) * len(SPEEDS), unit="sentence"
    )
    found = list(compare(takes, ForcedAligner()))
    checked = bars(found)
    text = section(found, checked, len(chosen))
    if write:
        write_section("timings", text)
    print(text)
    if not all(bar.met for bar in checked):
        raise SystemExit(1)


if __name__ == "__main__":
    typer.run(main)
