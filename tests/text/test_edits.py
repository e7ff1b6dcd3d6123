from __future__ import annotations

from app.text.edits import Edit, Part, replaced, rewrite, unchanged


def test_characters_outside_edits_keep_their_own_place() -> None:
    after = rewrite(unchanged("a & b"), [replaced(2, 3, "and")])
    assert after.text == "a and b"
    assert list(after.spans) == [(0, 1), (1, 2), (2, 3), (2, 3), (2, 3), (3, 4), (4, 5)]


def test_parts_have_spans_of_their_own_and_an_edit_may_say_nothing() -> None:
    edits = [Edit(0, 3, (Part("one ", 0, 1), Part("half", 2, 3))), Edit(3, 5, ())]
    after = rewrite(unchanged("1/2\\,!"), edits)
    assert after.text == "one half!"
    assert [after.spans[index] for index in (0, 3, 4, 7, 8)] == [(0, 1), (0, 1), (2, 3), (2, 3), (5, 6)]


def test_spans_of_a_second_pass_are_those_of_the_first_source() -> None:
    once = rewrite(unchanged("3 km²!"), [replaced(4, 5, "2"), replaced(5, 6, ".")])
    assert once.text == "3 km2."
    twice = rewrite(once, [replaced(2, 5, "square kilometres")])
    assert twice.text == "3 square kilometres."
    assert set(twice.spans[2:-1]) == {(2, 5)}
    assert twice.spans[-1] == (5, 6)
