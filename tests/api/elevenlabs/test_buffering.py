"""When text is spoken that nobody flushed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.elevenlabs.buffering import DEFAULT_SCHEDULE, TextBuffer

WORD = "five, "


def generations(buffer: TextBuffer, messages: list[str]) -> list[str]:
    spoken = []
    for message in messages:
        buffer.add(message)
        if ready := buffer.take_ready():
            spoken.append(ready)
    return spoken


def test_the_schedule_says_how_much_text_is_waited_for() -> None:
    spoken = generations(TextBuffer(auto_mode=False), [WORD] * 300)

    # Words of six characters, whose last space does not count.
    assert [len(text) for text in spoken[:5]] == [126, 162, 252, 294, 294]
    assert DEFAULT_SCHEDULE == (120, 160, 250, 290)


@pytest.mark.parametrize(
    ("schedule", "first"),
    [
        ([50], 54),
        ([60.0, 90], 66),
        ([1], 54),
        ([9_999], 504),
        ([None, "60", True, float("nan")], 126),
        ([], 126),
        ("50", 126),
        (None, 126),
        ({"a": 1}, 126),
    ],
)
def test_a_schedule_is_bent_into_its_bounds(schedule: object, first: int) -> None:
    buffer = TextBuffer(auto_mode=False)
    buffer.set_schedule(schedule)
    assert len(generations(buffer, [WORD] * 100)[0]) == first


def test_a_generation_ends_with_a_sentence_else_a_clause_else_a_word() -> None:
    sentence = "This is the whole of a first sentence, and it goes on for a bit. "
    buffer = TextBuffer(auto_mode=False)
    buffer.add(f"{sentence}Then comes another one, which has no end yet and is long")
    assert buffer.take_ready() == sentence
    assert buffer.take_all() == "Then comes another one, which has no end yet and is long"

    buffer.add(
        "A clause that is as long as it has to be for this, and then more words of it that have no end in sight yet"
    )
    buffer.set_schedule([60])
    assert buffer.take_ready() == "A clause that is as long as it has to be for this, "

    buffer = TextBuffer(auto_mode=False)
    buffer.set_schedule([50])
    buffer.add("words upon words without any mark between them all the way lon")
    assert buffer.take_ready() == "", "a mark may come yet"
    buffer.add("g until the line is ful")
    assert buffer.take_ready() == "words upon words without any mark between them all the way long until the line is "


def test_a_trigger_waits_for_the_shortest_length_alone() -> None:
    buffer = TextBuffer(auto_mode=False)
    buffer.add(WORD * 8)
    assert buffer.take_ready(triggered=True) == ""
    buffer.add(WORD)
    assert buffer.take_ready() == ""
    assert buffer.take_ready(triggered=True) == WORD * 9


@pytest.mark.parametrize("end", [".", "!", "?", '."', "?) ", "…", ".\n", "! "])
def test_in_auto_mode_a_sentence_is_spoken_when_it_ends(end: str) -> None:
    buffer = TextBuffer(auto_mode=True)
    buffer.add("Well, th")
    assert buffer.take_ready() == ""
    buffer.add(f"en{end}")
    assert buffer.take_ready() == f"Well, then{end}"


def test_in_auto_mode_a_number_may_go_on_behind_its_point() -> None:
    buffer = TextBuffer(auto_mode=True)
    buffer.add("It costs 3.")
    assert buffer.take_ready() == ""
    buffer.add("50 now.")
    assert buffer.take_ready() == "It costs 3.50 now."
    buffer.add("It is 3. ")
    assert buffer.take_ready() == "It is 3. "


@pytest.mark.parametrize(
    ("one", "following", "whole"),
    [
        ("Hello, my friend.", "This is it.", "Hello, my friend. This is it."),
        ("He asked.", '"Why?"', 'He asked. "Why?"'),
        ("Hel", "lo", "Hello"),
        ("example.", "com", "example.com"),
        ("It is 3.", "14", "It is 3.14"),
        ("One. ", "Two.", "One. Two."),
        ("the U.", "S. is", "the U.S. is"),
    ],
)
def test_sentences_that_come_without_a_space_get_one(one: str, following: str, whole: str) -> None:
    buffer = TextBuffer(auto_mode=False)
    buffer.add(one)
    buffer.add(following)
    assert buffer.take_all() == whole


@given(st.booleans(), st.lists(st.text("ab .,!3\n", max_size=40), max_size=40))
def test_no_character_is_lost_or_doubled(auto_mode: bool, messages: list[str]) -> None:
    buffer = TextBuffer(auto_mode=auto_mode)
    spoken = [*generations(buffer, messages), buffer.take_all()]
    assert "".join("".join(spoken).split()) == "".join("".join(messages).split())
