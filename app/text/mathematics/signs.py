"""Single signs of mathematics among words: "age ≥ 18", "2× faster", "the α particle"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.text.edits import Edit, replaced
from app.text.mathematics.characters import CHARACTERS, plain_letter
from app.text.mathematics.symbols import COPULA

_ALWAYS = "≤≦⩽≥≧⩾≪≫≠≈≡≅∼≃∝±∓÷∞√∑∏∫∈∉∋⊂⊆⊃⊇∪∩∅∂∇∀∃¬∧∨⊕⊗⇒⟹⇔⟺∴∵"
_SIGN = re.compile(
    rf"(?P<times>(?<=\d)\s?×(?!\w)|(?<!\w)×(?=\d))|(?P<sign>[{_ALWAYS}])"
    r"|(?P<equals>(?<=[^\W_] )=(?= [\w−√]))"
    r"|(?P<either>(?<![\w/])\+/[-−–](?=\s?\.?\d))"
    r"|(?P<by>(?<=\d)×(?=\d))"
    r"|(?<![^\W_])(?P<greek>[\u00b5\u0391-\u03c9\u03d5\u03f5])(?![^\W_])"
)
_ALONE = {"√": "the square root of", "≈": "approximately", "∼": "about"}
_GREEK_WORD = re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]{2}")
_CODE = re.compile(r"[_;{}\"'`]")
_NEAR = 25
"""Characters on either side of an equals sign that tell a program from prose."""
_OHM_OR_MICRO = re.compile(r"\d\s?$")


def sign_edits(text: str, start: int, end: int) -> Iterator[Edit]:
    """An edit for every such sign in ``text[start:end]``, in order. Takes linear time."""
    greek = _GREEK_WORD.search(text, start, end) is not None
    for match in _SIGN.finditer(text, start, end):
        if match.lastgroup == "greek":
            unit = match.group() in "Ωμµ" and _OHM_OR_MICRO.search(text[max(0, match.start() - 2) : match.start()])
            name = plain_letter(match.group()).lower()
            if name and not greek and not unit:
                yield replaced(*match.span(), name)
            continue
        at = match.end() - 1
        if match.lastgroup in ("by", "either"):
            spoken = "by" if match.lastgroup == "by" else "plus or minus"
            yield spaced(text, replaced(*match.span(), spoken))
            continue
        if match.lastgroup == "equals" and _CODE.search(text[max(0, at - _NEAR) : at + _NEAR].replace("\n", ";")):
            continue
        sign = CHARACTERS.get(text[at])
        spoken = sign.spoken if sign else ""
        before = text[max(start, match.start() - 2) : match.start()].rstrip()
        if text[at] in _ALONE:
            spoken = _ALONE[text[at]]
        elif spoken in COPULA and before[-1:].isalnum():
            spoken = f"is {spoken}"
        if spoken:
            yield spaced(text, replaced(at, at + 1, spoken))


def spaced(text: str, edit: Edit) -> Edit:
    """The edit, with spaces towards the words next to it."""
    if not edit.parts:
        return edit
    parts = list(edit.parts)
    if text[edit.start - 1 : edit.start].isalnum() and edit.start > 0:
        parts[0] = parts[0]._replace(spoken=" " + parts[0].spoken)
    if text[edit.end : edit.end + 1].isalnum():
        parts[-1] = parts[-1]._replace(spoken=parts[-1].spoken + " ")
    return Edit(edit.start, edit.end, tuple(parts))
