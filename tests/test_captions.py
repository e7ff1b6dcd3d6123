"""Words and cues made of characters and their times."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.captions import (
    LINE_CHARACTERS,
    LONG_PAUSE_MS,
    MAX_CUE_MS,
    MIN_CUE_MS,
    Character,
    Cue,
    Word,
    cues_of,
    without_markup,
    words_of,
)

CHARACTER_MS = 60.0
PAUSE_MS = 300.0


def timed(text: str, *, pauses: dict[int, float] | None = None) -> list[Character]:
    """Characters of 60 ms each; a full stop before a space takes 300 ms, and characters in ``pauses`` so long, ms."""
    characters, now_ms = [], 0.0
    for place, character in enumerate(text):
        is_stop = character in ".!?" and text[place + 1 : place + 2] in (" ", "\n", "")
        duration_ms = (pauses or {}).get(place, PAUSE_MS if is_stop else CHARACTER_MS)
        characters.append(Character(character, now_ms, duration_ms))
        now_ms += duration_ms
    return characters


def captions(text: str, *, pauses: dict[int, float] | None = None) -> list[Cue]:
    return cues_of(words_of(timed(text, pauses=pauses)))


def texts(cues: list[Cue]) -> list[str]:
    return [" ".join(cue.lines) for cue in cues]


def test_words_have_the_marks_round_them_and_not_their_pauses() -> None:
    assert words_of(timed('He said: "Go."\nNow')) == [
        Word("He", 0, 120),
        Word("said:", 180, 420),
        Word('"Go."', 600, 720, ends_line=True),
        Word("Now", 900, 1080),
    ]


def test_marks_alone_and_what_has_no_sound_are_words_too() -> None:
    characters = [*timed("a – b "), Character("🎉", 400, 0)]
    assert [(word.text, word.start_ms, word.end_ms) for word in words_of(characters)][1:] == [
        ("–", 120, 180),
        ("b", 240, 300),
        ("🎉", 400, 400),
    ]


def test_nothing_has_no_words_and_no_cues() -> None:
    assert words_of(timed(" \n ")) == []
    assert cues_of([]) == []


LONG_TEXT = (
    "The harbour was quiet that morning, and the only sound came from gulls. Nobody had told Dr. Okafor that the "
    "ferry would be late, so she stood at the rail with her coat buttoned up to the chin, counting the boats as they "
    "came round the point one after another in the grey light. Then it began to rain! It did not stop."
)


def test_a_cue_has_two_lines_of_42_characters_at_most_and_no_word_is_lost() -> None:
    cues = captions(LONG_TEXT)
    assert " ".join(texts(cues)) == LONG_TEXT
    assert all(1 <= len(cue.lines) <= 2 for cue in cues)
    assert max(len(line) for cue in cues for line in cue.lines) <= LINE_CHARACTERS
    assert any(len(cue.lines) == 2 for cue in cues)


def test_no_cue_overlaps_the_next_and_each_can_be_read() -> None:
    cues = captions(LONG_TEXT)
    assert all(first.end_ms <= second.start_ms for first, second in pairwise(cues))
    assert all(cue.end_ms - cue.start_ms <= MAX_CUE_MS for cue in cues)
    assert all(cue.end_ms - cue.start_ms >= 600 for cue in cues)


def test_a_cue_ends_with_its_sentence_but_not_at_an_abbreviation() -> None:
    # After "Dr." nobody pauses.
    text = "We asked for Dr. Okafor today. She came by ferry."
    assert texts(captions(text, pauses={text.index("Dr.") + 2: CHARACTER_MS})) == [
        "We asked for Dr. Okafor today.",
        "She came by ferry.",
    ]


def test_short_sentences_share_a_cue() -> None:
    assert texts(captions("Yes. No. Perhaps it is so.")) == ["Yes. No.", "Perhaps it is so."]


def test_a_line_of_the_text_ends_a_cue_even_without_a_mark() -> None:
    assert texts(captions("Roses are quite red\nViolets are quite blue")) == [
        "Roses are quite red",
        "Violets are quite blue",
    ]


def test_a_long_pause_ends_a_cue() -> None:
    cues = captions("Wait for it now", pauses={4: LONG_PAUSE_MS + CHARACTER_MS})
    assert texts(cues) == ["Wait", "for it now"]
    assert (cues[0].start_ms, cues[0].end_ms) == (0, 1000)


def test_a_short_cue_stays_until_it_is_read_or_the_next_one_begins() -> None:
    (alone,) = captions("Hi")
    assert alone == Cue(("Hi",), 0, MIN_CUE_MS)
    assert captions("Hi\n" + "Wait", pauses={2: 750})[0].end_ms == 870


def test_slow_speech_is_cut_at_seven_seconds() -> None:
    words = [Word(f"word{number}", number * 600.0, number * 600.0 + 600) for number in range(24)]
    cues = cues_of(words)
    assert all(cue.end_ms - cue.start_ms <= MAX_CUE_MS for cue in cues)
    assert len(cues) == 3


def test_two_lines_are_about_even() -> None:
    (cue,) = captions("These are five and forty characters, I think so")
    assert cue.lines == ("These are five and forty", "characters, I think so")


def test_a_word_that_is_longer_than_a_line_is_cut_and_its_time_with_it() -> None:
    address = "https://example.org/" + "a" * 80
    cues = cues_of([Word(address, 0, 3000)])
    assert "".join(line for cue in cues for line in cue.lines) == address
    assert max(len(line) for cue in cues for line in cue.lines) == LINE_CHARACTERS
    assert (cues[0].start_ms, cues[-1].start_ms) == (0, pytest.approx(2520))


def test_markup_is_no_part_of_a_caption() -> None:
    text = '<speak>Fish &amp; chips<break time="1s"/>for <emphasis>two</emphasis>, <!-- not three --> please</speak>'
    words = words_of(without_markup(timed(text)))
    assert " ".join(word.text for word in words) == "Fish & chips for two, please"
    assert words[1].start_ms == text.index("&") * CHARACTER_MS
