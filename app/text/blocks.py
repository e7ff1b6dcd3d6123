"""A long text in blocks that are normalised and segmented one after the other, so that its first sound comes as soon as
that of its first sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

FIRST_BLOCK = 400
"""Characters. Enough to choose the first segment as in a text that is whole, and read in two milliseconds."""

BLOCK = 2_000
_SEARCHED = 4_000
"""Characters in which the end of a block is looked for, before one is cut between words."""

_END = re.compile(
    # It begins with the line's end: space before it would be looked through again from each of its characters.
    r"\n\s*\n\s*"
    # A full stop after a longer word in small letters is that of no abbreviation.
    r"|(?:(?<=[^\W\d_A-Z]{4})\.|[!?।])[\"'”’)\]]{0,2}\s+(?=[\"'“‘(\[¿¡]{0,2}[^\W\d_a-z])"
)


def blocks(text: str) -> Iterator[str]:
    """Parts of ``text`` that tile it: whole paragraphs or sentences where there are any, with the space after them.

    What stands in one block is read without a look at the others. Takes time linear in the length of the text.
    """
    start, wanted = 0, FIRST_BLOCK
    while len(text) - start > wanted + BLOCK // 2:
        end = _end(text, start + wanted)
        yield text[start:end]
        start, wanted = end, BLOCK
    yield text[start:]


def _end(text: str, position: int) -> int:
    limit = min(len(text), position + _SEARCHED)
    if found := _END.search(text, position, limit):
        return found.end()
    space = text.find(" ", limit - _SEARCHED // 4, limit)
    return space + 1 if space >= 0 else limit
