"""From text to the sounds of its words, for the languages that Kokoro learned from espeak's phonemes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Any, NamedTuple

from app.text.g2p import MARKS, Sound, lock
from app.text.typography import plain_form

_SCRIPTS = {"hi": "DEVANAGARI"}

_AS_MARKS = str.maketrans({"«": "“", "»": "”", "।": ".", "॥": ".", "¿": "", "¡": ""})
"""Marks that Kokoro does not know to those that it does. misaki writes guillemets as these quotes as well."""

_MAX_WORD = 40
_MAX_WORDS = 60
"""Characters and words that espeak gets at once: it stops listening after 160 bytes of a word and 300 words."""

_MARK = rf"[{re.escape(MARKS)}«»।॥¿¡]"
_TOKEN = re.compile(
    rf"(?P<space>\s+)|(?P<marks>{_MARK}+)"
    # "3 500" is one number.
    rf"|(?P<word>(?:\d{{1,3}}(?: \d{{3}})+(?!\d)|(?<=\d)[.,:](?=\d)|[^\s{_MARK[1:]}){{1,{_MAX_WORD}}})"
)
_SPOKEN_SIGNS = frozenset("&@%+=€$£¥₹§°'-.,:")
"""The last three stand within numbers only. Others espeak would call by their names: "asterisk, asterisk"."""
_LANGUAGE_FLAG = re.compile(r"\(.+?\)")
"""espeak's way to tell that it reads a word as another language's: "(en)weekend(fr)"."""

_TIE = "͡"
_KOKORO_PHONEMES = (
    ("a͡ɪ", "I"),
    ("a͡ʊ", "W"),
    ("d͡z", "ʣ"),
    ("d͡ʒ", "ʤ"),
    ("e͡ɪ", "A"),
    ("o͡ʊ", "O"),
    ("s͡s", "S"),
    ("t͡s", "ʦ"),
    ("t͡ʃ", "ʧ"),
    ("ɔ͡ɪ", "Y"),
    ("ə͡ʊ", "Q"),
    (_TIE, ""),
    ("-", ""),
)
"""Diphthongs and affricates that Kokoro has one character for, as in misaki's ``EspeakG2P``; they go in this order."""


class _Word(NamedTuple):
    text: str
    start: int
    end: int


class _Heard(NamedTuple):
    """How a word sounds."""

    phonemes: str
    is_joined: bool = False
    """Without a space to the word before it."""


class EspeakPronouncer:
    """Text of another language than English to sounds. Any thread may call it; all calls of the process wait.

    What stands between two marks is phonemised as a whole, since its words change each other ("les amis" has a z that
    neither word has alone).
    """

    def __init__(self, language: str) -> None:
        """Args: language: by espeak's name."""
        with lock:
            self._espeak = _load_espeak(language)
        self._script = _SCRIPTS.get(language, "LATIN")
        self._alone = lru_cache(maxsize=4096)(self._phonemes)

    def __call__(self, text: str) -> list[Sound]:
        """Sounds in the order of the text. Never raises, whatever the text."""
        safe = plain_form(text, normalize=False)
        with lock:
            return [
                Sound(phonemes, safe.spans[start][0], safe.spans[end - 1][1])
                for phonemes, start, end in self._sounds(safe.text)
            ]

    def _sounds(self, text: str) -> Iterator[tuple[str, int, int]]:
        """As ``Sound``, with the places in the safe text."""
        words: list[_Word] = []
        between: list[Sound] = []
        for token in chain(_TOKEN.finditer(text), [None]):
            if token is None or token.lastgroup == "marks" or "\n" in token.group() or len(words) == _MAX_WORDS:
                yield from self._phrase(words, between)
                words, between = [], []
            if token is None:
                return
            start, end = token.span()
            if token.lastgroup == "marks":
                yield token.group().translate(_AS_MARKS), start, end
            elif token.lastgroup == "space":
                between.append(Sound(" ", start, end))
            elif legible := self._legible(token.group()):
                words.append(_Word(legible, start, end))

    def _phrase(self, words: list[_Word], spaces: list[Sound]) -> Iterator[tuple[str, int, int]]:
        """The sounds of words and of the spaces among and round them."""
        sounds: list[Sound] = []
        silent: set[int] = set()
        for word, heard in zip(words, self._together([word.text for word in words]), strict=True):
            if heard.is_joined:
                silent.update(range(sounds[-1].end, word.start))
            sounds.append(Sound(heard.phonemes, word.start, word.end))
        heard_spaces = [space for space in spaces if space.start not in silent]
        yield from sorted([*sounds, *heard_spaces], key=lambda sound: sound.start)

    def _together(self, words: list[str]) -> list[_Heard]:
        """How each word sounds among the others.

        espeak says where words end by spaces alone. One word may have several ("1998"), and two may have none between
        them ("parce qu'il"). So words are spoken one by one as well, to see which of them is which.
        """
        heard = self._phonemes(" ".join(words))
        if len(words) == 1:
            return [_Heard(" ".join(heard))]
        alone = [self._alone(word) for word in words]
        if sum(map(len, alone)) == len(heard):
            rest = iter(heard)
            return [_Heard(" ".join(next(rest) for _ in one)) for one in alone]
        shared = _share_out(heard, alone)
        if shared is not None:
            return shared
        middle = len(words) // 2
        return self._together(words[:middle]) + self._together(words[middle:])

    def _phonemes(self, words: str) -> tuple[str, ...]:
        phonemes = _LANGUAGE_FLAG.sub("", self._espeak.text_to_phonemes(words, tie=True))
        for written, kokoro in _KOKORO_PHONEMES:
            phonemes = phonemes.replace(written, kokoro)
        return tuple(phonemes.split())

    def _legible(self, word: str) -> str:
        """What espeak shall read of a word; nothing where that has no sound."""
        kept = "".join(character if _is_legible(character) else " " for character in _readable(word, self._script))
        return " ".join(kept.split()) if any(character not in " '-" for character in kept) else ""


def _share_out(heard: Sequence[str], alone: Sequence[Sequence[str]]) -> list[_Heard] | None:
    """What was heard, shared out among words of which some have no space between them.

    Args:
        heard: what espeak put spaces between.
        alone: the same of each word when it is spoken alone.

    Returns:
        One for each word; None where that is not how it can have come about.
    """
    # By words and by pieces that are used up: the likeliest way there, as its cost, the pieces used up before its last
    # step, and the words of that step.
    ways: list[dict[int, tuple[int, int, int]]] = [{0: (0, 0, 0)}, *({} for _ in alone)]

    def reach(words: int, pieces: int, cost: int, before: int, step: int) -> None:
        if pieces <= len(heard) and (pieces not in ways[words] or cost < ways[words][pieces][0]):
            ways[words][pieces] = (cost, before, step)

    for number, one in enumerate(alone):
        following = alone[number + 1] if number + 1 < len(alone) else ()
        for pieces, (cost, _, _) in ways[number].items():
            own = heard[pieces : pieces + len(one)]
            reach(number + 1, pieces + len(one), cost + sum(map(_difference, own, one)), pieces, 1)
            if len(one) == len(following) == 1 and pieces < len(heard):
                joined = _difference(heard[pieces], one[0] + following[0])
                reach(number + 2, pieces + 1, cost + joined + 1, pieces, 2)
    words, pieces = len(alone), len(heard)
    shared: list[_Heard] = []
    while words:
        if pieces not in ways[words]:
            return None
        _, before, step = ways[words][pieces]
        if step == 2:
            first, second = alone[words - 2][0], alone[words - 1][0]
            cut = round(len(heard[before]) * len(first) / (len(first) + len(second)))
            shared += [_Heard(heard[before][cut:], is_joined=True), _Heard(heard[before][:cut])]
        else:
            shared.append(_Heard(" ".join(heard[before:pieces])))
        words, pieces = words - step, before
    return shared[::-1]


def _difference(heard: str, alone: str) -> int:
    """How unlike two pieces are, by their length and their first sound: words change little among others."""
    return abs(len(heard) - len(alone)) + 3 * (heard.lstrip("ˈˌ")[:1] != alone.lstrip("ˈˌ")[:1])


@lru_cache(maxsize=4096)
def _is_legible(character: str) -> bool:
    return character in _SPOKEN_SIGNS or unicodedata.category(character)[0] in "LMN"


def _readable(text: str, script: str) -> str:
    """What espeak can read: it would spell words of other scripts as "Chinese letter, Chinese letter".

    Args:
        script: what is read besides the Latin one, by the first word of its characters' names.
    """
    foreign = {character for character in text if _is_foreign(character, script)}
    if len(foreign) == 1 and unicodedata.name(min(foreign), "").startswith(("GREEK", "MICRO", "OHM")):
        # A symbol rather than a word: π, µ, Ω.
        return text
    return "".join(character for character in text if character not in foreign)


@lru_cache(maxsize=4096)
def _is_foreign(character: str, script: str) -> bool:
    letter = unicodedata.category(character)[0] in "LM"
    return letter and not unicodedata.name(character, "").startswith(("LATIN", script))


@cache
def _load_espeak(language: str) -> Any:
    """espeak in a language. To be called and used under the lock."""
    # Importing this tells phonemizer where espeak's library is, which the package espeakng-loader brings.
    import misaki.espeak  # noqa: F401
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    espeak = EspeakWrapper()
    espeak.set_voice(language)
    return espeak
