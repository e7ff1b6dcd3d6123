"""Longer faults: the only Kokoro replica dies, a hung one is replaced by Serve itself, a node goes."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from pathlib import Path

import pytest

from tests.faults.conftest import TWO_OF_EACH
from tests.faults.fleet import Fleet, Heard, config_with, harm, running, until_whole
from tests.faults.report import tell
from tests.faults.test_lost_replicas import TEXTS, assert_same, hear, tell_pause

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
ONE_KOKORO = {"Ingress": 1, "Speech": 1, "Kokoro": 1}


async def speak(fleet: Fleet) -> list[Heard]:
    return await asyncio.gather(*(hear(fleet, number) for number in range(len(TEXTS))))


async def when_all_speak(fleet: Fleet) -> None:
    while await asyncio.to_thread(fleet.metric, "kokoro_serve_active_utterances") < 1:
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)


def test_the_only_kokoro_replica_is_killed(tmp_path: Path) -> None:
    async def disturbed(fleet: Fleet, undisturbed: list[Heard]) -> None:
        speaking = asyncio.create_task(speak(fleet))
        await when_all_speak(fleet)
        harm(fleet.processes("Kokoro")[0], signal.SIGKILL)
        heard = await speaking
        tell_pause("SIGKILL of the only Kokoro replica", heard, undisturbed)
        assert_same(heard, undisturbed)

    with running(tmp_path, config_with(ONE_KOKORO, {})) as fleet:
        asyncio.run(disturbed(fleet, asyncio.run(speak(fleet))))


def test_serve_itself_replaces_a_replica_that_hangs(fleet: Fleet) -> None:
    async def disturbed() -> None:
        [hung, _] = fleet.processes("Kokoro")
        harm(hung, signal.SIGSTOP)
        began = time.monotonic()
        try:
            while hung in await asyncio.to_thread(fleet.processes, "Kokoro") or not fleet.is_whole(**TWO_OF_EACH):
                heard = await hear(fleet, 0)
                assert heard.chars == TEXTS[0]
            tell("a Kokoro replica hangs for good", f"Serve replaced it after {time.monotonic() - began:.0f} s")
        finally:
            with contextlib.suppress(ProcessLookupError):  # as it should be
                harm(hung, signal.SIGKILL)
        await until_whole(fleet, **TWO_OF_EACH)

    asyncio.run(disturbed())


def test_a_node_is_removed(tmp_path: Path) -> None:
    async def disturbed(fleet: Fleet, undisturbed: list[Heard]) -> None:
        speaking = asyncio.create_task(speak(fleet))
        await when_all_speak(fleet)
        await asyncio.to_thread(fleet.remove_node)
        heard = await speaking
        tell_pause("a node of two is removed", heard, undisturbed)
        assert_same(heard, undisturbed)
        await until_whole(fleet, **TWO_OF_EACH)

    with running(tmp_path, config_with(TWO_OF_EACH, {}), workers=2) as fleet:
        asyncio.run(disturbed(fleet, asyncio.run(speak(fleet))))
