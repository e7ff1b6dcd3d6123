"""The leads of ``app/audio/leads.py``: by how much sound is ahead of what the model predicts, by kind of phoneme.

    python -m loadtest.timing_fit

Prints medians against the words and phones of forced alignment, from other sentences than ``loadtest.timing`` reports.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from tqdm import tqdm

from loadtest.timing_reference import WORD, ForcedAligner, Misheard, WordTimes
from loadtest.timing_sentences import FITTED, SPEEDS, VOICES

if TYPE_CHECKING:
    from app.text.phonemes import Kind
    from loadtest.timing_sounds import Take

REFERENCE_EARLY_MS = 4.0
"""A frame of the reference is 25.6 ms wide and begins every 10 ms, so that the sound changes 8 ms after the moment that
its number says. Half of that is counted as the reference's own error: both readings of it then agree to 4 ms."""


class Lead(NamedTuple):
    """One start of a word, or of a phoneme inside a word."""

    place: str
    """``after silence``, ``between`` words or ``inside`` one."""
    kind: Kind
    lead_ms: float
    space_ms: float


def leads(take: Take, words: list[WordTimes]) -> Iterator[Lead]:
    """Of the words of a take that the phrase has as the reference has them."""
    from app.audio.align import Energy
    from app.audio.leads import PAUSE_AFTER_WORD_MS
    from app.messages import FRAME_MS
    from app.text.phonemes import units

    phrase = take.phrase
    kinds = {unit.start: unit.kind for unit in units(phrase.phonemes)}
    boundaries = np.cumsum(take.prosody.durations)[:-1] * FRAME_MS
    energy = Energy(take.prosody.energy)
    starts = {
        match.start(): word.start_ms + REFERENCE_EARLY_MS
        for match, word in zip(WORD.finditer(take.text), words, strict=True)
    }
    first = phrase.words[0]
    if (audible := energy.audible_ms()) and first.text_start in starts:
        yield Lead("after silence", kinds[first.phoneme_start], audible[0] - starts[first.text_start], 0.0)
    for word, following in pairwise(phrase.words):
        if following.text_start not in starts:
            continue
        start_ms, kind = starts[following.text_start], kinds[following.phoneme_start]
        begin, end = boundaries[word.phoneme_end], boundaries[following.phoneme_start]
        pause = energy.pause_ms(begin - 100, end, PAUSE_AFTER_WORD_MS)
        if pause is not None:
            yield Lead("after silence", kind, pause[1] - start_ms, 0.0)
        else:
            yield Lead("between", kind, begin - start_ms, end - begin)


ARPABET_VOWELS = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())


def inner_leads(take: Take, phones: list[list[tuple[str, float]]]) -> Iterator[Lead]:
    """Of the phonemes inside words in which both have as many, vowels and consonants in the same order."""
    from app.messages import FRAME_MS
    from app.text.phonemes import VOWEL_KINDS, units

    if len(phones) != len(take.phrase.words):
        return
    boundaries = np.cumsum(take.prosody.durations)[:-1] * FRAME_MS
    for word, own in zip(take.phrase.words, phones, strict=True):
        found = units(take.phrase.phonemes[word.phoneme_start : word.phoneme_end])
        if [unit.kind in VOWEL_KINDS for unit in found] == [name in ARPABET_VOWELS for name, _ in own]:
            for unit, (_, start_ms) in list(zip(found, own, strict=True))[1:]:
                lead_ms = boundaries[word.phoneme_start + unit.start] - start_ms - REFERENCE_EARLY_MS
                yield Lead("inside", unit.kind, lead_ms, 0.0)


def fitted(found: Iterable[Lead]) -> Iterator[str]:
    """Lines of the medians, and of the share of a space that its words come earlier."""
    by_place: defaultdict[str, list[Lead]] = defaultdict(list)
    for lead in found:
        by_place[lead.place].append(lead)
    for place, own in by_place.items():
        spaces, sizes = np.array([lead.space_ms for lead in own]), np.array([lead.lead_ms for lead in own])
        # A line through the medians of equal spaces: outliers of the reference do not count.
        known = [space for space in np.unique(spaces) if np.count_nonzero(spaces == space) >= 50]
        medians = [float(np.median(sizes[spaces == space])) for space in known]
        share = float(np.polyfit(known, medians, 1)[0]) if len(known) > 1 else 0.0
        yield f"{place}: {len(own):,} starts, share of the space {share:.2f}"
        for kind in dict.fromkeys(lead.kind for lead in own):
            rest = [lead.lead_ms - share * lead.space_ms for lead in own if lead.kind is kind]
            yield f"  {kind.name:20} {np.median(rest):6.1f} ms, {len(rest):,} starts"


def main() -> None:
    """Speak, compare, print."""
    from app.kokoro.process import before_torch

    before_torch()
    warnings.simplefilter("ignore")
    from app.assets import prepare
    from app.messages import MODEL_SAMPLE_RATE_HZ
    from app.settings import Settings
    from loadtest.timing_sounds import Speaker

    settings = Settings()
    speaker = Speaker(prepare(settings.weights), settings.kokoro)
    reference = ForcedAligner()
    found: list[Lead] = []
    for take in tqdm(
        speaker.takes(FITTED, VOICES, SPEEDS), "Speaking", len(FITTED) * len(VOICES) * len(SPEEDS), unit="sentence"
    ):
        try:
            found += leads(take, reference.align(take.text, take.samples, MODEL_SAMPLE_RATE_HZ))
            found += inner_leads(take, reference.phones(take.samples, MODEL_SAMPLE_RATE_HZ))
        except Misheard as error:
            print(error)
    print("\n".join(fitted(found)))


if __name__ == "__main__":
    main()
