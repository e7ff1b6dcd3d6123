"""How much at once one ingress serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Limit:
    """Counts what is open against a maximum that may change meanwhile.

    Args:
        maximum: read whenever a place is asked for.
    """

    def __init__(self, maximum: Callable[[], int]) -> None:
        self.open = 0
        self._maximum = maximum

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Holds a place for as long as the block runs; says False, and holds none, where all are taken."""
        if self.open >= self._maximum():
            yield False
            return
        self.open += 1
        try:
            yield True
        finally:
            self.open -= 1
