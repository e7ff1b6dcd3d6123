"""From spoken text to the segments that are synthesised one by one: sentences, or clauses of long ones."""

from __future__ import annotations

import re
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from app.text.languages import ENGLISH, SENTENCE_RULES, SentenceRules

if TYPE_CHECKING:
    from spacy.language import Language

Boundary = Literal["paragraph", "sentence", "clause", "none"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the spoken text that is synthesised at once."""

    start: int
    end: int
    """The segment is [start, end) of the spoken text; white space belongs to the segment before it."""
    boundary: Boundary
    """What the segment ends with; the end of the text counts as a sentence's."""


def split_segments(
    text: str,
    language: str = "en-us",
    *,
    min_words: int = 6,
    max_characters: int = 350,
    early_clause_characters: int | None = 0,
) -> list[Segment]:
    """Tiles spoken text with segments, sentences where possible.

    A paragraph's end is a newline. A sentence below ``min_words`` is joined to a neighbour, of another paragraph as
    well, where the result stays within ``max_characters``. A longer sentence is split at clause ends, evenly and into
    as few pieces as needed; where a clause is too long at spaces, and a single word that is too long inside itself. The
    first segment ends as early as a sentence does with at least ``min_words`` on both sides of the cut, or, above
    ``early_clause_characters``, as a clause does: the first sound waits for the whole segment to be encoded. A voice
    falls at the end of a segment and starts anew, more than it does within a sentence: see docs/quality.md.

    Takes time linear in the length of the text; safe to call from any thread. For English it loads spaCy at the first
    call.

    Args:
        language: one of ``app.languages.LANGUAGES``.
        early_clause_characters: None where the first segment is no sooner wanted than the others.
    """
    if not text:
        return []
    marks = _find_marks(text, SENTENCE_RULES[language])
    cuts: list[int] = []
    for start, end in pairwise([0, *marks.sentences, len(text)]):
        cuts += [*even_cuts(start, end, max_characters, (marks.clauses, marks.words)), end]
    cuts = _join_short(cuts, marks, min_words, max_characters)
    if early_clause_characters is not None:
        cuts = _early_cut(cuts[0], marks, min_words, early_clause_characters) + cuts
    boundaries: dict[int, Boundary] = dict.fromkeys(marks.clauses, "clause")
    boundaries.update(dict.fromkeys([*marks.sentences, len(text)], "sentence"))
    boundaries.update(dict.fromkeys(marks.paragraphs, "paragraph"))
    return [Segment(start, end, boundaries.get(end, "none")) for start, end in pairwise([0, *cuts])]


def even_cuts(start: int, end: int, limit: int, levels: Sequence[Sequence[int]]) -> list[int]:
    """Cuts that leave no piece of [start, end) longer than ``limit``: as few as possible, as even as possible.

    Args:
        levels: positions where a cut is good, each level in ascending order, the best level first. A level is used only
            where the better ones leave a piece over the limit; past the last one any position is.
    """
    cuts = _cuts(start, end, limit, levels)
    kept: list[int] = []
    for cut, following in pairwise([*cuts, end]):
        # Pieces on either side of a stretch that needed a worse level may fit together after all.
        if following - (kept[-1] if kept else start) > limit:
            kept.append(cut)
    return kept


def _cuts(start: int, end: int, limit: int, levels: Sequence[Sequence[int]]) -> list[int]:
    if end - start <= limit:
        return []
    if not levels:
        pieces = -(-(end - start) // limit)
        return [start + (end - start) * piece // pieces for piece in range(1, pieces)]
    candidates = levels[0][bisect_right(levels[0], start) : bisect_left(levels[0], end)]
    edges = [start, *candidates, end]
    cuts: list[int] = []
    run = 0
    for index, (left, right) in enumerate(pairwise(edges)):
        if right - left > limit:
            cuts += [*_choose(edges[run : index + 1], limit), left, *_cuts(left, right, limit, levels[1:]), right]
            run = index + 1
    cuts += _choose(edges[run:], limit)
    return [cut for cut in cuts if start < cut < end]


def _choose(edges: Sequence[int], limit: int) -> list[int]:
    """The fewest cuts among the inner ``edges``, none further from the next than ``limit``, as even as that allows."""
    earliest = [edges[-1]]
    while earliest[-1] - edges[0] > limit:
        earliest.append(edges[bisect_left(edges, earliest[-1] - limit)])
    earliest = earliest[:0:-1]
    cuts = [edges[0]]
    for index, least in enumerate(earliest):
        previous = cuts[-1]
        # From any cut at or after its earliest place the rest can be done in as many pieces as planned.
        low, high = bisect_left(edges, max(least, previous + 1)), bisect_right(edges, previous + limit)
        target = previous + (edges[-1] - previous) / (len(earliest) + 1 - index)
        cuts.append(min(edges[low:high], key=lambda edge: abs(edge - target)))
    return cuts[1:]


class _Marks(NamedTuple):
    """Where the text may be cut, in ascending order, before the first and after the last character excluded."""

    sentences: list[int]
    paragraphs: list[int]
    """Those of the sentences' ends that are a paragraph's as well."""
    clauses: list[int]
    words: list[int]
    """Starts of words after white space."""
    counted: list[int]
    """Starts of words that have a letter or a digit."""

    def words_in(self, start: int, end: int) -> int:
        """Words that start in [start, end)."""
        return bisect_left(self.counted, end) - bisect_left(self.counted, start)


def _join_short(cuts: list[int], marks: _Marks, min_words: int, max_characters: int) -> list[int]:
    """Ends of the pieces once those with too few words are joined to the next one, else to the one before."""
    starts = [0]
    for start, end in pairwise(cuts):
        short = marks.words_in(starts[-1], start) < min_words
        ends_short = end == cuts[-1] and marks.words_in(start, end) < min_words
        if (short or ends_short) and end - starts[-1] <= max_characters:
            continue
        if short and len(starts) > 1 and start - starts[-2] <= max_characters:
            starts.pop()
        starts.append(start)
    return [*starts[1:], cuts[-1]]


def _early_cut(end: int, marks: _Marks, min_words: int, clause_characters: int) -> list[int]:
    """The first end of a sentence, or in a long piece of a clause, in [0, end) with enough words on both sides."""
    for cut in sorted({*marks.sentences, *(marks.clauses if end > clause_characters else ())}):
        if cut >= end or marks.words_in(cut, end) < min_words:
            break
        if marks.words_in(0, cut) >= min_words:
            return [cut]
    return []


class _Token(NamedTuple):
    text: str
    start: int
    gap: str
    """The white space after it."""


_RUN = 100
"""Characters without a space that are tokenised at once: spaCy's tokenizer takes quadratic time on "((((((((("."""

_LONG_RUN = re.compile(rf"\S{{{_RUN + 1},}}")
_WORD = re.compile(r"\S+")
_CLOSERS = frozenset("\"'”’)]}»*")
_CLAUSE_MARKS = frozenset((",", ";", ":", "—", "–", "-", "--", ")", "]", "}"))

_tokenizer_lock = threading.Lock()


@cache
def _language() -> Language:
    # spaCy takes more than a second to import and brings torch along.
    import spacy

    return spacy.blank("en")


_PUNCTUATION = r".,;:!?…—–()\[\]{}\"“”„‘«»*¿¡।॥"
_PLAIN_TOKEN = re.compile(rf"[^\s{_PUNCTUATION}]+(?:[.,:][^\s{_PUNCTUATION}]+)*|\.{{2,}}|\S")
"""A word with the marks inside it, a row of dots, or one mark."""


def _tokenize(text: str, rules: SentenceRules) -> list[_Token]:
    found = _english_tokens(text) if rules is ENGLISH else _plain_tokens(text, rules)
    next_starts = [start for _, start in found[1:]] + [len(text)] * bool(found)
    return [
        _Token(word, start, text[start + len(word) : after])
        for (word, start), after in zip(found, next_starts, strict=True)
    ]


def _plain_tokens(text: str, rules: SentenceRules) -> list[tuple[str, int]]:
    """Words and marks with their places; as with spaCy abbreviations and initials hold their full stop."""
    found: list[tuple[str, int]] = []
    for token in _PLAIN_TOKEN.finditer(text):
        word, start = token.group(), token.start()
        if word == "." and found and found[-1][1] + len(found[-1][0]) == start:
            before = found[-1][0]
            initial = len(before) == 1 and before.isupper()
            if initial or before.lower() in rules.abbreviations or f"{before.lower()}." in rules.introductions:
                found[-1] = (before + word, found[-1][1])
                continue
        found.append((word, start))
    return found


def _english_tokens(text: str) -> list[tuple[str, int]]:
    pieces: list[tuple[int, int]] = []
    position = 0
    for run in _LONG_RUN.finditer(text):
        pieces.append((position, run.start()))
        pieces += [(at, min(at + _RUN, run.end())) for at in range(run.start(), run.end(), _RUN)]
        position = run.end()
    pieces.append((position, len(text)))
    found: list[tuple[str, int]] = []
    with _tokenizer_lock:
        language = _language()
        # Without a memory zone spaCy keeps every word that it ever saw.
        with language.memory_zone():
            for start, end in pieces:
                doc = language.make_doc(text[start:end])
                found += [(token.text, start + token.idx) for token in doc if not token.is_space]
    return found


def _find_marks(text: str, rules: SentenceRules) -> _Marks:
    tokens = _tokenize(text, rules)
    sentences: list[int] = []
    paragraphs: list[int] = []
    clauses: list[int] = []
    words: list[int] = []
    first = 0
    for index, token in enumerate(tokens[:-1]):
        after = tokens[index + 1].start
        if not token.gap:
            if token.text == "—":
                clauses.append(after)
            continue
        words.append(after)
        mark = index
        while mark > first and tokens[mark].text in _CLOSERS and not tokens[mark - 1].gap:
            mark -= 1
        if "\n" in token.gap or _ends_sentence(tokens, first, mark, index, rules):
            sentences.append(after)
            if "\n" in token.gap:
                paragraphs.append(after)
            first = index + 1
        elif _ends_clause(tokens, mark, index, rules):
            clauses.append(after)
    counted = [run.start() for run in _WORD.finditer(text) if any(map(str.isalnum, run.group()))]
    return _Marks(sentences, paragraphs, clauses, words, counted)


def _ends_sentence(tokens: list[_Token], first: int, mark: int, last: int, rules: SentenceRules) -> bool:
    """Whether the mark at ``mark``, with closing quotes up to ``last``, ends the sentence from ``first`` on."""
    word, following = tokens[mark].text, tokens[last + 1].text
    opening = next((token.text[0] for token in tokens[last + 1 : last + 4] if token.text[0].isalnum()), "")
    if opening.islower():
        # "Go!" she said.
        return False
    if word[-1] in "!?…।॥" or word.startswith(".."):
        return True
    if word != ".":
        # An abbreviation holds its full stop itself. Initials are shorter.
        abbreviation = len(word) > 2 and word[-1] == "." and word.lower() not in rules.introductions
        return abbreviation and following in rules.starters
    before = tokens[mark - 1].text.lower() if mark > first else ""
    if mark - first == 1 and (before.isdecimal() or set(before) <= set("ivx")):
        # "1. First of all"
        return False
    if before in rules.numbered and opening.isdecimal():
        return False
    return before not in rules.abbreviations or following in rules.starters


def _ends_clause(tokens: list[_Token], mark: int, last: int, rules: SentenceRules) -> bool:
    word, following = tokens[mark].text, tokens[last + 1].text
    if word == "," and mark:
        left, right = tokens[mark - 1].text, following[0]
        if left[-1].isdecimal() and right.isdecimal():
            # "May 5, 2020"
            return False
        if left[0].isupper() and right.isupper() and following not in rules.starters:
            # "Paris, France"
            return False
    return word in _CLAUSE_MARKS or word[-1] == "…" or word.startswith("..") or tokens[last].text in _CLAUSE_MARKS
