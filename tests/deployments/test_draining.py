"""Asking Serve whether a replica is to end, with answers of the test's choice."""

import asyncio
import logging

import pytest

from app.drain import Drain
from app.settings import SessionSettings
from deployments.draining import watch


async def test_the_drain_begins_when_serve_says_so_and_not_before() -> None:
    drain, answers = Drain(SessionSettings), [False, False, True]
    seen = []

    async def is_ending() -> bool:
        seen.append(drain.is_begun)
        return answers.pop(0)

    await asyncio.wait_for(watch(drain, is_ending, every_s=0), 5)
    assert seen == [False, False, False]
    assert drain.is_begun
    assert answers == []


async def test_a_controller_that_is_gone_ends_nothing_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    drain, asked = Drain(SessionSettings), 0

    async def is_ending() -> bool:
        nonlocal asked
        asked += 1
        if asked <= 30:
            raise RuntimeError("the controller died")
        return True

    logger = logging.getLogger("ray.serve")
    logger.addHandler(caplog.handler)
    try:
        await asyncio.wait_for(watch(drain, is_ending, every_s=0), 5)
    finally:
        logger.removeHandler(caplog.handler)
    assert drain.is_begun
    assert caplog.text.count("the controller died") == 1
