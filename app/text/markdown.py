"""Markup that is written and not said: Markdown's and HTML's signs."""

from __future__ import annotations

import html
import re

from app.text.edits import Edit, Part, replaced

_MARKUP = re.compile(
    r"(?P<fence>^[ ]{0,3}(?:`{3,}|~{3,})[^\n`]{0,100}$)"
    r"|(?P<rule>^[ ]{0,3}(?:[-*_=][ \t]?){3,80}$)"
    r"|(?P<table>^[ ]{0,3}\|?[ \t]?:?-{2,}:?[ \t]?(?:\|[ \t]?:?-{2,}:?[ \t]?){0,40}\|?[ \t]*$)"
    r"|(?P<heading>^[ ]{0,3}\#{1,6}[ \t]{1,4})"
    r"|(?P<quote>^[ ]{0,3}(?:>[ \t]?){1,8})"
    r"|(?P<task>^[ ]{0,12}[-*+][ \t]\[[ xX]\][ \t])"
    r"|(?P<image>!\[(?P<alternative>[^\]\n]{0,300})\]\((?:[^()\n]|\([^()\n]{0,100}\)){0,500}\))"
    r"|(?P<link>\[(?P<label>[^\[\]\n]{1,300})\]"
    r"(?:\((?:[^()\s]|\([^()\s]{0,100}\)){1,500}(?:[ ]\"[^\"\n]{0,200}\")?\)|\[[^\[\]\n]{0,100}\]))"
    r"|(?P<autolink><(?P<address>(?:https?://|mailto:)[^<>\s]{1,500})>)"
    r"|(?P<comment><!--[\s\S]{0,2000}?-->)"
    r"|(?P<tag></?[A-Za-z][A-Za-z0-9-]{0,20}(?:[ ][^<>\n]{0,300})?/?>)"
    r"|(?P<entity>&(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});)"
    r"|(?P<code>`{1,2}(?=[^\s`])(?P<inner>[^`\n]{1,300})`{1,2})"
    r"|(?P<strong>(?:(?<![\w*])\*{1,3}(?=[^\s*])|(?<=[^\s*])\*{1,3}(?![\w*])))"
    r"|(?P<emphasis>(?:(?<![\w_])_{1,3}(?=[^\W_]|[\"'“(])(?=[^\n_]{1,300}_{1,3}(?!\w))|(?<=[^\s_])_{1,3}(?![\w_])))"
    r"|(?P<strike>~~(?=\S)|(?<=\S)~~)"
    r"|(?P<cell>[ \t]?\|[ \t]?)"
    r"|(?P<escape>\\(?=[*_`#>|~\[\]()]))",
    re.MULTILINE,
)
_BLOCKS = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote"}
"""Tags that begin a line of their own."""

_INLINE = frozenset(
    "a abbr audio b bdi bdo big button cite code data del dfn em font i img input ins kbd label mark math picture q rp "
    "rt ruby s samp select small source span strike strong sub sup svg time tt u var video wbr td th tbody thead dd dt "
    "dl hr pre section article header footer nav main aside figure form speak break prosody emphasis phoneme voice "
    "say".split()
)
"""Tags that may follow a word without a space."""


def markdown_edits(text: str) -> list[Edit]:
    """Edits that leave the words of Markdown and HTML: links by their label, images by their description."""
    edits: list[Edit] = []
    for match in _MARKUP.finditer(text):
        edits += _edits_of(match)
    return edits


def _edits_of(match: re.Match[str]) -> list[Edit]:
    start, end = match.span()
    kind = match.lastgroup
    if match["link"] is not None:
        return [Edit(start, match.start("label"), ()), Edit(match.end("label"), end, ())]
    if match["image"] is not None:
        if not match["alternative"].strip():
            return [Edit(start, end, ())]
        return [Edit(start, match.start("alternative"), ()), Edit(match.end("alternative"), end, ())]
    if match["autolink"] is not None:
        return [Edit(start, match.start("address"), ()), Edit(match.end("address"), end, ())]
    if match["code"] is not None:
        return [Edit(start, match.start("inner"), ()), Edit(match.end("inner"), end, ())]
    if kind == "entity":
        character = html.unescape(match[0])
        return [] if character == match[0] else [replaced(start, end, character)]
    if kind == "tag":
        name = re.sub(r"\W", "", match[0].split()[0]).lower()
        if name not in _BLOCKS | _INLINE and match.string[max(0, start - 1) : start].isalnum():
            # "List<String>" is code.
            return [Edit(start, start + 1, (Part(" ", start, start + 1),)), Edit(end - 1, end, ())]
        return [Edit(start, end, (Part("\n", start, end),) if name in _BLOCKS else ())]
    if kind == "cell":
        line = _line(match.string, start)
        if line.count("|") < 2:
            return []
        at_edge = not line[: start - match.string.rfind("\n", 0, start) - 1].strip() or end >= len(match.string)
        at_edge = at_edge or match.string[end : end + 1] in ("\n", "\r")
        return [Edit(start, end, () if at_edge else (Part(", ", start, end),))]
    if kind == "emphasis" and match.string.count("_", max(0, start - 300), end + 300) < 2:
        return []
    if kind == "strong" and match.string.count("*", max(0, start - 300), end + 300) < 2:
        return []
    return [Edit(start, end, ())]


def _line(text: str, position: int) -> str:
    """The line round a position, of a table's width at most."""
    start = text.rfind("\n", max(0, position - 500), position) + 1 or max(0, position - 500)
    end = text.find("\n", position, position + 500)
    return text[start : end if end >= 0 else position + 500]
