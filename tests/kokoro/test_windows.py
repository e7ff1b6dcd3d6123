"""How utterances are cut into windows: what holds for each of many random ones."""

import math
import random
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from app.kokoro.windows import CONTEXT_FRAMES, Span, decoded_frames, placed, plan
from app.settings import KokoroSettings


class Cut(NamedTuple):
    """A case, and what came of it."""

    start: int
    frames: int
    sizes: Sequence[int]
    grows: bool
    spans: list[Span]

    @property
    def fitting(self) -> list[int]:
        return [size for size in self.sizes if decoded_frames(size) <= self.frames]


def cuts(*, grows: Sequence[bool] = (False, True), number: int = 400) -> list[Cut]:
    """The same ones each time; half of them with the sizes that are the default."""
    chance = random.Random(20)
    found = []
    for place in range(number):
        sizes = KokoroSettings().window_frames
        if place % 2:
            sizes = tuple(sorted(chance.sample(range(4, 120), chance.randint(1, 4))))
        frames = chance.randint(decoded_frames(sizes[0]), chance.choice((100, 1600)) + decoded_frames(sizes[0]))
        start = chance.choice((0, chance.randrange(frames)))
        found += [Cut(start, frames, sizes, each, plan(start, frames, sizes, grows=each)) for each in grows]
    return found


def test_windows_tile_the_utterance_from_the_start_to_its_end() -> None:
    for cut in cuts():
        edges = [cut.start, *[span.stop for span in cut.spans]]
        assert [span.start for span in cut.spans] == edges[:-1], cut
        assert edges[-1] == cut.frames, cut


def test_no_window_is_empty_or_longer_than_its_size() -> None:
    for cut in cuts():
        assert all(1 <= span.frames <= span.size for span in cut.spans), cut


def test_only_the_last_window_is_not_filled() -> None:
    for cut in cuts():
        assert all(span.frames == span.size for span in cut.spans[:-1]), cut


def test_all_windows_have_sizes_that_fit_into_the_utterance() -> None:
    for cut in cuts():
        assert {span.size for span in cut.spans} <= set(cut.fitting), cut


def test_a_growing_plan_begins_with_the_smallest_size() -> None:
    for cut in cuts(grows=[True]):
        assert cut.spans[0].size == cut.sizes[0], cut


def test_a_growing_plan_takes_every_size_before_the_largest_is_repeated() -> None:
    for cut in cuts(grows=[True]):
        if cut.frames - cut.start > sum(cut.fitting):
            assert [span.size for span in cut.spans[: len(cut.fitting)]] == cut.fitting, cut


def test_a_plan_that_does_not_grow_begins_with_the_largest_size() -> None:
    for cut in cuts(grows=[False]):
        assert [span.size for span in cut.spans] == sorted((span.size for span in cut.spans), reverse=True), cut
        if cut.frames - cut.start >= cut.fitting[-1]:
            assert cut.spans[0].size == cut.fitting[-1], cut


def test_every_window_lies_inside_the_utterance() -> None:
    for cut in cuts():
        for span in cut.spans:
            assert 0 <= placed(span, cut.frames) <= cut.frames - decoded_frames(span.size), cut


def test_every_window_has_its_context_or_ends_where_the_utterance_does() -> None:
    for cut in cuts():
        for span in cut.spans:
            begin = placed(span, cut.frames)
            end = begin + decoded_frames(span.size)
            assert begin == 0 or begin <= span.start - CONTEXT_FRAMES, cut
            assert end == cut.frames or end >= span.stop + CONTEXT_FRAMES, cut


def test_no_more_is_decoded_than_with_the_largest_size_alone() -> None:
    for cut in cuts(grows=[False]):
        windows = math.ceil((cut.frames - cut.start) / cut.fitting[-1])
        assert sum(decoded_frames(span.size) for span in cut.spans) <= windows * decoded_frames(cut.fitting[-1]), cut


def test_growing_costs_no_more_than_one_window_of_each_smaller_size() -> None:
    for cut in cuts(grows=[True]):
        windows = math.ceil((cut.frames - cut.start) / cut.fitting[-1])
        bound = windows * decoded_frames(cut.fitting[-1]) + sum(map(decoded_frames, cut.fitting[:-1]))
        assert sum(decoded_frames(span.size) for span in cut.spans) <= bound, cut


@pytest.mark.parametrize(
    ("left", "sizes"), [(12, [12]), (13, [28]), (30, [28, 12]), (41, [56]), (57, [56, 12]), (112, [56, 56])]
)
def test_the_rest_is_covered_with_the_fewest_decoded_frames(left: int, sizes: list[int]) -> None:
    assert [span.size for span in plan(88, 88 + left, (12, 28, 56), grows=False)] == sizes


@pytest.mark.parametrize(("left", "sizes"), [(12, [12]), (50, [12, 28, 12]), (56, [12, 56]), (69, [12, 28, 28, 12])])
def test_a_growing_plan_covers_its_rest_with_the_fewest_too(left: int, sizes: list[int]) -> None:
    assert [span.size for span in plan(88, 88 + left, (12, 28, 56), grows=True)] == sizes


def test_nothing_is_left_to_plan_at_the_end() -> None:
    assert plan(100, 100, (12, 28, 56), grows=True) == []


@pytest.mark.parametrize("grows", [False, True])
def test_an_utterance_that_the_smallest_window_does_not_fit_into_is_refused(grows: bool) -> None:
    assert plan(0, decoded_frames(12), (12, 28), grows=grows)
    with pytest.raises(ValueError, match="19 frames is too short for windows of 12"):
        plan(0, decoded_frames(12) - 1, (12, 28), grows=grows)
