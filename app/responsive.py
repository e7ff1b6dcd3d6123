"""Which of several processes answer, told from calls that nobody took."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)

SUSPECT_AFTER_S = 0.5
"""A process that is not hung takes a call within milliseconds."""
SUSPECT_FOR_S = 15.0
"""By then one that was only slow is tried again; one that hangs has been replaced, or costs one more call a second."""


EPSILON_S = 1e-3


class Unanswered(Generic[Name]):
    """Calls that were made and not taken yet, by the process that they went to.

    Args:
        clock: seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[Name, float] = {}

    def called(self, name: Name) -> None:
        """A call goes to a process."""
        now = self._clock()
        if now - self._since.get(name, now) > SUSPECT_FOR_S:
            del self._since[name]
        self._since.setdefault(name, now)

    def silent(self, name: Name) -> None:
        """A process has fallen silent in the middle of a call."""
        self._since[name] = self._clock() - SUSPECT_AFTER_S - EPSILON_S

    def answered(self, name: Name) -> None:
        """A process has taken a call, or refused it."""
        self._since.pop(name, None)

    def is_suspect(self, name: Name) -> bool:
        """Whether a process should have answered by now."""
        since = self._since.get(name)
        return since is not None and SUSPECT_AFTER_S < self._clock() - since <= SUSPECT_FOR_S
