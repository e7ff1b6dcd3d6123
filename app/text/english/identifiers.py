"""Names as programmers write them: ``getUserName``, ``max_ahead_s``, ``foo.bar()``; and stretched words."""

from __future__ import annotations

import re
from functools import lru_cache

from app.text.english.numbers import cardinal, digits
from app.text.english.rules import Accent, Match, Rule, Saying

_HUMP = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z]|\d|_|$)|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_]+")
_NAMES = frozenset(
    "iPhone iPad iPod iMac iOS iPadOS macOS tvOS watchOS eBay YouTube GitHub GitLab LinkedIn PayPal WhatsApp "
    "TikTok FaceTime JavaScript TypeScript PowerPoint OneDrive PhD PhDs McDonald WiFi LaTeX OpenAI DeepMind "
    "MacBook AirPods PlayStation FedEx DoorDash LeBron DiCaprio HBO DuckDuckGo StackOverflow".split()
)
"""Words with capitals in them that are said as they stand, or that the table below says otherwise."""

_SAID = {
    "macOS": "mac O S", "iPadOS": "iPad O S", "tvOS": "TV O S", "watchOS": "watch O S", "LaTeX": "lay tech",
    "StackOverflow": "stack overflow", "DuckDuckGo": "duck duck go", "DoorDash": "door dash", "OpenAI": "open AI",
    "DeepMind": "deep mind", "PowerPoint": "power point", "OneDrive": "one drive", "TypeScript": "type script",
    "JavaScript": "java script",
}  # fmt: skip
_SCOTTISH = re.compile(r"(?:Mc|Mac|De|Di|La|Le|Van|O)[A-Z][a-z]+")


def in_words(name: str) -> str:
    """A name that is written in one, in its words: "maxAhead_s2" is "max ahead s two"."""
    if name in _SAID:
        return _SAID[name]
    if name in _NAMES:
        return name
    return " ".join(
        (cardinal(hump) if len(hump) < 3 and hump[0] != "0" else digits(hump)) if hump.isdecimal() else _lower(hump)
        for hump in _HUMP.findall(name)
    )


def _lower(hump: str) -> str:
    """Small letters, for what is no initialism."""
    return hump if hump.isupper() and len(hump) > 1 else hump.lower()


def _say_snake(match: Match, accent: Accent) -> Saying:
    if not any(map(str.isalnum, match[0])):
        return None
    return in_words(match[0])


def _say_camel(match: Match, accent: Accent) -> Saying:
    word = match[0]
    if word in _SAID:
        return _SAID[word]
    if word in _NAMES or _SCOTTISH.fullmatch(word):
        return None
    return in_words(word)


def _say_call(match: Match, accent: Accent) -> Saying:
    names = match["name"].split(".")
    return " dot ".join(filter(None, map(in_words, names)))


def _say_stretched(match: Match, accent: Accent) -> Saying:
    return unstretched(match[0])


_SHOUTED = re.compile(r"(?:NOO|SOO|YES|HEY|WOO|BRR|GRR|SHH|OOO|MMM|ZZZ)\w*")
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_STRETCH = re.compile(r"(.)\1{2,}", re.IGNORECASE)


@lru_cache(maxsize=4096)
def unstretched(word: str) -> str:
    """A word whose letters were drawn out, "sooooo", as the dictionary has it; else with single letters."""
    if word.lower() in _words() or (len(word) < 5 and word.isupper() and not _SHOUTED.fullmatch(word)):
        # "AAA", "IEEE"
        return word
    single = _STRETCH.sub(r"\1", word)
    for candidate in (single, _STRETCH.sub(r"\1\1", word)):
        if candidate.lower() in _words():
            return candidate
    # A sound rather than a word keeps its length: "brrr", "shhhh".
    return single if _VOWEL.search(single) else _STRETCH.sub(r"\1\1", word)


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    """The words of misaki's lexicons."""
    import json
    from importlib.resources import files

    data = files("misaki").joinpath("data")
    return frozenset(
        word.lower() for name in ("us_gold",) for word in json.loads(data.joinpath(f"{name}.json").read_text())
    )


_IDENTIFIER = r"[A-Za-z_]\w{0,63}"

CALL = Rule(re.compile(rf"(?<![\w.])(?P<name>{_IDENTIFIER}(?:\.{_IDENTIFIER}){{0,5}})\(\)"), _say_call)
DOTTED = Rule(
    re.compile(r"(?<![\w.])(?P<name>(?=\w{0,63}[a-z_])[a-z_]\w{1,63}(?:\.[a-z_]\w{1,63}){1,5})(?![\w(]|\.\w)"),
    _say_call,
)
SNAKE = Rule(re.compile(r"(?<!\w)_{0,2}[^\W_]{1,64}(?:_{1,2}[^\W_]{1,64}){1,12}_{0,2}(?!\w)"), _say_snake)
CAMEL = Rule(
    re.compile(
        r"(?<!\w)(?:[a-z]{1,32}(?:[A-Z][a-z0-9]{1,32}|[A-Z]{2,8}(?![a-z])){1,8}|(?:[A-Z][a-z]{1,32}){2,8})(?!\w)"
    ),
    _say_camel,
)
STRETCHED = Rule(
    re.compile(
        r"(?<![\w.'’-])(?!(?:www|[IVXLCivxlc]{2,9})(?!\w))[^\W\d_]{0,60}?([^\W\d_])\1\1[^\W\d_]{0,60}(?![\w.@])", re.I
    ),
    _say_stretched,
)

LETTER_RULES = (CALL, SNAKE, CAMEL, DOTTED, STRETCHED)
OTHER_RULES = (SNAKE,)
