"""Addresses of mail and of the web, sign by sign: "ana@ejemplo.es" is "ana arroba ejemplo punto es"."""

from __future__ import annotations

import re

from app.text.edits import Edit, Part
from app.text.localized.conventions import Conventions

PATTERN = (
    r"(?:[\w+-]{1,64}(?:\.[\w+-]{1,64}){0,4}@(?:[\w-]{1,63}\.){1,4}[^\W\d_]{2,24}"
    r"|(?P<scheme>https?://)?(?:[\w-]{1,63}\.){1,4}(?:com|org|net|info|gov|edu|io|eu|es|mx|ar|cl|fr|be|ch|it|br|in)"
    r"(?:/[\w/-]{0,100})?)(?![\w@])"
)
"""A scheme, labels that end with a known one, and a path; or what has an @."""

_PIECE = re.compile(r"[^\W_]+|.")


def address_edit(match: re.Match[str], words: Conventions) -> Edit:
    """What is said for a match of ``PATTERN``; "https://" is not."""
    names = {".": words.full_stop, "@": words.at, "/": words.slash, "-": words.hyphen, "_": words.underscore}
    start = match.end("scheme") if match["scheme"] else match.start()
    parts = [
        Part(f" {names[piece[0]]} " if piece[0] in names else piece[0], *piece.span())
        for piece in _PIECE.finditer(match.string, start, match.end())
    ]
    return Edit(match.start(), match.end(), tuple(parts))
