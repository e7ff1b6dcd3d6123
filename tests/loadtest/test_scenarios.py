"""What simulated clients say."""

from __future__ import annotations

import random

import pytest

from loadtest.scenarios import SCENARIOS, ends_sentence


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_the_same_for_the_same_seed_and_always_says_something(name: str) -> None:
    turns = [[SCENARIOS[name](chance) for _ in range(50)] for chance in (random.Random(3), random.Random(3))]
    assert turns[0] == turns[1]
    assert len({turn.text for turn in turns[0]}) > 3
    assert all(turn.text.strip() and turn.think_s > 0 for turn in turns[0])


def test_some_conversations_are_interrupted_and_tokens_come_one_by_one() -> None:
    chance = random.Random(1)
    cut = [SCENARIOS["conversation"](chance).interrupted_after_s for _ in range(200)]
    assert 20 < sum(moment is not None for moment in cut) < 80
    turn = SCENARIOS["tokens"](chance)
    assert len(turn.pieces) == len(turn.text.split())
    assert turn.pause_s > 0


@pytest.mark.parametrize(
    ("piece", "ends"), [("One.", True), ('Why?" ', True), ("and, ", False), ("3.5", False), ("", False)]
)
def test_sentences_end_with_their_marks(piece: str, ends: bool) -> None:
    assert ends_sentence(piece) is ends
