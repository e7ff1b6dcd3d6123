"""What ``loadtest.timing`` found, as a section of docs/quality.md."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from loadtest.quality_document import table
from loadtest.timing import SERVICE, Bar, Errors, Found, end_errors, start_errors
from loadtest.timing_sentences import FITTED, SPEEDS, VOICES

PACKAGES = ("torch", "kokoro", "misaki", "pocketsphinx")


def section(found: Sequence[Found], bars: Sequence[Bar], sentences: int) -> str:
    """All of it."""
    ways = list(found[0].starts_ms)
    parts = [
        INTRODUCTION.format(
            sentences=sentences,
            voices=", ".join(VOICES),
            speeds=", ".join(map(str, SPEEDS[:-1])) + f" and {SPEEDS[-1]}",
            words=f"{len(found):,}",
            fitted=len(FITTED),
        ),
        "### Bars of the timings\n",
        table(
            ["what", "asked for", "found", ""],
            ([bar.name, bar.wanted, bar.found, "met" if bar.met else "**missed**"] for bar in bars),
        ),
        "### Aligners on the same sound\n",
        table(COLUMNS, ([way, *cells(start_errors(found, way), end_errors(found, way))] for way in ways)),
        WAYS_NOTE,
        "### The service by voice and speed\n",
        table(["voice", "speed", *COLUMNS[1:]], by_voice_and_speed(found)),
        SECOND_REFERENCE,
        table(["", "words", "bias", "mean", "p95"], against_onsets(found)),
        f"Made with {', '.join(f'{name} {version(name)}' for name in PACKAGES)}.\n",
    ]
    return "\n".join(parts)


COLUMNS = ["", "starts: bias", "mean", "median", "p95", "ends: bias", "mean", "median", "p95"]


def cells(starts: Errors, ends: Errors) -> list[str]:
    """Figures for ``COLUMNS``."""
    return [
        f"{figure:{form}}"
        for errors in (starts, ends)
        for figure, form in ((errors.bias, "+.0f"), (errors.mean, ".1f"), (errors.median, ".0f"), (errors.p95, ".0f"))
    ]


def by_voice_and_speed(found: Sequence[Found]) -> list[list[str]]:
    """A row for each of both, and one for each speed."""
    rows = []
    for voice in (*VOICES, "all"):
        for speed in SPEEDS:
            own = [one for one in found if one.speed == speed and voice in (one.voice, "all")]
            rows.append([voice, f"{speed}", *cells(start_errors(own), end_errors(own))])
    return rows


def against_onsets(found: Sequence[Found]) -> list[list[str]]:
    """How far the reference and the service are from where the sound itself begins."""
    known = [(one, one.onset_ms) for one in found if one.onset_ms is not None]
    rows = {
        "pocketsphinx": Errors.of(one.reference.start_ms - onset for one, onset in known),
        SERVICE: Errors.of(one.starts_ms[SERVICE] - onset for one, onset in known),
    }
    return [
        [name, f"{errors.count:,}", f"{errors.bias:+.0f}", f"{errors.mean:.1f}", f"{errors.p95:.0f}"]
        for name, errors in rows.items()
    ]


INTRODUCTION = """\
## Times of characters

Made by `python -m loadtest.timing`, which ends with an error where a bar below is missed and takes about ten minutes on
two cores. {sentences} sentences by {voices} at speeds {speeds}:
{words} words, each spoken once and timed by every aligner on the same sound. The constants of the service's aligner
were fitted to {fitted} other sentences
(`python -m loadtest.timing_fit`), and nothing to these.

The reference is forced alignment by pocketsphinx with the acoustic model of its package, which is given the words and
places them on steps of 10 ms. Errors are in ms, later than the reference is positive; all but the bias are of absolute
errors. The start of a word is that of its first character, its end that of its last one.
"""

WAYS_NOTE = """\
The running sum is what a model's durations say if they are added up; less 75 ms is what the kokoro package does.
`PhonemeBasedAligner` knows no durations, but the sound: the service falls back to it, with the predicted energy, where
the model's durations do not fit the phonemes. Letters of equal length are spread from the first sound to the last one.
The service tells its times before there is a sound; what the decoded sound could add is in the second line.
"""

SECOND_REFERENCE = """\
### The reference against the sound itself

Where a word comes after silence, the sound itself tells when it begins: the first 5 ms that are no more than 40 dB
below the loudest ones of the sentence. That is a reference of another kind; it knows nothing of the closure of a "t" or
a soft "h", which are part of the word and cannot be told from silence. pocketsphinx is early there, and a part of that
is its own: its frames are 25.6 ms wide, so that a change of the sound lies 8 ms after the time of the first frame that
shows it. The service is fitted to half of these 8 ms.
"""
