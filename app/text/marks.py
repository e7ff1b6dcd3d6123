"""What a text says of its own pronunciation, and what a dictionary says: phonemes, other words, pauses, the rate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from app.text.edits import Edit, replaced
from app.text.phonemes import is_phoneme

MAX_PAUSE_MS = 10_000
"""A longer pause is cut to this."""


class Spelling(NamedTuple):
    """Characters [start, end) that sound as these phonemes."""

    start: int
    end: int
    phonemes: str


class Pause(NamedTuple):
    """Silence that is wanted where the character at ``position`` begins."""

    position: int
    duration_ms: float


class Rate(NamedTuple):
    """From ``position`` on the speed is this many times that of the request."""

    position: int
    factor: float


class Marks(NamedTuple):
    """All that was found, each in the order of the text, with places in it."""

    edits: tuple[Edit, ...] = ()
    """That leave the words."""
    spellings: tuple[Spelling, ...] = ()
    pauses: tuple[Pause, ...] = ()
    rates: tuple[Rate, ...] = ()


_IPA = (
    ("t͡ʃ", "ʧ"),
    ("d͡ʒ", "ʤ"),
    ("tʃ", "ʧ"),
    ("dʒ", "ʤ"),
    ("aɪ", "I"),
    ("aʊ", "W"),
    ("eɪ", "A"),
    ("oʊ", "O"),
    ("əʊ", "Q"),
    ("ɔɪ", "Y"),
    ("g", "ɡ"),
    ("'", "ˈ"),
)
"""What dictionaries write in two characters, to Kokoro's one."""


def kokoro_phonemes(written: str) -> str:
    """Phonemes in IPA or in misaki's letters as Kokoro has them; characters that it does not know are left out."""
    for ipa, kokoro in _IPA:
        written = written.replace(ipa, kokoro)
    return "".join(filter(is_phoneme, written)).strip()


class Dictionary:
    """Words and what is said for them.

    Args:
        entries: a word or several ("New York") to phonemes between slashes ("/wˈɪn/") or other words ("sequel"). A word
            in small letters stands for any capitals, another one for itself alone.
    """

    def __init__(self, entries: Mapping[str, str]) -> None:
        self._entries = dict(entries)
        self._by_first: dict[str, list[tuple[str, str]]] = {}
        for written, said in sorted(entries.items(), key=lambda entry: -len(entry[0])):
            if first := _WORD.search(written):
                self._by_first.setdefault(first[0].lower(), []).append((written.strip(), said.strip()))

    def __bool__(self) -> bool:
        return bool(self._by_first)

    def with_entries(self, entries: Iterable[tuple[str, str]]) -> Dictionary:
        """This dictionary with some entries more, which go before its own."""
        more = dict(entries)
        return Dictionary({**self._entries, **more}) if more else self

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Places of the words of the dictionary, without overlaps, and what is said there."""
        end = 0
        for word in _WORD.finditer(text):
            if word.start() < end:
                continue
            for written, said in self._by_first.get(word[0].lower(), ()):
                # A word may begin with a sign: ".NET".
                start = word.start() - written.lower().find(word[0].lower())
                stop = start + len(written)
                there = text[max(0, start) : stop]
                if (
                    start >= end
                    and (there == written or there.lower() == written)
                    and not text[stop : stop + 1].isalnum()
                ):
                    yield start, stop, said
                    end = stop
                    break


def read_dictionary(file: Path | None) -> Dictionary:
    """The dictionary of a YAML file that maps words to what is said; an empty one where there is no file.

    Raises:
        ValueError: for a file that is missing or holds anything else.
    """
    if file is None:
        return NO_DICTIONARY
    try:
        entries = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise ValueError(f"speech.dictionary_file: {file} cannot be read: {error}") from None
    if not isinstance(entries, dict) or not all(isinstance(text, str) for item in entries.items() for text in item):
        raise ValueError(f"speech.dictionary_file: {file} has to map words to text, as in `SQL: sequel`")
    return Dictionary(entries)


_WORD = re.compile(r"\w+")
_MARK = re.compile(
    r"\[(?P<word>[^\[\]\n]{1,200})\]\(/(?P<phonemes>[^/()\n]{1,200})/\)"
    r"|\[pause:[ ]?(?P<amount>\d{1,5}(?:\.\d{1,3})?)[ ]?(?P<unit>ms|s)\]"
    # Programs written for ElevenLabs put it into plain text.
    r"|<break[ ]time=\"(?P<break>\d{0,5}(?:\.\d{1,3})?)(?P<break_unit>ms|s)\"[ ]?/?>"
    r"|\[rate:(?P<rate>\d(?:\.\d{1,4})?)\]"
)


def find_marks(text: str, dictionary: Dictionary) -> Marks:
    """The marks of a text; takes linear time.

    ``[guide](/guide/)`` is a link: phonemes have at least one character that no path has.
    """
    edits: list[Edit] = []
    spellings: list[Spelling] = []
    pauses: list[Pause] = []
    rates: list[Rate] = []
    for mark in _MARK.finditer(text):
        if mark["word"] is not None:
            phonemes = kokoro_phonemes(mark["phonemes"])
            if not phonemes or mark["phonemes"].isascii():
                continue
            edits += (Edit(mark.start(), mark.start("word"), ()), Edit(mark.end("word"), mark.end(), ()))
            spellings.append(Spelling(*mark.span("word"), phonemes))
            continue
        if mark["rate"] is None:
            unit = mark["unit"] or mark["break_unit"]
            duration_ms = float(mark["amount"] or mark["break"] or 0) * (1000 if unit == "s" else 1)
            pauses.append(Pause(mark.start(), min(duration_ms, MAX_PAUSE_MS)))
        else:
            rates.append(Rate(mark.start(), float(mark["rate"])))
        edits.append(Edit(*mark.span(), ()))
    if dictionary:
        marked = [(edit.start, edit.end) for edit in edits] + [(spelling.start, spelling.end) for spelling in spellings]
        for start, end, said in _outside(dictionary.find(text), sorted(marked)):
            if said[:1] == said[-1:] == "/" and len(said) > 2:
                spellings.append(Spelling(start, end, kokoro_phonemes(said[1:-1])))
            else:
                edits.append(replaced(start, end, said))
    return Marks(tuple(sorted(edits)), tuple(sorted(spellings)), tuple(pauses), tuple(rates))


def _outside(found: Iterator[tuple[int, int, str]], marked: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """What overlaps none of some places, both in the order of the text."""
    index = 0
    for start, end, said in found:
        while index < len(marked) and marked[index][1] <= start:
            index += 1
        if index == len(marked) or end <= marked[index][0]:
            yield start, end, said


NO_DICTIONARY = Dictionary({})
