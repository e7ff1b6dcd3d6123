"""Words that no dictionary has, names and code are spoken in full: none is dropped, none is read as a code point."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.text.normalize import spoken_form
from app.text.phonemize import Phonemizer, Phrase

CARRIERS = ("{}", "Please say {} once more.")
LANGUAGES = ("en-us", "en-gb")


def hard_tokens() -> dict[str, list[str]]:
    """By kind."""
    kinds: dict[str, list[str]] = {}
    for line in (Path(__file__).parent / "data" / "hard_tokens.txt").read_text("utf-8").splitlines():
        if line.startswith("== "):
            tokens = kinds[line.removeprefix("== ")] = []
        else:
            tokens += line.split(" | ")
    return kinds


TOKENS = hard_tokens()

WORD = re.compile(r"[^\W_]+")
SILENT = re.compile(r"[^\w]|[ˈˌːʰʲ]")
LEAST_PHONEMES_PER_LETTER = 0.3
""" "through" has three for seven letters, "queue" three for five, "eau" one for three."""

CODE_POINT = re.compile("lˈ?ˌ?ɛ(?:Təɹ|tə)")
"""How espeak reads a letter that it does not know: "letter one e c five", "Chinese letter"."""


def shortcomings(text: str, phrases: list[Phrase]) -> Iterator[str]:
    """What a listener would miss of a spoken text."""
    words = [(word, phrase) for phrase in phrases for word in phrase.words]
    for found in WORD.finditer(text):
        if not any(word.text_start < found.end() and found.start() < word.text_end for word, _ in words):
            yield f"{found[0]!r} is dropped"
    for word, phrase in words:
        written = text[word.text_start : word.text_end]
        phonemes = SILENT.sub("", phrase.phonemes[word.phoneme_start : word.phoneme_end])
        if len(phonemes) < LEAST_PHONEMES_PER_LETTER * sum(map(str.isalnum, written)):
            yield f"{written!r} is only {phonemes!r}"
    if not words:
        yield "nothing is said"
    if "letter" not in text and any(CODE_POINT.search(phrase.phonemes) for phrase in phrases):
        yield "a letter is read as its code point"


def test_the_list_is_long_and_has_no_token_twice() -> None:
    tokens = [token for kind in TOKENS.values() for token in kind]
    assert len(tokens) >= 500
    assert len(set(tokens)) == len(tokens)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", TOKENS)
def test_every_word_of_a_hard_token_is_spoken(
    kind: str, language: str, american: Phonemizer, british: Phonemizer
) -> None:
    phonemizer = american if language == "en-us" else british
    found = {}
    for token in TOKENS[kind]:
        for carrier in CARRIERS:
            text = spoken_form(carrier.format(token), language=language).text
            if missing := list(shortcomings(text, phonemizer.phonemize(text))):
                found[carrier.format(token)] = (text, missing)
    assert not found


@pytest.mark.parametrize(
    "block", [range(0xC0, 0x250), range(0x1E00, 0x1F00), range(0x370, 0x530), range(0xAC00, 0xAC40)]
)
def test_no_letter_is_read_as_its_code_point(block: range, american: Phonemizer) -> None:
    words = [f"ba{chr(code)}a" for code in block if chr(code).isalpha()]
    read = {word: [phrase.phonemes for phrase in american.phonemize(word)] for word in words}
    assert not {
        word: phonemes for word, phonemes in read.items() if not phonemes or CODE_POINT.search("".join(phonemes))
    }
