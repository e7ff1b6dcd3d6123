"""How an utterance is cut into windows: a short one first, then longer ones, all of a few fixed sizes.

A window is decoded with a few frames of context on either side, which are thrown away. So that every window of a size
has the same shape, one near an end of the utterance is moved inwards instead of cut: an end of the utterance is then an
end of the window as well, and behaves the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

CONTEXT_FRAMES = 4
"""Frames of 25 ms on either side. The generator reaches further, but what lies beyond moves a sample by less than
0.002 of full scale (a test)."""


@dataclass(frozen=True, slots=True)
class Span:
    """Frames ``start`` to ``stop`` of an utterance, decoded by a window of a size."""

    start: int
    stop: int
    size: int
    """Frames that the window keeps at most; 0 where the whole utterance is decoded at once and exactly."""

    @property
    def frames(self) -> int:
        """Frames that it gives."""
        return self.stop - self.start


def decoded_frames(size: int) -> int:
    """Frames that a window of a size decodes, its context included."""
    return size + 2 * CONTEXT_FRAMES


def placed(span: Span, frames: int) -> int:
    """The first frame that the window for ``span`` decodes in an utterance of ``frames``."""
    return min(max(0, span.start - CONTEXT_FRAMES), frames - decoded_frames(span.size))


def plan(start: int, frames: int, sizes: Sequence[int], *, grows: bool) -> list[Span]:
    """Windows over the frames from ``start`` to the end of an utterance of ``frames``.

    Args:
        sizes: of windows, from small to large; at least the smallest must fit into the utterance.
        grows: somebody waits for the first sound: begin with the smallest size, then take one after the other.
    """
    fitting = tuple(size for size in sizes if decoded_frames(size) <= frames)
    if not fitting:
        raise ValueError(f"an utterance of {frames} frames is too short for windows of {min(sizes)}")
    chosen: list[int] = []
    left = frames - start
    if grows:
        for size in fitting[:-1]:
            if left > (fitting[-1] if chosen else size):
                chosen.append(size)
                left -= size
    while left > fitting[-1]:
        chosen.append(fitting[-1])
        left -= fitting[-1]
    chosen += sorted(_cheapest(left, fitting), reverse=True)
    spans, at = [], start
    for size in chosen:
        stop = min(at + size, frames)
        spans.append(Span(at, stop, size))
        at = stop
    return spans


@lru_cache(maxsize=1024)
def _cheapest(frames: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Sizes that cover ``frames`` with the fewest decoded ones."""
    if frames <= 0:
        return ()
    ways = [(size, *_cheapest(frames - size, sizes)) for size in sizes]
    return min(ways, key=lambda way: (sum(map(decoded_frames, way)), len(way)))
