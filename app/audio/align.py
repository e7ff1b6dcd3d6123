"""When each character is heard, from what the model predicts along with the sound: known before a sound is decoded."""

from __future__ import annotations

import logging
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.audio import leads
from app.audio.align_by_sound import Loudness, PhonemeBasedAligner
from app.audio.letters import letter_shares
from app.messages import ENERGY_STEP_MS, FRAME_MS, FloatArray, Prosody
from app.text.phonemes import Kind, units
from app.text.phonemize import Phrase, WordSpan

logger = logging.getLogger(__name__)


class HybridAligner:
    """Times of characters from a model's durations, the letters of each word, and the predicted energy.

    - Inside words and from word to word: the model's durations, less what the sound is ahead of them by the kind of
      phoneme (``app.audio.leads``).
    - Beside pauses, at the start and at the end: where the predicted energy falls and rises. A pause belongs to the
      space or mark after the word; where there is none, a word lasts until the next one.
    - Inside a word: ``letter_shares``.

    All of it is known with an utterance's first window, and told with its first chunk. Decoded sound could only move
    what lies behind that chunk, against what clients were told; it is not used.
    """

    def __init__(self) -> None:
        self._by_sound = PhonemeBasedAligner()

    def character_times(self, phrase: Phrase, prosody: Prosody) -> NDArray[np.float64]:
        """Boundaries of the characters of a phrase's text, [characters + 1] ms from the utterance's first sample.

        They never go back and lie within the utterance. Characters without a phoneme take no time.
        """
        return character_times(phrase, self.phoneme_times(phrase, prosody))

    def phoneme_times(self, phrase: Phrase, prosody: Prosody) -> NDArray[np.float64]:
        """Start of every phoneme and the end of the last one, [phonemes + 1] ms, never decreasing.

        Durations that are not those of the phrase's phonemes, as from an engine of another version, are of no use:
        then a ``PhonemeBasedAligner`` finds the phonemes in the predicted energy, and a warning is logged.
        """
        if len(prosody.durations) == len(phrase.phonemes) + 2:
            times = _from_durations(phrase, prosody)
        else:
            logger.warning(
                "timing without durations: the model gave %d for %d phonemes and two pads",
                len(prosody.durations),
                len(phrase.phonemes),
            )
            times = self._by_sound.phoneme_times(phrase, Loudness.predicted(prosody))
        return np.maximum.accumulate(np.clip(times, 0.0, prosody.frames * FRAME_MS))


def _from_durations(phrase: Phrase, prosody: Prosody) -> NDArray[np.float64]:
    boundaries = np.cumsum(prosody.durations)[:-1] * FRAME_MS
    found = units(phrase.phonemes)
    kinds = {unit.start: unit.kind for unit in found}
    places = [unit.start for unit in found]
    ahead = np.interp(np.arange(len(boundaries)), places, [leads.INSIDE_MS[unit.kind] for unit in found])
    times = boundaries - ahead
    energy = Energy(prosody.energy)

    first, last = phrase.words[0], phrase.words[-1]
    audible = energy.audible_ms()
    if audible is not None:
        times[: first.phoneme_start + 1] = audible[0] - _lead(leads.AFTER_SILENCE_MS, kinds, first)
        times[last.phoneme_end] = audible[1]
    if last.phoneme_end < len(phrase.phonemes):
        # The silence at the end belongs to the mark before it.
        times[-1] = prosody.frames * FRAME_MS
    for word, following in pairwise(phrase.words):
        begin, end = word.phoneme_end, following.phoneme_start
        if begin == end:
            continue
        has_mark = any(kinds.get(place) is Kind.MARK for place in range(begin, end))
        shortest_ms = leads.PAUSE_AT_MARK_MS if has_mark else leads.PAUSE_AFTER_WORD_MS
        middle = (times[word.phoneme_start] + boundaries[begin]) / 2
        pause = energy.pause_ms(max(middle, boundaries[begin] - _EARLIEST_PAUSE_MS), boundaries[end], shortest_ms)
        # A word that is silent throughout keeps its time.
        if pause and pause[0] > times[word.phoneme_start] and pause[1] < boundaries[following.phoneme_end]:
            falls, rises = pause[0], pause[1] - _lead(leads.AFTER_SILENCE_MS, kinds, following)
        else:
            ahead_ms = _lead(leads.BETWEEN_MS, kinds, following)
            falls = rises = boundaries[begin] - ahead_ms - leads.SHARE_OF_SPACE * (boundaries[end] - boundaries[begin])
        times[begin : end + 1] = np.interp(boundaries[begin : end + 1], boundaries[[begin, end]], [falls, rises])
    for word in phrase.words:
        # What lies inside a word stays inside where an edge of it was moved.
        inside = slice(word.phoneme_start, word.phoneme_end + 1)
        times[inside] = np.clip(times[inside], times[word.phoneme_start], times[word.phoneme_end])
    return times


_EARLIEST_PAUSE_MS = 125.0
"""The quietest moment of a pause lies so long before the word's last boundary at the earliest."""


def _lead(table: dict[Kind, float], kinds: dict[int, Kind], word: WordSpan) -> float:
    return table.get(kinds.get(word.phoneme_start, Kind.LIQUID), 0.0)


class Energy:
    """The predicted energy, as far as it tells silence from speech."""

    def __init__(self, energy: FloatArray) -> None:
        self._levels: list[float] = energy.tolist()

    def audible_ms(self) -> tuple[float, float] | None:
        """From when and until when something is heard; None where nothing ever is."""
        loud = [index for index, level in enumerate(self._levels) if level > leads.AUDIBLE_ENERGY]
        return (loud[0] * ENERGY_STEP_MS, (loud[-1] + 1) * ENERGY_STEP_MS) if loud else None

    def pause_ms(self, from_ms: float, until_ms: float, shortest_ms: float) -> tuple[float, float] | None:
        """The pause whose quietest moment lies between two times: when the sound has fallen and when it rises."""
        first, last = max(0, int(from_ms / ENERGY_STEP_MS)), int(until_ms / ENERGY_STEP_MS)
        stretch = self._levels[first : last + 1]
        if not stretch:
            return None
        quietest = first + min(range(len(stretch)), key=stretch.__getitem__)
        begin, end = self._below(leads.PAUSE_ENERGY, quietest)
        if (end - begin) * ENERGY_STEP_MS < shortest_ms:
            return None
        begin, end = self._below(leads.AUDIBLE_ENERGY, quietest)
        return begin * ENERGY_STEP_MS, end * ENERGY_STEP_MS

    def _below(self, level: float, at: int) -> tuple[int, int]:
        """The steps [begin, end) round one that are below a level; empty where that one is not."""
        begin = end = at
        while end < len(self._levels) and self._levels[end] < level:
            end += 1
        if end > at:
            while begin > 0 and self._levels[begin - 1] < level:
                begin -= 1
        return begin, end


def character_times(phrase: Phrase, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Boundaries of the characters, [characters + 1] ms, given those of the phonemes, [phonemes + 1] ms.

    A word's letters lie as ``letter_shares`` reads them, all else as the phrase's knots say.
    """
    characters = np.arange(phrase.text_start, phrase.text_end + 1)
    positions = np.interp(characters, phrase.text_knots, phrase.phoneme_knots)
    boundaries = np.interp(positions, np.arange(len(times)), times).tolist()
    heard = times.tolist()
    done = phrase.text_start
    for word in phrase.words:
        # Several words of one character lie on it as its knots say.
        if word.text_start < done:
            continue
        done = word.text_end
        place = word.text_start - phrase.text_start
        letters = phrase.text[place : word.text_end - phrase.text_start]
        own = heard[word.phoneme_start : word.phoneme_end + 1]
        for after, before, share in letter_shares(letters, phrase.phonemes[word.phoneme_start : word.phoneme_end]):
            boundaries[place] = own[after] + (own[before] - own[after]) * share
            place += 1
    return np.maximum.accumulate(boundaries)
