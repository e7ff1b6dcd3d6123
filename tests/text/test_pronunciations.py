from __future__ import annotations

import pytest
from misaki.en import GB_VOCAB, US_VOCAB

from app.text.phonemize import Phonemizer
from app.text.pronunciations import pronunciations


@pytest.mark.parametrize(("british", "known"), [(False, US_VOCAB), (True, GB_VOCAB)])
def test_the_table_has_only_phonemes_of_its_accent(british: bool, known: frozenset[str]) -> None:
    unknown = {word: set(said) - known - {" ", "ː"} for word, said in pronunciations(british).items()}
    assert not {word: phonemes for word, phonemes in unknown.items() if phonemes}


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("Dvořák", "dəvˈɔɹʒæk"),
        ("Zdravko", "zdɹˈævkO"),
        ("Mladen", "məlˈAdən"),
        ("Gdansk", "ɡədˈænsk"),
        ("HTML", "ˌAʧtˌiˌɛmˈɛl"),
        ("xkcd", "ˌɛkskˌAsˌidˈi"),
        ("SQLite", "ˌɛskjˈu lˈIt"),
        ("p's and q's", "pˈiz ænd kjˈuz"),
        ("Ps and Qs", "pˈiz ænd kjˈuz"),
        ("As you like it", "ˌæz ju lˈIk ɪt"),
        ("Is it?", "ˌɪz ɪt?"),
        ("README", "ɹˈidmˌi"),
        ("GitHub and async configs", "ɡˈɪthˌʌb ænd ˈAsˌɪŋk kˈɑnfɪɡz"),
        ("shh", "ʃʃ"),
    ],
)
def test_words_that_are_in_no_dictionary(text: str, phonemes: str, american: Phonemizer) -> None:
    (phrase,) = american.phonemize(text)
    assert phrase.phonemes == phonemes


LETTER, ARTICLE = "ˈA", "ɐ"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("A", LETTER),
        ("A, B, and C.", LETTER),
        ("A-level exams.", LETTER),
        ("a == b", LETTER),
        ("A B C", LETTER),
        ("A man came in.", ARTICLE),
        ("a (very) good one", ARTICLE),
        ('a "quoted" word', ARTICLE),
        ("a… ghost", ARTICLE),
        ("A... ghost", ARTICLE),
        ("A Tale of Two Cities", ARTICLE),
        ("A hundred people came.", ARTICLE),
    ],
)
def test_an_a_is_a_letter_or_an_article(text: str, first: str, american: Phonemizer) -> None:
    phrase = american.phonemize(text)[0]
    assert phrase.phonemes.startswith(first)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("The grade A is good.", "ɡɹˈAd ˈA "),
        ("Once Upon A Time", "əpˈɑn ɐ "),
        ("It is a dog.", "ɪz ɐ "),
        ("He said A man came.", ""),
    ],
)
def test_an_a_within_a_sentence(text: str, part: str, american: Phonemizer) -> None:
    assert part in american.phonemize(text)[0].phonemes
