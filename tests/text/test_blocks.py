from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.blocks import BLOCK, FIRST_BLOCK, blocks

SENTENCE = "The kettle was still warm when he came back, and Dr. Smith had left. "


def test_a_short_text_is_one_block() -> None:
    assert list(blocks(SENTENCE * 10)) == [SENTENCE * 10]
    assert list(blocks("")) == [""]


def test_blocks_end_after_sentences_and_the_first_one_is_short() -> None:
    found = list(blocks(SENTENCE * 1_000))
    assert all(block.endswith("had left. ") for block in found)
    assert FIRST_BLOCK <= len(found[0]) < FIRST_BLOCK + 2 * len(SENTENCE)
    assert all(BLOCK <= len(block) < BLOCK + 2 * len(SENTENCE) for block in found[1:-1])


def test_blocks_end_after_paragraphs() -> None:
    found = list(blocks("no stop here\n\n" * 1_000))
    assert len(found) > 5
    assert all(block.endswith("here\n\n") for block in found)


@pytest.mark.parametrize("written", ["at 5 p.m. The", "on Main St. She", "of J. Smith", "in the U.S. It", "No. 5"])
def test_blocks_do_not_end_after_abbreviations(written: str) -> None:
    found = list(blocks(f"They met {written} and went straight ahead. " * 400))
    assert len(found) > 2
    assert all(block.endswith("ahead. ") for block in found)


def test_a_text_without_an_end_is_cut_between_words_or_at_last_within_one() -> None:
    assert all(block.endswith(" ") for block in list(blocks("word " * 5_000))[:-1])
    assert max(map(len, blocks("x" * 50_000))) < 10_000


@given(st.text(alphabet=st.sampled_from('aB .!?\n"1。é'), max_size=200).map(lambda text: text * 40))
def test_blocks_tile_any_text(text: str) -> None:
    assert "".join(blocks(text)) == text


@pytest.mark.parametrize("unit", ["a", "\n", " ", "a.", "! ", "abcd. ", "\"'"])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    began = time.process_time()
    assert sum(map(len, blocks(text))) == len(text)
    # About 10 ms; quadratic time would be minutes.
    assert time.process_time() - began < 1
