from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest

from app.text.normalize import spoken_form
from app.text.segment import even_cuts, split_segments


def pieces(text: str, language: str = "en-us", **options: int) -> list[str]:
    return [text[segment.start : segment.end] for segment in split_segments(text, language, **options)]


def sentences(text: str) -> list[str]:
    """Sentences alone: none joined, none cut at a clause."""
    return [piece.strip() for piece in pieces(text, min_words=1, max_characters=10_000) if piece]


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith met Prof. Miller and Mr. No at the door of the house.",
        "Use a tool, e.g. A hammer, i.e. The big one, for that.",
        "The U.S. Senate and the E.U. Commission met in Washington D.C. yesterday.",
        "It costs 3.14 dollars and 2.50 euros.",
        "J. R. R. Tolkien and C. S. Lewis were friends.",
        "See https://www.example.com/a.html?b=1.5 or www.example.org now.",
        '"Go!" she said.',
        '"Really?!" he asked.',
        "Well… maybe not today.",
        "Well... maybe not today.",
        "See No. 5 and Fig. 3 on p. 7 of vol. 2 for the cases.",
        "Approx. 20 people, as Lt. Dan and Capt. Cook said, et al. and so on.",
        "Yahoo.Com is written like that.",
    ],
)
def test_a_sentence_goes_on_past_what_only_looks_like_its_end(text: str) -> None:
    segments = split_segments(text, min_words=1, max_characters=10_000)
    assert [segment.end for segment in segments if segment.boundary == "sentence"] == [len(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He left. She stayed.", ["He left.", "She stayed."]),
        ("What?! No! Yes.", ["What?!", "No!", "Yes."]),
        ('He said "Go." "Why?" she asked.', ['He said "Go."', '"Why?" she asked.']),
        ("(He left.) She stayed.", ["(He left.)", "She stayed."]),
        ("Wait… What is it?", ["Wait…", "What is it?"]),
        ("We met at 5 p.m. Then we left.", ["We met at 5 p.m.", "Then we left."]),
        ("I live in the U.S. She does not.", ["I live in the U.S.", "She does not."]),
        ("1. First of all. 2. And then.", ["1. First of all.", "2. And then."]),
        ("It costs 5. 6 came.", ["It costs 5.", "6 came."]),
        ("Heading\nThe text", ["Heading", "The text"]),
        ("Read www.example.com. It helps.", ["Read www.example.com.", "It helps."]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes. No. Maybe.", 1),
        ("Yes. That is quite all that there is to say.", 1),
        ("That is quite all that there is to say. Yes.", 1),
        ("That is quite all that there is. And this is all that I know.", 2),
    ],
)
def test_a_short_sentence_is_joined_to_a_neighbour(text: str, expected: int) -> None:
    assert len(pieces(text)) == expected


def test_a_short_sentence_stays_alone_where_joining_would_be_too_long() -> None:
    long = "Such " * 68 + "end."
    assert pieces(f"Yes. {long}", max_characters=345) == ["Yes. ", long]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            "When the rain had finally stopped, we all went out for a walk, and nobody said a word.",
            "When the rain had finally stopped, ",
        ),
        (
            "I came, I saw, and then I went back home; nobody knows why I did that.",
            "I came, I saw, and then I went back home; ",
        ),
        ("the old man — who was grey and tired — went home to see his wife", "the old man — who was grey and tired — "),
        (
            "the old man—who was grey and tired of it—went home to see his wife again",
            "the old man—who was grey and tired of it—",
        ),
        ("In that year (it was a cold one) nobody went to see the king.", "In that year (it was a cold one) "),
    ],
)
def test_the_first_segment_ends_with_an_early_clause(text: str, first: str) -> None:
    segment = split_segments(text)[0]
    assert text[: segment.end] == first
    assert segment.boundary == "clause"


@pytest.mark.parametrize(
    "text",
    [
        "On May 5, 2020 all of us went out for a walk together.",
        "Last year all of us went to Paris, France for a week together.",
        "Well, we all went out for a long walk together that day, you see.",
        "the quick brown fox jumped over the lazy dog and then it ran away from all of us",
        "it cost us 1,000,000 dollars and 12:30 was the time at which we had to pay it",
        "the well-known all-in-one machine of the one-time king was sold to all of his old friends",
    ],
)
def test_the_first_segment_is_never_cut_inside_a_clause_or_left_too_short(text: str) -> None:
    assert pieces(text) == [text]


def test_only_the_first_segment_is_cut_early() -> None:
    sentence = "When the rain had finally stopped, we all went out for a walk. "
    assert len(pieces(sentence * 3)) == 4


def test_a_long_sentence_is_split_at_clauses_evenly_and_into_few_pieces() -> None:
    text = "Once more " + ", ".join(f"the number {index} was read aloud" for index in range(30)) + "."
    segments = split_segments(text, min_words=1000, max_characters=350)
    assert len(segments) == -(-len(text) // 350)
    assert [segment.boundary for segment in segments] == ["clause"] * (len(segments) - 1) + ["sentence"]
    lengths = [segment.end - segment.start for segment in segments]
    assert max(lengths) - min(lengths) < 60


def test_a_clause_that_is_too_long_is_split_between_words() -> None:
    text = "word " * 200 + "end."
    segments = split_segments(text, max_characters=350)
    assert len(segments) == 3
    assert all(text[segment.end - 1] == " " for segment in segments[:-1])
    assert [segment.boundary for segment in segments] == ["none", "none", "sentence"]


def test_a_giant_word_is_split_inside_itself_and_nothing_is_lost() -> None:
    text = "x" * 5_000
    found = pieces(text, max_characters=350)
    assert "".join(found) == text
    assert max(map(len, found)) <= 350


def test_no_text_has_no_segment() -> None:
    assert split_segments("") == []


@pytest.mark.parametrize("max_characters", [40, 350])
def test_segments_tile_any_text_and_keep_within_the_limit(max_characters: int) -> None:
    rng = random.Random(3)
    parts = [
        "word ",
        "Dr. ",
        "3.14 ",
        "yes, ",
        "no. ",
        "— ",
        '"Go." ',
        "(a) ",
        "...",
        "?!",
        "\n\n",
        "x" * 90,
        "字",
        "'",
        "😀",
    ]
    for _ in range(150):
        text = spoken_form("".join(rng.choices(parts, k=rng.randrange(80)))).text
        segments = split_segments(text, max_characters=max_characters)
        edges = [segment.end for segment in segments]
        assert [0, *edges[:-1]] == [segment.start for segment in segments] or not text
        assert edges[-1:] == [len(text)][: len(edges)]
        assert all(segment.start < segment.end <= segment.start + max_characters for segment in segments)


@pytest.mark.parametrize("unit", ["(", ")", "a", "'", ". ", ") ", "a. ", "a, ", "—", "\n", "the cat, the dog. "])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    split_segments("Load the tokenizer.")
    text = unit * (10_000 // len(unit))
    began = time.process_time()
    split_segments(text)
    # About 100 ms at worst; spaCy alone takes six seconds for 10,000 brackets in one piece.
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (([], []), [33, 66]),
        (([30, 60, 90], []), [30, 60]),
        (([50], [10, 30, 70, 95]), [30, 70]),
        (([20, 40], [65, 80]), [40, 65]),
    ],
)
def test_cuts_are_few_and_even_and_at_the_best_level(levels: tuple[list[int], list[int]], expected: list[int]) -> None:
    assert even_cuts(0, 100, 40, levels) == expected


def test_cuts_never_leave_a_piece_over_the_limit() -> None:
    rng = random.Random(4)
    for _ in range(500):
        end, limit = rng.randrange(1, 400), rng.randrange(10, 80)
        levels = [sorted(rng.sample(range(1, end + 1), rng.randrange(end))) for _ in range(2)]
        edges = [0, *even_cuts(0, end, limit, levels), end]
        assert all(0 < right - left <= limit for left, right in pairwise(edges))


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("es", "¿Cómo está? ¡Muy bien! Me alegro.", ["¿Cómo está?", "¡Muy bien!", "Me alegro."]),
        ("es", "El Sr. López y la Dra. Ruiz viven en EE.UU. con sus hijos.", None),
        ("es", "Vive en EE.UU. Ella no. Pero él sí.", ["Vive en EE.UU.", "Ella no.", "Pero él sí."]),
        ("es", "Véase la pág. 5, núm. 3, p. ej. La primera.", None),
        ("es", "—¿Vienes? —dijo ella. Él calló.", ["—¿Vienes? —dijo ella.", "Él calló."]),
        ("fr-fr", "Bonjour ! Ça va ? «Oui.» Elle sourit.", ["Bonjour !", "Ça va ?", "«Oui.»", "Elle sourit."]),
        ("fr-fr", "M. Dupont et Mme. Martin ont vu J.-C. Leroy au no. 5, av. Foch.", None),
        ("fr-fr", "Du pain, du vin, etc. Il rentra.", ["Du pain, du vin, etc.", "Il rentra."]),
        ("it", "Il sig. Rossi e la dott.ssa Bianchi, ecc. sono qui.", None),
        ("it", "È tardi. Andiamo! Perché no?", ["È tardi.", "Andiamo!", "Perché no?"]),
        ("pt-br", "O Sr. Silva e a Profa. Souza moram na av. Paulista.", None),
        ("pt-br", "Ele saiu. Ela ficou… Não é?", ["Ele saiu.", "Ela ficou…", "Não é?"]),
        ("hi", "वह गया। वह रुकी। क्यों?", ["वह गया।", "वह रुकी।", "क्यों?"]),
        ("hi", "डॉ. शर्मा आए हैं।", None),
    ],
)
def test_sentences_of_other_languages_end_where_they_do(language: str, text: str, expected: list[str] | None) -> None:
    segments = split_segments(text, language, min_words=1, max_characters=10_000)
    ends = [0, *(segment.end for segment in segments if segment.boundary == "sentence")]
    assert [text[start:end].strip() for start, end in pairwise(ends)] == (expected or [text])


@pytest.mark.parametrize("language", ["es", "fr-fr", "hi", "it", "pt-br"])
def test_other_languages_tile_any_text_in_linear_time(language: str) -> None:
    rng = random.Random(3)
    for _ in range(100):
        text = "".join(rng.choices([*"ab .,;:!?¿«»।\n\"'()-—", "Sr. ", "M. ", "ñ", "\ud800"], k=rng.randrange(1, 60)))
        assert "".join(pieces(text, language)) == text
    for unit in ("a.", "Sr. ", "(", ". ", "«", "a", "1,", "¿a"):
        began = time.process_time()
        split_segments(unit * 10_000, language)
        assert time.process_time() - began < 3


def test_a_paragraphs_end_is_told_from_a_sentences() -> None:
    sentence = "One two three four five six seven."
    text = f"{sentence} {sentence}\n{sentence}\n{sentence}"
    assert [segment.boundary for segment in split_segments(text)] == ["sentence", "paragraph", "paragraph", "sentence"]


@pytest.mark.parametrize(("early_clause_characters", "pieces"), [(0, 2), (73, 2), (74, 1), (1_000, 1)])
def test_only_a_long_first_sentence_is_begun_with_a_clause(early_clause_characters: int, pieces: int) -> None:
    text = "One two three four five six seven, one two three four five six seven more."
    assert len(text) == 74
    segments = split_segments(text, early_clause_characters=early_clause_characters)
    assert len(segments) == pieces


def test_a_first_sentence_is_a_segment_of_its_own_wherever_clauses_are_cut() -> None:
    text = "One two three four five six. Seven eight nine ten eleven twelve."
    assert len(split_segments(text, early_clause_characters=1_000)) == 2
