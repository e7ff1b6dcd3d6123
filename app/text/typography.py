"""Plain typography: characters that the phonemizer reads, white space that means something."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from app.text.edits import Rewritten, Span


def plain_form(text: str, normalize: bool, *, goes_on: bool = False) -> Rewritten:
    """Rewrites ``text`` so that every character can be handed to the phonemizer.

    Characters that nobody can say (control and format characters, lone surrogates, emoji) are dropped, or become a
    space where they part two words; white space is folded, and a paragraph's end is a newline; all digits become plain
    ones. With ``normalize`` typography too becomes plain: quotes, dashes, ellipses, bullets, ligatures and other
    compatibility forms.

    Takes time linear in the length of the text, and never raises.

    Args:
        goes_on: the text is followed by more, so that a paragraph's end at its end is one.
    """
    builder = _Builder(normalize)
    for match in (_TYPOGRAPHY if normalize else _PLAIN).finditer(text):
        start, end = match.span()
        kind = match.lastgroup
        if kind == "space":
            builder.white_space(match.group(), start, end)
            continue
        if normalize and builder.at_line_start and (item := _LIST_ITEM.match(text, start)):
            builder.end_paragraph()
            if item.lastgroup == "bullet":
                builder.unspoken(start, end)
                continue
        if kind == "ellipsis":
            # Over eight sentences three dots gave pauses of 230 ms, the one character 150 (af_heart, am_michael).
            builder.put("... " if text[end : end + 1].isalnum() else "...", start, end)
        elif kind == "dash":
            builder.put("—", start, end)
        elif kind == "hyphen":
            builder.put("-", start, end)
        else:
            builder.character(match.group(), start, end)
    return builder.build(goes_on)


_MARKS = (
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\ufe00-\ufe0f\u180b-\u180d\U000e0100-\U000e01ef"
)
"""Combining marks of Latin letters, and variation selectors: silent where they do not compose with a letter."""

_MAX_MARKS = 8
"""Marks that one letter may carry: canonical ordering takes quadratic time in their number."""

_LETTER = r"[^\W\d_]"
_CLUSTER = rf"(?P<space>\s+)|(?s:.)[{_MARKS}]*"
_PLAIN = re.compile(_CLUSTER)
_TYPOGRAPHY = re.compile(
    r"(?P<ellipsis>…|\.{3,})"
    r"|(?P<dash>[—―⸺⸻﹘]|(?<=\s)(?<!\d\s)[-‒–]{1,3}(?=\s)"
    rf"|(?<={_LETTER})-{{2,3}}(?={_LETTER}))"
    rf"|(?P<hyphen>[‐‑⁃−﹣－]|(?<={_LETTER})[‒–](?={_LETTER}))"
    rf"|{_CLUSTER}"
)
_MARK = re.compile(f"[{_MARKS}]")
_LINE_BREAK = re.compile(r"\r\n|[\n\v\f\r\x85\u2028\u2029]")
_LIST_ITEM = re.compile(r"(?P<bullet>[-–—*•‣▪◦·])(?=[ \t])|\d{1,3}[.)](?=\s)")

_STRAIGHT = str.maketrans(
    {**dict.fromkeys("‘‚‛‹›′`", "'"), **dict.fromkeys("“”„‟«»″〝〞〟「」『』", '"'), "⁄": "/"},
)
_FRACTION = "VULGAR FRACTION "
_SPOKEN_SYMBOLS = frozenset("°©")
_SILENT_SYMBOLS = frozenset("™℠")


@lru_cache(maxsize=4096)
def _plain(character: str) -> str | None:
    """What a character, no white space, becomes at the least: "" for nothing, None where it may part two words."""
    if character.isascii():
        return character if character.isprintable() else ""
    if character in "’ʼ":
        # misaki drops the end of "don’t" when the apostrophe is curly.
        return "'"
    category = unicodedata.category(character)
    if category in ("Co", "Cn"):
        return None
    if category[0] == "C" or _MARK.match(character):
        return ""
    if character.isdigit():
        # misaki takes whatever `isdigit` accepts for a number, but `int` refuses "²" and "➀".
        return str(unicodedata.digit(character))
    if category == "Sk":
        return "'" if character == "´" else ""
    if category == "So" and character not in _SPOKEN_SYMBOLS:
        # Circled letters, units in one character and the like are symbols, but have letters as compatibility form.
        letters = unicodedata.normalize("NFKC", character)
        readable = any(map(str.isalnum, letters)) and character not in _SILENT_SYMBOLS
        return letters if readable else None
    if category == "Sm" and "ARROW" in unicodedata.name(character, ""):
        return None
    return character


@lru_cache(maxsize=4096)
def _typographic(character: str) -> str | None:
    """As ``_plain``, and with plain typography."""
    name = unicodedata.name(character, "")
    if name.startswith(_FRACTION):
        return name.removeprefix(_FRACTION).lower()
    plain = _plain(character)
    if not plain:
        return plain
    compatible = unicodedata.normalize("NFKC", plain.translate(_STRAIGHT)).translate(_STRAIGHT)
    return "".join(part if part.isspace() else _plain(part) or "" for part in compatible).strip()


class _Builder:
    """Collects spoken characters; what becomes of a gap between them is decided when the next one is known."""

    def __init__(self, normalize: bool) -> None:
        self._normalize = normalize
        self._text: list[str] = []
        self._spans: list[Span] = []
        self._gap: Span | None = None
        self._has_space = self._has_symbol = self._ends_paragraph = False
        self._lines = 0
        self._after_number = False

    @property
    def at_line_start(self) -> bool:
        """Whether nothing but white space stands between here and the start of the line."""
        return self._lines > 0 or not self._text

    def white_space(self, run: str, start: int, end: int) -> None:
        """A whole run of white space; two line breaks in it end a paragraph."""
        self._widen_gap(start, end)
        self._has_space = True
        self._lines += len(_LINE_BREAK.findall(run))
        self._ends_paragraph |= self._lines > 1

    def unspoken(self, start: int, end: int) -> None:
        """A symbol that is not spoken."""
        self._widen_gap(start, end)
        self._has_symbol = True

    def end_paragraph(self) -> None:
        """The text so far ends here, whatever the white space says."""
        self._ends_paragraph = True

    def put(self, spoken: str, start: int, end: int) -> None:
        """Spoken characters that stand for the source characters [start, end)."""
        self._close_gap(spoken)
        self._append(spoken, (start, end))
        self._after_number = False

    def character(self, cluster: str, start: int, end: int) -> None:
        """One source character with its combining marks."""
        base = cluster[0]
        if len(cluster) > 1:
            base = unicodedata.normalize("NFC", cluster[: 1 + _MAX_MARKS])[0]
        spoken = _typographic(base) if self._normalize else _plain(base)
        if spoken is None:
            self.unspoken(start, end)
        elif spoken:
            # "10²", "1½" and "①②" are not the numbers that their digits in a row would be.
            number = base.isnumeric() and not base.isdecimal() and not base.isalpha()
            previous = self._text[-1] if self._text and self._gap is None else ""
            if number and (previous.isdigit() or (previous.isalnum() and " " in spoken)):
                spoken = (" and " if previous.isdigit() and " " in spoken else " ") + spoken
            elif self._after_number and previous and spoken[0].isalnum():
                spoken = " " + spoken
            self.put(spoken, start, end)
            self._after_number = number

    def build(self, goes_on: bool) -> Rewritten:
        """All that was collected."""
        if goes_on and self._ends_paragraph:
            self._close_gap("")
        elif self._gap and self._has_space:
            self._append(" ", self._gap)
        return Rewritten("".join(self._text), self._spans)

    def _append(self, spoken: str, span: Span) -> None:
        self._text.extend(spoken)
        self._spans.extend([span] * len(spoken))

    def _widen_gap(self, start: int, end: int) -> None:
        self._gap = (self._gap[0] if self._gap else start, end)

    def _close_gap(self, following: str) -> None:
        if self._gap is None:
            return
        previous = self._text[-1] if self._text else ""
        if self._ends_paragraph and previous:
            if self._normalize and previous.isalnum():
                # A heading or a list item is read as a sentence of its own.
                self._append(".", self._gap)
            self._append("\n", self._gap)
        elif self._has_space:
            # "Well done 👍." has no space before its full stop.
            if not (self._has_symbol and following[0] in _CLOSING):
                self._append(" ", self._gap)
        elif following[0].isalnum() and (previous.isalnum() or previous in _CLOSING):
            self._append(" ", self._gap)
        self._gap = None
        self._has_space = self._has_symbol = self._ends_paragraph = False
        self._lines = 0


_CLOSING = frozenset(".,;:!?…)")
