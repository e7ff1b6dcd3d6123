"""Rewriting a text in passes, with the source characters of everything that is written kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

Span = tuple[int, int]
"""Characters [start, end)."""


class Part(NamedTuple):
    """Characters that are spoken for the characters [start, end) of the text that is rewritten."""

    spoken: str
    start: int
    end: int


class Edit(NamedTuple):
    """A replacement: the characters [start, end) become the parts."""

    start: int
    end: int
    parts: tuple[Part, ...]
    """In the order in which they are spoken. Their spans lie within the edit, are not empty and never go back."""


def replaced(start: int, end: int, spoken: str) -> Edit:
    """The edit that has one expansion for all of [start, end)."""
    return Edit(start, end, (Part(spoken, start, end),))


class Rewritten(NamedTuple):
    """A text and where each of its characters comes from."""

    text: str
    spans: Sequence[Span]
    """Per character the characters of the source that it stands for: never empty, never going back."""

    def source_of(self, start: int, end: int) -> Span:
        """The characters of the source that the characters [start, end), at least one, stand for."""
        return self.spans[start][0], self.spans[end - 1][1]


def unchanged(text: str) -> Rewritten:
    """A text that is its own source."""
    return Rewritten(text, [(index, index + 1) for index in range(len(text))])


def sparing(edits: Iterable[Edit], text: Rewritten, kept: Sequence[Span]) -> Iterator[Edit]:
    """The edits that touch nothing of some places in the source, both in the order of the text."""
    index = 0
    for edit in edits:
        start, end = text.source_of(edit.start, edit.end)
        while index < len(kept) and kept[index][1] <= start:
            index += 1
        if index == len(kept) or end <= kept[index][0]:
            yield edit


def rewrite(before: Rewritten, edits: Iterable[Edit]) -> Rewritten:
    """Apply edits, in the order of the text and without overlaps, to ``before.text``; takes linear time.

    Returns:
        The new text, whose spans are those of the source that ``before`` has.
    """
    text: list[str] = []
    spans: list[Span] = []
    position = 0
    for edit in edits:
        text.append(before.text[position : edit.start])
        spans += before.spans[position : edit.start]
        for part in edit.parts:
            text.append(part.spoken)
            spans += [before.source_of(part.start, part.end)] * len(part.spoken)
        position = edit.end
    text.append(before.text[position:])
    spans += before.spans[position:]
    return Rewritten("".join(text), spans)
