"""From the text as it was written to the text as it is spoken, with every spoken character's origin kept."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.text.edits import Rewritten, Span, rewrite, sparing, unchanged
from app.text.english.spoken import english_edits
from app.text.localized.spoken import CONVENTIONS, spoken_localized
from app.text.markdown import markdown_edits
from app.text.marks import NO_DICTIONARY, Dictionary, Pause, Rate, Spelling, find_marks
from app.text.math import math_edits
from app.text.typography import plain_form


@dataclass(frozen=True, slots=True)
class SpokenText:
    """What is spoken, and where each of its characters comes from.

    A paragraph's end is a newline in ``text``; all other white space is single spaces.
    """

    text: str
    spans: tuple[Span, ...]
    """Per spoken character the source characters [start, end) it stands for, in code points of the flushed text;
    never empty, never going back. Characters of one expansion share a span; what is not spoken is in none."""
    source_length: int
    """Characters of the flushed text, or of the block of it that this is the spoken form of."""
    spellings: tuple[Spelling, ...] = ()
    """Words whose phonemes are given; places in ``text``, as of those that follow."""
    pauses: tuple[Pause, ...] = ()
    rates: tuple[Rate, ...] = ()

    def source_knots(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The map from source positions to spoken positions, as knots for ``np.interp``.

        Returns:
            Source positions, strictly increasing from 0 to ``source_length``, and the spoken position of each. What is
            not spoken has no width; an expansion is shared out evenly over the source characters it stands for.
        """
        source, spoken = [0], [0]

        def knot(at: int, position: int) -> None:
            if at > source[-1]:
                source.append(at)
                spoken.append(position)
            elif len(source) > 1:
                # The same characters, or some of them, are said once more.
                spoken[-1] = position

        for index, (start, end) in enumerate(self.spans):
            if index + 1 < len(self.spans) and self.spans[index + 1] == (start, end):
                continue
            knot(start, spoken[-1])
            knot(end, index + 1)
        knot(self.source_length, len(self.text))
        return np.asarray(source), np.asarray(spoken)


def spoken_form(
    text: str | Rewritten,
    normalize: bool = True,
    language: str = "en-us",
    *,
    dictionary: Dictionary = NO_DICTIONARY,
    goes_on: bool = False,
) -> SpokenText:
    """What is said for a text.

    With ``normalize`` numbers, dates, money, units, mathematics, abbreviations and the like become words, as people say
    them in ``language``, markup goes and typography becomes plain. Without it nothing is done but what the phonemizer
    needs (see ``app.text.typography.plain_form``) and what the marks of the text and the dictionary ask for.

    Takes time linear in the length of the text, and never raises.

    Args:
        text: as it was written, or as an earlier pass left it; the spans of the result are in the first source.
        dictionary: words that are said in another way.
        goes_on: ``text`` is a block of a longer one, and not the last.
    """
    before = unchanged(text) if isinstance(text, str) else text
    marks = find_marks(before.text, dictionary)
    spelled = [before.source_of(spelling.start, spelling.end) for spelling in marks.spellings]
    now = rewrite(before, marks.edits)
    if normalize:
        if language not in CONVENTIONS:
            # Before the markup goes: its signs mean other things in mathematics.
            now = rewrite(now, sparing(math_edits(now.text), now, spelled))
        now = rewrite(now, sparing(markdown_edits(now.text), now, spelled))
        if language in CONVENTIONS:
            now = spoken_localized(now, language, spelled)
        else:
            now = rewrite(now, sparing(english_edits(now.text, language == "en-gb"), now, spelled))
    plain = plain_form(now.text, normalize, goes_on=goes_on)
    spans = tuple(now.source_of(start, end) for start, end in plain.spans)
    starts = [start for start, _ in spans]

    def place(position: int) -> int:
        """Where what begins at a position of ``before`` begins in speech."""
        return bisect_left(starts, before.source_of(position, position + 1)[0])

    return SpokenText(
        plain.text,
        spans,
        before.spans[-1][1] if before.spans else 0,
        tuple(
            Spelling(bisect_left(starts, start), bisect_left(starts, end), spelling.phonemes)
            for (start, end), spelling in zip(spelled, marks.spellings, strict=True)
        ),
        tuple(pause._replace(position=place(pause.position)) for pause in marks.pauses),
        tuple(rate._replace(position=place(rate.position)) for rate in marks.rates),
    )
