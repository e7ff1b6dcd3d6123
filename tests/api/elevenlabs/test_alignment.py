"""Characters on the clock of their segment."""

from __future__ import annotations

import math
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from app.api.elevenlabs.alignment import AlignmentTrack
from app.messages import Alignment, SegmentTiming


def segment(text: str, start_ms: float, end_ms: float, spoken: str | None = None) -> SegmentTiming:
    """Characters of 10 ms each from the start on."""

    def aligned(characters: str) -> Alignment:
        starts_ms = tuple(round(start_ms) + 10 * place for place in range(len(characters)))
        return Alignment(tuple(characters), starts_ms, (10,) * len(characters))

    return SegmentTiming(start_ms, end_ms, aligned(text), aligned(text if spoken is None else spoken))


def test_a_segment_comes_whole_and_lasts_until_its_end() -> None:
    track = AlignmentTrack(sync=False)
    track.begin(segment("Hi 5.", 0, 300, "Hi five."), 0)
    alignment, normalized = track.take(100)
    assert alignment == {
        "chars": ["H", "i", " ", "5", ".", " "],
        "charStartTimesMs": [0, 10, 20, 30, 40, 50],
        "charDurationsMs": [10, 10, 10, 10, 10, 250],
    }
    assert normalized is not None
    assert "".join(normalized["chars"]) == " Hi five. "
    assert normalized["charStartTimesMs"][:3] == [0, 0, 10]
    assert track.take(200) == (None, None)


def test_each_segment_begins_at_nought() -> None:
    track = AlignmentTrack(sync=False)
    track.begin(segment("One. ", 0, 300), 1000)
    track.take(1300)
    track.begin(segment("Two.", 300, 500), 1000)
    alignment, _ = track.take(1500)
    assert alignment is not None
    assert alignment["chars"] == ["T", "w", "o", ".", " "]
    assert alignment["charStartTimesMs"] == [0, 10, 20, 30, 40]
    assert alignment["charDurationsMs"][-1] == 160


def test_spaces_around_a_segment_become_the_one_behind_it() -> None:
    track = AlignmentTrack(sync=False)
    track.begin(segment("\n Hi.\n\n", 0, 100), 0)
    alignment, normalized = track.take(100)
    assert alignment is not None
    assert normalized is not None
    assert alignment["chars"] == ["H", "i", ".", " "]
    assert alignment["charStartTimesMs"] == [20, 30, 40, 50]
    assert alignment["charDurationsMs"][-1] == 50
    assert (normalized["chars"][0], normalized["charDurationsMs"][0]) == (" ", 20)


def test_a_segment_of_spaces_has_no_alignment() -> None:
    track = AlignmentTrack(sync=False)
    track.begin(segment("  ", 0, 100), 0)
    assert track.take(100) == (None, None)


def test_segments_without_a_message_between_them_are_told_on_the_clock_of_the_first() -> None:
    track = AlignmentTrack(sync=False)
    track.begin(segment("A.", 0, 50), 200)
    track.begin(segment("B.", 0, 100), 250)
    alignment, _ = track.take(math.inf)
    assert alignment is not None
    assert alignment["chars"] == ["A", ".", " ", "B", ".", " "]
    assert alignment["charStartTimesMs"] == [0, 10, 20, 50, 60, 70]
    assert alignment["charStartTimesMs"][-1] + alignment["charDurationsMs"][-1] == 150


def test_in_sync_a_character_comes_with_the_sound_it_begins_in() -> None:
    track = AlignmentTrack(sync=True)
    track.begin(segment("abcdef", 0, 200), 500)
    parts = [track.take(500 + moment_ms)[0] for moment_ms in (15, 30, 100, 150, 200)]
    assert ["".join(part["chars"]) if part else None for part in parts] == ["ab", "c", "def ", None, None]
    assert parts[1] is not None
    assert parts[1]["charStartTimesMs"] == [20]


@given(
    st.lists(st.tuples(st.text("ab .", max_size=12), st.integers(0, 400)), max_size=6),
    st.lists(st.integers(1, 100), min_size=1, max_size=50),
)
def test_in_sync_every_character_is_told_once_and_in_order(parts: list[tuple[str, int]], steps_ms: list[int]) -> None:
    track, whole = AlignmentTrack(sync=True), AlignmentTrack(sync=False)
    start_ms, told = 0, []
    for text, length_ms in parts:
        part = segment(text, 0, length_ms)
        track.begin(part, start_ms)
        whole.begin(part, start_ms)
        for moment_ms in accumulate(steps_ms):
            if moment_ms <= length_ms:
                alignment, _ = track.take(start_ms + moment_ms)
                told += alignment["chars"] if alignment else []
                assert not alignment or alignment["charStartTimesMs"] == sorted(alignment["charStartTimesMs"])
        start_ms += length_ms
    rest, _ = track.take(math.inf)
    told += rest["chars"] if rest else []
    all_at_once, _ = whole.take(math.inf)
    assert told == (all_at_once["chars"] if all_at_once else [])
