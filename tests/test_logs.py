"""Ids in the lines of the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest

from app import logs


class Kept(logging.Handler):
    """Keeps what it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def kept() -> Iterator[Kept]:
    factory, own, other = logging.getLogRecordFactory(), logging.getLogger("app"), logging.getLogger("elsewhere")
    before = own.handlers[:], own.propagate, own.level
    kept = Kept()
    other.addHandler(kept)
    other.setLevel(logging.INFO)
    logs.install("elsewhere")
    yield kept
    other.removeHandler(kept)
    logging.setLogRecordFactory(factory)
    own.handlers[:], own.propagate = before[0], before[1]
    own.setLevel(before[2])


def ids(record: logging.LogRecord) -> tuple[str | None, str | None]:
    return getattr(record, "session_id", None), getattr(record, "utterance_id", None)


async def test_a_task_and_those_it_starts_write_its_ids_and_others_do_not(kept: Kept) -> None:
    async def flush(name: str) -> None:
        logs.name_task(utterance=name)
        await asyncio.sleep(0)
        logging.getLogger("app.flush").warning("in a flush")

    async def session(name: str) -> None:
        logs.name_task(session=name)
        await asyncio.gather(asyncio.create_task(flush(f"{name}-1")), asyncio.create_task(flush(f"{name}-2")))
        logging.getLogger("app.session").info("in a session")

    await asyncio.gather(asyncio.create_task(session("a")), asyncio.create_task(session("b")))
    logging.getLogger("app.start").info("in none")
    assert sorted(map(ids, kept.records), key=str) == sorted(
        [("a", "a-1"), ("a", "a-2"), ("a", None), ("b", "b-1"), ("b", "b-2"), ("b", None), (None, None)], key=str
    )


def test_a_block_is_about_somebody_and_keeps_what_it_does_not_say(kept: Kept) -> None:
    with logs.about(session="a"):
        with logs.about(utterance="u"):
            logging.getLogger("app").info("inside")
        logging.getLogger("app").info("between")
    logging.getLogger("elsewhere").info("another logger")
    assert [ids(record) for record in kept.records] == [("a", "u"), ("a", None), (None, None)]


def test_the_other_loggers_level_holds_and_installing_twice_writes_once(kept: Kept) -> None:
    logs.install("elsewhere")
    logging.getLogger("app").debug("too little")
    logging.getLogger("app").info("enough")
    assert [record.getMessage() for record in kept.records] == ["enough"]
