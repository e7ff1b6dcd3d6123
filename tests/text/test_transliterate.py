from __future__ import annotations

import time

import pytest

from app.text.edits import rewrite, unchanged
from app.text.phonemize import Phonemizer
from app.text.transliterate import transliterations

DICTIONARY = frozenset("Dvorak Zurich naive Hawaii Krishna beijing namaste seoul NATO resume rose pina".split())


def written(text: str) -> str:
    return rewrite(unchanged(text), transliterations(text, DICTIONARY.__contains__)).text


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("plain words, 42 & more", "plain words, 42 & more"),
        ("Dvořák in Zürich", "Dvorak in Zurich"),
        ("Nguyễn", "Nguyen"),
        ("Čapek, ŽIŽEK", "Chapek, ZHIZHEK"),
        ("Kṛṣṇa", "Krishna"),
        ("Hawaiʻi", "Hawaii"),
        ("résumé rosé piña naïve", "résumé rosé piña naive"),
        ("Citroën", "Citroën"),
        ("Guðrún", "Gudrún"),
        ("Москва, НАТО, я", "Moskva, NATO, ya"),
        ("Αθήνα", "Athina"),
        ("π, 2π, Δt and TNF-α", "pi, 2 pi, delta t and TNF-alpha"),
        ("北京。", "beijing."),
        ("谢谢、清华大学", "shieshie,ching hua da shue"),
        ("서울", "seoul"),
        ("すし", "sushi"),
        ("नमस्ते", "namaste"),
        ("مرحبا", "marahaba"),
    ],
)
def test_words_get_letters_that_english_readers_know(text: str, letters: str) -> None:
    assert written(text) == letters


def test_every_letter_keeps_its_place() -> None:
    text = "(Шуберт)"
    rewritten = rewrite(unchanged(text), transliterations(text, DICTIONARY.__contains__))
    assert rewritten.text == "(Shubert)"
    assert rewritten.spans == [(0, 1), (1, 2), (1, 2), *((index, index + 1) for index in range(2, 8))]


@pytest.mark.parametrize("unit", ["字", "ж", "ễ", "न्", "ع", "α1", "\u0301", "한"])
def test_long_words_take_linear_time(unit: str) -> None:
    began = time.process_time()
    written(unit * 10_000)
    assert time.process_time() - began < 1.0


def test_words_lie_on_the_letters_that_they_were_written_with(american: Phonemizer) -> None:
    text = "The name Достоевский is long."
    (phrase,) = american.phonemize(text)
    assert [text[word.text_start : word.text_end] for word in phrase.words] == text.rstrip(".").split()
