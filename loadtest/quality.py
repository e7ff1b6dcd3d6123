"""Whether sound decoded in windows is as good as whole utterances decoded exactly: a section of docs/quality.md.

    python -m loadtest.quality                            all sentences, and the section
    python -m loadtest.quality --no-write --sentences 2   a quick look

Ends with 1 where a bar is missed. The section's text is in ``loadtest.quality_report``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from tqdm import tqdm

if TYPE_CHECKING:
    from loadtest.quality_measures import Listener
    from loadtest.quality_sounds import Decoder, Sounds

SENTENCES = (
    "Dinner is ready.",
    "Where are you going?",
    "What a beautiful surprise!",
    "Leave the blue suitcase in the hallway.",
    "Has anybody fed the cats this morning?",
    "Careful, the plate is extremely hot!",
    "The bus to the airport leaves every twenty minutes.",
    "Why did the whole audience start to laugh at once?",
    "She paid for the tickets with a handful of small coins.",
    "Run to the gate before they close it for the night!",
    "His sister plays the violin, and his cousins sing in a choir.",
    "Would you rather stay at home tonight, or shall we walk down to the beach?",
    "Fresh bread, ripe tomatoes and a little salt are all that this soup really needs.",
    "Although the valley had been dry for months, a thin green line still followed the course of the river.",
    "I can hardly believe that we finally finished the race, after all those cold and rainy mornings on the hill!",
    "When the gallery opened its doors again, visitors from every part of the city stood in line for hours to see the "
    "new rooms, which had been closed since spring.",
)
"""None of those that voices are measured with."""

VOICES = ("af_heart", "am_michael", "bf_emma", "bm_george")
FURTHER_VOICES = ("af_bella", "af_sarah", "am_fenrir", "bf_isabella")
FURTHER_SENTENCES = SENTENCES[3::3]
"""Fewer for the further voices."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A sound against the exact one."""

    pesq: float
    distance_db: float


@dataclass(frozen=True, slots=True)
class Judged:
    """All that is measured of one sentence by one voice."""

    text: str
    voice: str
    frames: int
    windows: int
    """0 where it is decoded whole."""
    plain: Likeness
    served: Likeness
    other_noise: Likeness
    exact_mos: dict[str, float]
    plain_mos: dict[str, float]
    served_mos: dict[str, float]
    exact_heard: str
    served_heard: str


@dataclass(frozen=True, slots=True)
class Bar:
    """What is asked for, and what was found."""

    name: str
    wanted: str
    found: str
    met: bool


def judge(sounds: Sounds, listener: Listener) -> Judged:
    """Measure one sentence.

    Raises:
        ValueError: for a sound that is not finite.
    """
    from loadtest import quality_measures as measures

    ways = (sounds.exact, sounds.plain, sounds.served, sounds.other_noise)
    if not all(np.isfinite(way).all() for way in ways):
        raise ValueError(f"{sounds.voice}, {sounds.text!r}: the sound is not finite")
    exact, plain, served, other_noise = map(measures.at_16_khz, ways)

    def likeness(sound: np.ndarray, resampled: np.ndarray) -> Likeness:
        return Likeness(measures.pesq_wideband(exact, resampled), measures.log_spectral_distance(sounds.exact, sound))

    return Judged(
        sounds.text,
        sounds.voice,
        sounds.frames,
        sounds.windows,
        likeness(sounds.plain, plain),
        likeness(sounds.served, served),
        likeness(sounds.other_noise, other_noise),
        measures.dnsmos(exact),
        measures.dnsmos(plain),
        measures.dnsmos(served),
        listener.hear(exact),
        listener.hear(served),
    )


def bars(judged: Sequence[Judged]) -> list[Bar]:
    """Those that have to be met."""
    from loadtest.quality_measures import plain as letters
    from loadtest.quality_measures import word_error_rate

    found = []
    for name, scores in [
        ("in float32", [(one.windows > 0, one.plain.pesq) for one in judged]),
        ("as served", [(one.windows > 0, one.served.pesq) for one in judged]),
    ]:
        mean = float(np.mean([pesq for in_windows, pesq in scores if in_windows]))
        worst = min(pesq for _, pesq in scores)
        found.append(Bar(f"PESQ {name}, mean", "at least 4.2", f"{mean:.2f}", mean >= 4.2))
        found.append(Bar(f"PESQ {name}, lowest", "at least 3.8", f"{worst:.2f}", worst >= 3.8))
    exact_mos = np.mean([one.exact_mos["ovrl_mos"] for one in judged])
    for name, values in [
        ("in float32", [one.plain_mos["ovrl_mos"] for one in judged]),
        ("as served", [one.served_mos["ovrl_mos"] for one in judged]),
    ]:
        change = float(np.mean(values) - exact_mos)
        found.append(Bar(f"DNSMOS {name}, mean", "within 0.05 of exact", f"{change:+.3f}", abs(change) <= 0.05))
    written = [letters(one.text) for one in judged]
    exact, served = (
        word_error_rate(written, heard)
        for heard in ([one.exact_heard for one in judged], [one.served_heard for one in judged])
    )
    found.append(Bar("Word errors as served", f"no more than exact ({exact:.2%})", f"{served:.2%}", served <= exact))
    return found


def chosen(sentences: int | None) -> list[tuple[str, str]]:
    """Texts and voices."""
    pairs = [(text, voice) for voice in VOICES for text in SENTENCES[:sentences]]
    return pairs + [(text, voice) for voice in FURTHER_VOICES for text in FURTHER_SENTENCES[:sentences]]


def measure(decoder: Decoder, pairs: Sequence[tuple[str, str]]) -> Iterator[Judged]:
    """Decode and measure, with a progress bar."""
    from loadtest.quality_measures import Listener

    listener = Listener()
    for text, voice in tqdm(pairs, desc="Comparing", unit="sentence"):
        yield judge(decoder.decode(text, voice), listener)


def main(
    sentences: Annotated[int | None, typer.Option(min=1, help="for each voice; default: all")] = None,
    device: Annotated[str, typer.Option(help="of the served model: cpu or cuda; the exact one is on the CPU")] = "cpu",
    write: Annotated[bool, typer.Option(help="into docs/quality.md")] = True,
) -> None:
    """Measure, write the section, and end with 1 where a bar is missed."""
    from app.kokoro.process import before_torch

    before_torch()
    warnings.simplefilter("ignore")
    from app.assets import prepare
    from app.settings import Settings
    from loadtest import quality_report
    from loadtest.quality_document import write_section
    from loadtest.quality_sounds import Decoder

    settings = Settings()
    assets = prepare(settings.weights)
    decoder = Decoder(assets, settings.kokoro.model_copy(update={"device": device}))
    pairs = chosen(sentences)
    if missing := sorted({voice for _, voice in pairs if not decoder.has_statistics(voice)}):
        raise SystemExit(f"No statistics of {', '.join(missing)}: `kokoro-serve calibrate {' '.join(missing)}`")
    judged = list(measure(decoder, pairs))
    checked = bars(judged)
    machine = quality_report.machine(device, decoder, assets.source)
    section = quality_report.section(judged, checked, decoder.settings, machine)
    if write:
        write_section("windows", section)
    print(section)
    if not all(bar.met for bar in checked):
        raise SystemExit(1)


if __name__ == "__main__":
    typer.run(main)
