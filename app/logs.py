"""Whose work a line of the log is about: a session and an utterance, in every line that is written on the way."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_session: ContextVar[str] = ContextVar("session_id", default="")
_utterance: ContextVar[str] = ContextVar("utterance_id", default="")


class _Record(logging.LogRecord):
    """A line with the ids of whoever it is about, as the attributes ``session_id`` and ``utterance_id``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for variable in (_session, _utterance):
            if name := variable.get():
                setattr(self, variable.name, name)


class _Forward(logging.Handler):
    """Hands the lines of one logger to the handlers of another one, whichever that has by then."""

    def __init__(self, to: str) -> None:
        super().__init__()
        self._to = logging.getLogger(to)

    def emit(self, record: logging.LogRecord) -> None:
        if self._to.isEnabledFor(record.levelno):
            self._to.handle(record)


def install(to: str) -> None:
    """Write the lines of ``app`` where those of another logger go, and the ids into all lines of this process.

    Args:
        to: the other logger's name.
    """
    logging.setLogRecordFactory(_Record)
    own = logging.getLogger("app")
    if not any(isinstance(handler, _Forward) for handler in own.handlers):
        own.addHandler(_Forward(to))
    own.propagate = False
    own.setLevel(logging.DEBUG)  # the other logger decides


def session_id() -> str:
    """Of the session that this task works for; empty where it works for none."""
    return _session.get()


def name_task(*, session: str = "", utterance: str = "") -> None:
    """All that this task writes from now on, and the tasks that it starts, is about a session or an utterance."""
    if session:
        _session.set(session)
    if utterance:
        _utterance.set(utterance)


@contextmanager
def about(*, session: str = "", utterance: str = "") -> Iterator[None]:
    """What is written in the block is about a session or an utterance. Not for a block that yields to a caller."""
    tokens = _session.set(session or _session.get()), _utterance.set(utterance or _utterance.get())
    try:
        yield
    finally:
        _session.reset(tokens[0])
        _utterance.reset(tokens[1])
