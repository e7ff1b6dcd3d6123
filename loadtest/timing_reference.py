"""Where words are heard: forced alignment by pocketsphinx, with the acoustic model that its package carries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from app.messages import FloatArray

RATE_HZ = 16_000
STEP_MS = 10.0

WORD = re.compile(r"[A-Za-z']+")


@dataclass(frozen=True, slots=True)
class WordTimes:
    """One word, in milliseconds from the first sample."""

    word: str
    start_ms: float
    end_ms: float
    after_pause: bool
    """Whether silence was found before it; true for the first word."""
    before_pause: bool


class Misheard(Exception):
    """The words were not found in the sound."""


class ForcedAligner:
    """Finds the words of a text in its sound. Give it one sentence after the other."""

    def __init__(self) -> None:
        self._decoder = self._new_decoder()

    @staticmethod
    def _new_decoder() -> Any:
        from pocketsphinx import Decoder

        return Decoder(lm=None, loglevel="FATAL")

    def align(self, text: str, samples: FloatArray, rate_hz: int) -> list[WordTimes]:
        """Start and end of every word.

        Args:
            text: words of letters and apostrophes, all of them in the dictionary; the rest is ignored.
            samples: [n] float32, at ``rate_hz``.

        Raises:
            Misheard: the sound does not fit the words.
        """
        words = [match.group().lower() for match in WORD.finditer(text)]
        self._decoder.set_align_text(" ".join(words))
        self._decode(samples, rate_hz)
        segments = list(self._decoder.seg())
        found = []
        for index, segment in enumerate(segments):
            if _is_silence(segment):
                continue
            found.append(
                WordTimes(
                    re.sub(r"\(\d+\)$", "", segment.word),
                    segment.start_frame * STEP_MS,
                    (segment.end_frame + 1) * STEP_MS,
                    index == 0 or _is_silence(segments[index - 1]),
                    index + 1 == len(segments) or _is_silence(segments[index + 1]),
                )
            )
        if [word.word for word in found] != words:
            raise Misheard(f"{text!r}: found {[word.word for word in found]}")
        return found

    def phones(self, samples: FloatArray, rate_hz: int) -> list[list[tuple[str, float]]]:
        """Names (ARPABET) and starts in ms of the phones of every word of what was aligned last, with its sound again.

        Raises:
            Misheard: the phones were not found.
        """
        try:
            self._decoder.set_alignment()
            self._decode(samples, rate_hz)
        except RuntimeError as error:
            # After this error it fails for good.
            self._decoder = self._new_decoder()
            raise Misheard(str(error)) from error
        # A word is valid only until the next one is asked for.
        return [
            [(phone.name, phone.start * STEP_MS) for phone in word]
            for word in self._decoder.get_alignment()
            if word.name[0] not in "<["
        ]

    def _decode(self, samples: FloatArray, rate_hz: int) -> None:
        at_16_khz = resample_poly(samples, RATE_HZ, rate_hz)
        pcm = np.rint(at_16_khz.clip(-1, 1) * 32_767).astype("<i2").tobytes()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()


def _is_silence(segment: Any) -> bool:
    return segment.word[0] in "<["


ONSET_STEP_MS = 5.0
ONSET_DB = -40.0
"""Below the loudest step: where a sound begins that comes out of silence."""


def onsets_ms(words: Sequence[WordTimes], samples: FloatArray, rate_hz: int) -> list[float | None]:
    """Where the sound itself begins for words that come after a pause, None for all others.

    Args:
        words: as forced alignment found them: looked at is what lies 100 ms to either side of their starts.
        samples: [n] at ``rate_hz``.
    """
    step = round(ONSET_STEP_MS * rate_hz / 1000)
    blocks = samples[: len(samples) // step * step].reshape(-1, step).astype(np.float64)
    levels = 10 * np.log10((blocks**2).mean(axis=1) + 1e-12)
    is_loud = levels > levels.max() + ONSET_DB
    return [_onset_ms(is_loud, word.start_ms) if word.after_pause else None for word in words]


def _onset_ms(is_loud: NDArray[np.bool_], start_ms: float) -> float | None:
    first, last = (int((start_ms + by) / ONSET_STEP_MS) for by in (-100, 100))
    near = is_loud[max(0, first) : last]
    # A sound that is there from the beginning of the stretch, or not at all, has no onset in it.
    if not near.any() or near[0]:
        return None
    return (max(0, first) + int(near.argmax())) * ONSET_STEP_MS
