"""Alignments as ElevenLabs' WebSockets send them: each segment on a clock of its own.

A segment's characters come whole with its first sound, or with ``sync_alignment`` with the sound that they begin in.
Clients add the segments up by the end of their last character, so that one lasts as long as the segment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from app.api.elevenlabs.messages import AlignmentPart
from app.messages import Alignment, SegmentTiming

SPACE = " "


@dataclass(frozen=True, slots=True)
class _Character:
    """A character and when it is heard, ms from the start of its segment, which has a place in the context."""

    character: str
    start_ms: int
    duration_ms: int
    segment_start_ms: float
    segment_end_ms: float

    def begins_before(self, moment_ms: float) -> bool:
        return self.segment_end_ms <= moment_ms or self.segment_start_ms + self.start_ms < moment_ms


class AlignmentTrack:
    """The characters of a context whose sound has not come out yet.

    Args:
        sync: give each character with the sound that it begins in, not with its segment's first.
    """

    def __init__(self, *, sync: bool) -> None:
        self._sync = sync
        self._source: deque[_Character] = deque()
        self._spoken: deque[_Character] = deque()

    def begin(self, segment: SegmentTiming, context_ms: float) -> None:
        """The sound of a segment begins.

        Args:
            segment: on the clock of its flush.
            context_ms: start of the flush, from the start of the context.
        """
        self._source += _characters_of(segment, segment.alignment, context_ms, leading="")
        self._spoken += _characters_of(segment, segment.normalized_alignment, context_ms, leading=SPACE)

    def take(self, until_ms: float) -> tuple[AlignmentPart | None, AlignmentPart | None]:
        """What goes with a message of sound: ``alignment`` and ``normalizedAlignment``.

        Args:
            until_ms: where the sound ends, from the start of the context.
        """
        return self._part(self._source, until_ms), self._part(self._spoken, until_ms)

    def _part(self, waiting: deque[_Character], until_ms: float) -> AlignmentPart | None:
        part = AlignmentPart(chars=[], charStartTimesMs=[], charDurationsMs=[])
        origin_ms = waiting[0].segment_start_ms if waiting else 0.0
        while waiting and (not self._sync or waiting[0].begins_before(until_ms)):
            told = waiting.popleft()
            part["chars"].append(told.character)
            # Of another segment only where its sound is too short for a message of its own.
            part["charStartTimesMs"].append(told.start_ms + round(told.segment_start_ms - origin_ms))
            part["charDurationsMs"].append(told.duration_ms)
        return part if part["chars"] else None


def _characters_of(
    segment: SegmentTiming, alignment: Alignment, context_ms: float, leading: str
) -> Iterator[_Character]:
    """The characters without spaces at the beginning and with one at the end, which lasts until the segment ends.

    Args:
        leading: what stands before the first one.
    """
    characters = list(alignment.characters)
    length_ms = round(segment.end_ms - segment.start_ms)
    starts_ms = [min(max(0, round(start_ms - segment.start_ms)), length_ms) for start_ms in alignment.start_ms]
    durations_ms = list(alignment.duration_ms)
    sounding = [index for index, character in enumerate(characters) if not character.isspace()]
    if not sounding:
        return
    first, last = sounding[0], sounding[-1]
    if leading:
        yield _placed(segment, context_ms, leading, 0, starts_ms[first])
    for index in range(first, last + 1):
        yield _placed(segment, context_ms, characters[index], starts_ms[index], durations_ms[index])
    end_ms = min(starts_ms[last] + durations_ms[last], length_ms)
    yield _placed(segment, context_ms, SPACE, end_ms, length_ms - end_ms)


def _placed(segment: SegmentTiming, context_ms: float, character: str, start_ms: int, duration_ms: int) -> _Character:
    return _Character(character, start_ms, duration_ms, context_ms + segment.start_ms, context_ms + segment.end_ms)
