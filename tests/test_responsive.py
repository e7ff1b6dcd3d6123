"""Who answers, on a clock of the test."""

from app.responsive import SUSPECT_AFTER_S, SUSPECT_FOR_S, Unanswered
from tests.fakes import FakeClock


def test_one_who_takes_no_call_is_suspect_until_it_takes_one() -> None:
    clock = FakeClock()
    unanswered: Unanswered[str] = Unanswered(clock)
    unanswered.called("a")
    unanswered.called("b")
    assert not unanswered.is_suspect("a")
    unanswered.answered("b")
    clock.advance(SUSPECT_AFTER_S + 0.1)
    assert [unanswered.is_suspect(name) for name in ("a", "b", "c")] == [True, False, False]
    unanswered.answered("a")
    assert not unanswered.is_suspect("a")


def test_the_oldest_call_counts() -> None:
    clock = FakeClock()
    unanswered: Unanswered[str] = Unanswered(clock)
    unanswered.called("a")
    clock.advance(SUSPECT_AFTER_S)
    unanswered.called("a")
    clock.advance(0.1)
    assert unanswered.is_suspect("a")


def test_after_a_while_it_is_tried_again() -> None:
    clock = FakeClock()
    unanswered: Unanswered[str] = Unanswered(clock)
    unanswered.called("a")
    clock.advance(SUSPECT_FOR_S + 1)
    assert not unanswered.is_suspect("a")
    unanswered.called("a")
    assert not unanswered.is_suspect("a")
    clock.advance(SUSPECT_AFTER_S + 0.1)
    assert unanswered.is_suspect("a")


def test_one_who_falls_silent_is_suspect_at_once() -> None:
    clock = FakeClock()
    unanswered: Unanswered[str] = Unanswered(clock)
    unanswered.silent("a")
    assert unanswered.is_suspect("a")
    clock.advance(SUSPECT_FOR_S)
    assert not unanswered.is_suspect("a")
