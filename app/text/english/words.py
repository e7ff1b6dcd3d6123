"""Abbreviations, titles and signs between words."""

from __future__ import annotations

import re

from app.text.english.rules import Accent, Match, Rule, Saying
from app.text.languages import ENGLISH

_TITLES = {
    "Dr": "Doctor", "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Prof": "Professor", "Gen": "General",
    "Col": "Colonel", "Lt": "Lieutenant", "Sgt": "Sergeant", "Capt": "Captain", "Cmdr": "Commander", "Maj": "Major",
    "Gov": "Governor", "Sen": "Senator", "Rep": "Representative", "Rev": "Reverend", "Hon": "Honorable",
    "Pres": "President", "St": "Saint", "Fr": "Father", "Adm": "Admiral", "Cpl": "Corporal", "Pvt": "Private",
    "Supt": "Superintendent", "Insp": "Inspector", "Mt": "Mount", "Ft": "Fort",
}  # fmt: skip
_STREETS = {
    "Dr": "Drive", "St": "Street", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Ln": "Lane", "Ct": "Court",
    "Pl": "Place", "Sq": "Square", "Hwy": "Highway", "Pkwy": "Parkway", "Ter": "Terrace", "Apt": "Apartment",
}  # fmt: skip
_AFTER_NAMES = {
    "Jr": "Junior", "Sr": "Senior", "Esq": "Esquire", "Inc": "Incorporated", "Ltd": "Limited", "Corp": "Corporation",
    "Co": "Company", "Bros": "Brothers", "Dept": "Department", "Univ": "University", "Assn": "Association",
}  # fmt: skip
_BEFORE_NUMBERS = {
    "No": "number", "no": "number", "Nos": "numbers", "nos": "numbers", "№": "number", "p": "page", "pp": "pages",
    "P": "page", "vol": "volume", "Vol": "Volume", "fig": "figure", "Fig": "Figure", "figs": "figures",
    "Figs": "Figures", "eq": "equation", "Eq": "Equation", "ch": "chapter", "Ch": "Chapter", "sec": "section",
    "Sec": "Section", "art": "article", "Art": "Article", "ex": "example", "Ex": "Example", "ca": "circa", "c": "circa",
    "par": "paragraph", "Apt": "Apartment", "Ste": "Suite", "ext": "extension", "Ext": "Extension", "ver": "version",
}  # fmt: skip
_ANYWHERE = {
    "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "vs": "versus", "viz.": "namely",
    "cf.": "compare", "approx.": "approximately", "est.": "established", "dept.": "department", "min.": "minimum",
    "max.": "maximum", "avg.": "average", "incl.": "including", "excl.": "excluding", "resp.": "respectively",
    "misc.": "miscellaneous", "govt.": "government", "al.": "al", "w/o": "without", "w/": "with", "b/c": "because",
    "c/o": "care of", "n/a": "not applicable", "N/A": "not applicable", "a.k.a.": "also known as",
    "aka": "also known as", "btw": "by the way", "imo": "in my opinion", "afaik": "as far as I know",
    "asap": "as soon as possible", "thx": "thanks", "pls": "please", "plz": "please", "idk": "I don't know",
    "tbh": "to be honest", "JSON": "Jason", "YAML": "yamel", "GUI": "gooey", "sudo": "sue doo", "nginx": "engine X",
    "kubectl": "cube C T L", "stdin": "standard in", "stdout": "standard out", "stderr": "standard error",
    "k8s": "Kubernetes", "Esq.": "Esquire", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz", "NaN": "N A N",
    "NaCl": "N A C L", "BibTeX": "bib tech",
}  # fmt: skip
_KEEPS_STOP = frozenset("etc. al. Inc Ltd Corp Co Jr Sr Esq dept.".split())
"""What often ends a sentence: then its full stop is one."""

_WORD = r"[^\W\d_]"


def _ends_sentence(match: Match) -> bool:
    """Whether the full stop that ends a match ends the sentence as well."""
    rest = match.string[match.end() : match.end() + 3]
    return not rest.strip() or (rest[:1].isspace() and rest.strip()[:1].isupper()) or rest[:1] in "\"'”’)"


def _say_title(match: Match, accent: Accent) -> Saying:
    following = re.compile(r"\s*(\w*)").match(match.string, match.end() + 1)
    if match["word"] in _STREETS and _follows_name(match) and following and following[1] in ENGLISH.starters:
        # "Main St. She left."
        return f"{_STREETS[match['word']]}."
    return _TITLES[match["word"]]


def _say_street(match: Match, accent: Accent) -> Saying:
    words = _STREETS[match["word"]]
    return f"{words}." if match["stop"] and _ends_sentence(match) else words


def _say_after_name(match: Match, accent: Accent) -> Saying:
    words = _AFTER_NAMES[match["word"]]
    return f"{words}." if match["stop"] and _ends_sentence(match) else words


def _say_before_number(match: Match, accent: Accent) -> Saying:
    return _BEFORE_NUMBERS[match["word"]]


def _say_anywhere(match: Match, accent: Accent) -> Saying:
    words = _ANYWHERE[match[0]]
    return f"{words}." if match[0] in _KEEPS_STOP and _ends_sentence(match) else words


def _listed(words: dict[str, str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_NAME_BEFORE = r"(?<=[a-z\d] )"

LETTER_RULES = (
    Rule(
        re.compile(rf"{_NAME_BEFORE}(?P<word>{_listed(_STREETS)})(?P<stop>\.?)(?=\s*(?:$|[,;:!?)\n\"”]|[a-z#\d]|[A-Z]{{2}}\b|\b(?:in|and|on|at|is|was)\b))(?<=\.)"),
        lambda match, accent: _say_street(match, accent) if _follows_name(match) else None,
    ),
    Rule(
        re.compile(rf"{_NAME_BEFORE}(?P<word>Dr|St|Ave|Blvd|Rd|Ln|Hwy|Pkwy)(?P<stop>)(?=\s*(?:$|[.,;!?)\n]))(?!\.\s?[A-Z][a-z])"),
        lambda match, accent: _say_street(match, accent) if _follows_name(match) else None,
    ),
    Rule(re.compile(rf"(?P<word>{_listed(_TITLES)})\.(?=[ \u00a0]{{1,2}}(?:[A-Z]|\())"), _say_title),
    Rule(re.compile(r"(?P<word>Dr|Mr|Mrs|Ms|Prof|St)(?=[ \u00a0][A-Z][a-z])"), lambda match, accent: (
        None if match["word"] == "St" and _follows_name(match) else _say_title(match, accent))),
    Rule(
        re.compile(rf"(?<=[A-Za-z.,] )(?P<word>{_listed(_AFTER_NAMES)})(?P<stop>\.)(?!\w)"), _say_after_name
    ),
    Rule(
        re.compile(rf"(?P<word>{_listed(_BEFORE_NUMBERS)})\.(?=[ \u00a0]?(?:\d|[IVXLC]{{1,6}}\b))"), _say_before_number
    ),
    Rule(re.compile(rf"(?<![\w.])(?:{_listed(_ANYWHERE)})(?![\w/])"), _say_anywhere),
)  # fmt: skip


def _follows_name(match: Match) -> bool:
    """Whether the word before begins with a capital, or is an ordinal number, as the names of streets do."""
    found = re.search(r"(\w+)[ \u00a0]$", match.string[max(0, match.start() - 32) : match.start()])
    return found is not None and (found[1][0].isupper() or found[1][0].isdecimal())


_BETWEEN_WORDS = rf"(?<={_WORD})"

EMOTICON = Rule(
    re.compile(
        r"(?<!\S)(?:[:;=]['’]?-?[)(\]\[DdPpOo|/\\*3]{1,3}|<3{1,3}|\^_?\^|[xX]D{1,3}|-_-|¯\\_\(ツ\)_/¯)(?![^\s.,!?])"
    ),
    lambda match, accent: (),
)

OTHER_RULES = (
    Rule(re.compile(r"(?<=\d)−(?=\d)"), lambda match, accent: " minus "),
    Rule(re.compile(r"№(?=\s?\d)"), lambda match, accent: "number "),
    Rule(re.compile(r"§{1,2}\s?(?=\d)"), lambda match, accent: "section " if match[0].count("§") == 1 else "sections "),
    Rule(re.compile(rf"(?<={_WORD})&(?={_WORD})"), lambda match, accent: " and "),
    Rule(re.compile(r"(?<=\s)&(?=\s)"), lambda match, accent: "and"),
    Rule(re.compile(r"(?<=\s)\+(?=\s)"), lambda match, accent: "plus"),
    Rule(re.compile(r"(?<=\s)[=＝](?=\s)"), lambda match, accent: "equals"),
    Rule(re.compile(r"(?<=\s)@(?=\s)"), lambda match, accent: "at"),
    Rule(re.compile(r"(?<=\d)@(?=\d)"), lambda match, accent: " at "),
    Rule(re.compile(r"(?<=[A-Z])\+{2}(?!\w)"), lambda match, accent: " plus plus"),
    Rule(re.compile(r"(?<=\b[CF])#(?!\w)"), lambda match, accent: " sharp"),
    Rule(re.compile(rf"(?<={_WORD})/(?=\w)"), lambda match, accent: " "),
    Rule(re.compile(r"(?<=\w)\+(?=\w)"), lambda match, accent: " plus "),
    Rule(re.compile(r"(?<=\w)=(?=[\w-])"), lambda match, accent: " equals "),
    Rule(re.compile(r"(?<=\s)/(?=\s)"), lambda match, accent: "or"),
    Rule(re.compile(r"©(?=\s?\d)"), lambda match, accent: "copyright "),
    Rule(re.compile(r"(?<=[A-Z])['’](?=s\b)"), lambda match, accent: "'"),
    Rule(re.compile(r"(?<![^\s(\"'“])\.(?=(?:[a-z][a-z-]{1,30}|NET)(?!\w))"), lambda match, accent: "dot "),
)
