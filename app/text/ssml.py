"""A small part of SSML: ``break``, ``say-as``, ``phoneme``, ``sub``, ``prosody rate``, ``p`` and ``s``."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from app.text.edits import Rewritten, Span, unchanged
from app.text.marks import MAX_PAUSE_MS

_STRENGTHS_MS = {"none": 0.0, "x-weak": 100.0, "weak": 200.0, "medium": 400.0, "strong": 700.0, "x-strong": 1_200.0}
"""SSML has these words without a figure."""

_RATES = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.2, "x-fast": 1.5}
_MIN_RATE, _MAX_RATE = 0.25, 4.0
_DURATION = re.compile(r"\+?(\d{0,5}(?:\.\d{1,6})?)\s?(ms|s)")
_PERCENT = re.compile(r"([+-]?)(\d{1,4}(?:\.\d{1,6})?)%")
_FACTOR = re.compile(r"\d{1,2}(?:\.\d{1,6})?")
_SPELLED = frozenset({"characters", "spell-out", "verbatim", "digits", "telephone"})

_UNSAID = re.compile(r"<!--.*?-->|<!\[CDATA\[|\]\]>|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
_CHARACTER = re.compile(r"&[^;&<]{1,32};|\r\n?|.", re.DOTALL)


def spoken_ssml(text: str) -> Rewritten:
    """SSML as text with the marks of ``app.text.marks``, each character with its place in ``text``.

    Elements that are not known are read as if they were not there. What is no well-formed SSML, with ``<speak>`` round
    it or without, is returned as it is, and the normaliser passes its tags over.
    """
    # Imported here, since XML is for the few who ask for it.
    from defusedxml import ElementTree

    document = text if text.lstrip().startswith(("<speak", "<?xml")) else f"<speak>{text}</speak>"
    try:
        root = ElementTree.fromstring(document, forbid_dtd=True)
    except (ElementTree.ParseError, ValueError):
        return unchanged(text)
    reader = _Reader(text)
    for element, opens in _events(root):
        if opens:
            reader.open(element.tag, element.attrib, element.text or "")
        else:
            reader.close(element.tag, "" if element is root else element.tail or "")
    return reader.rewritten()


def _events(root: Any) -> Iterator[tuple[Any, bool]]:
    """Elements as they open and close, however deep they lie."""
    stack = [(root, iter(root))]
    yield root, True
    while stack:
        element, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            yield element, False
        else:
            stack.append((child, iter(child)))
            yield child, True


class _Reader:
    """Collects what is said, in the order of the document."""

    def __init__(self, source: str) -> None:
        self._places = _places(source)
        self._last_end = 0
        self._text: list[str] = []
        self._spans: list[Span] = []
        self._rates = [1.0]
        self._say = ["text"]
        """For each open element what becomes of the text in it: "text", "spelled", "ordinal" or "nothing"."""

    def rewritten(self) -> Rewritten:
        """All that was collected."""
        return Rewritten("".join(self._text), self._spans)

    def open(self, tag: str, attributes: dict[str, str], content: str) -> None:
        """An element begins, with the text before its first child."""
        tag = _local(tag)
        say = self._say[-1]
        if tag == "break":
            self._mark(f"[pause:{_pause_ms(attributes):.0f}ms]")
        elif tag in ("p", "s"):
            self._mark("\n\n")
        elif tag == "prosody":
            self._rates.append(_rate(attributes.get("rate", ""), self._rates[-1]))
            self._mark(f"[rate:{self._rates[-1]:.4f}]")
        elif tag == "say-as":
            kind = attributes.get("interpret-as", "")
            say = "spelled" if kind in _SPELLED else "ordinal" if kind == "ordinal" else say
        elif tag == "sub" and content:
            self._substitute(attributes.get("alias", ""), content)
            content, say = "", "nothing"
        elif tag == "phoneme" and content.strip() and (phonemes := attributes.get("ph", "")):
            # A link's path may be ASCII alone, phonemes may not: their stress tells them apart.
            phonemes = phonemes.strip("/") if not phonemes.isascii() else f"ˈ{phonemes}"
            self._mark("[")
            self._put(content, "text")
            self._mark(f"](/{phonemes}/)")
            content = ""
        self._say.append(say)
        self._put(content, say)

    def close(self, tag: str, tail: str) -> None:
        """An element ends, with the text after it."""
        tag = _local(tag)
        self._say.pop()
        if tag == "prosody":
            self._rates.pop()
            self._mark(f"[rate:{self._rates[-1]:.4f}]")
        elif tag in ("p", "s"):
            self._mark("\n\n")
        self._put(tail, self._say[-1] if self._say else "text")

    def _put(self, content: str, say: str) -> None:
        for index, character in enumerate(content):
            span = next(self._places, (self._last_end, self._last_end + 1))
            self._last_end = span[1]
            if say == "nothing":
                continue
            spoken = f"{' ' if index else ''}{character}" if say == "spelled" and not character.isspace() else character
            self._text.append(spoken)
            self._spans += [span] * len(spoken)
        if say == "ordinal" and content.strip().isdecimal():
            self._text.append("th")
            self._spans += [self._spans[-1]] * 2

    def _substitute(self, alias: str, content: str) -> None:
        spans = [next(self._places, (self._last_end, self._last_end + 1)) for _ in content]
        self._last_end = spans[-1][1]
        self._text.append(alias)
        self._spans += [(spans[0][0], spans[-1][1])] * len(alias)

    def _mark(self, mark: str) -> None:
        """Stands for the tag, which begins where the text before it ends."""
        self._text.append(mark)
        self._spans += [(self._last_end, self._last_end + 1)] * len(mark)


def _places(source: str) -> Iterator[Span]:
    """The places of a document's characters outside its tags, an entity counted as the one that it stands for."""
    position = 0
    for unsaid in [*_UNSAID.finditer(source), None]:
        end = len(source) if unsaid is None else unsaid.start()
        for character in _CHARACTER.finditer(source, position, end):
            for _ in html.unescape(character[0]) if character[0][0] == "&" else " ":
                yield character.span()
        if unsaid is not None:
            position = unsaid.end()


def _local(tag: Any) -> str:
    """The name of an element without its namespace; comments have none."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _pause_ms(attributes: dict[str, str]) -> float:
    if found := _DURATION.fullmatch(attributes.get("time", "").strip()):
        return min(float(found[1] or 0) * (1000 if found[2] == "s" else 1), MAX_PAUSE_MS)
    return _STRENGTHS_MS.get(attributes.get("strength", "medium"), _STRENGTHS_MS["medium"])


def _rate(written: str, outer: float) -> float:
    """A rate in words, in percent or as a factor, times that of the element round it."""
    written = written.strip()
    if written in _RATES:
        factor = _RATES[written]
    elif found := _PERCENT.fullmatch(written):
        share = float(found[2]) / 100
        factor = 1 + share if found[1] == "+" else 1 - share if found[1] == "-" else share
    elif _FACTOR.fullmatch(written):
        factor = float(written)
    else:
        factor = 1.0
    return min(max(outer * factor, _MIN_RATE), _MAX_RATE)
