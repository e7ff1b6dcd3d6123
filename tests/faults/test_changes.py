"""What operators change while people listen: another version, live settings, more replicas and fewer."""

from __future__ import annotations

import asyncio
import copy
import json
import time
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.faults.conftest import TWO_OF_EACH
from tests.faults.fleet import RECOVER_WITHIN_S, Fleet, Heard, until_whole
from tests.faults.report import tell

RATE_HZ = 24_000
TEXT = "The ferry leaves at nine, and whoever misses it waits for an hour. Most of them bring something to read."


@pytest.fixture(scope="session")
def undisturbed(fleet: Fleet) -> Heard:
    return asyncio.run(hear(fleet))


async def hear(fleet: Fleet, **options: Any) -> Heard:
    return await fleet.hear(TEXT, **{"seed": 3, "sample_rate": RATE_HZ, **options})


def assert_same(heard: Heard, undisturbed: Heard) -> None:
    assert (heard.chars, len(heard.pcm), heard.start_ms) == (TEXT, len(undisturbed.pcm), undisturbed.start_ms)


def with_user_config(config: dict[str, Any], **live: dict[str, Any]) -> dict[str, Any]:
    """The config with live settings, by deployment."""
    config = copy.deepcopy(config)
    for deployment in config["applications"][0]["deployments"]:
        deployment["user_config"] = live.get(deployment["name"], {})
    return config


async def eventually(holds: Any, within_s: float = RECOVER_WITHIN_S) -> None:
    gives_up_at = time.monotonic() + within_s
    while not await holds():
        assert time.monotonic() < gives_up_at, f"not within {within_s} s"
        await asyncio.sleep(0.2)


async def test_live_settings_hold_at_once_and_restart_nothing(
    fleet: Fleet, two_of_each: dict[str, Any], undisturbed: Heard
) -> None:
    processes = {name: sorted(fleet.processes(name)) for name in TWO_OF_EACH}
    emma = await hear(fleet, voice="bf_emma")
    assert len(emma.pcm) != len(undisturbed.pcm)
    live = {
        "Ingress": {"session": {"default_voice": "bf_emma", "max_sessions": 1}},
        "Kokoro": {"kokoro": {"max_batch": 3}},
    }
    await asyncio.to_thread(fleet.deploy, with_user_config(two_of_each, **live))

    async def speaks_as_emma() -> bool:
        return len((await hear(fleet)).pcm) == len(emma.pcm)

    await eventually(speaks_as_emma)
    assert {name: sorted(fleet.processes(name)) for name in TWO_OF_EACH} == processes
    # With one session for each of two replicas the third one is too many.
    sessions = [await connect(fleet.ws) for _ in range(3)]
    await asyncio.wait([asyncio.create_task(session.wait_closed()) for session in sessions], timeout=2)
    assert (1013, "All 1 sessions are taken; try again in 5 s.") in [
        (session.close_code, session.close_reason) for session in sessions
    ]
    for session in sessions:
        await session.close()
    await asyncio.to_thread(fleet.deploy, with_user_config(two_of_each))

    async def speaks_as_before() -> bool:
        return len((await hear(fleet)).pcm) == len(undisturbed.pcm)

    await eventually(speaks_as_before)


@pytest.mark.long
async def test_a_new_version_during_ten_sessions_loses_nothing(
    fleet: Fleet, two_of_each: dict[str, Any], undisturbed: Heard
) -> None:
    before = {name: set(fleet.processes(name)) for name in TWO_OF_EACH}
    idle = await connect(fleet.ws)
    speaking = [asyncio.create_task(hear(fleet)) for _ in range(10)]
    version = copy.deepcopy(two_of_each)
    version["applications"][0]["args"]["session"] = {"idle_timeout_s": 900}
    await asyncio.to_thread(fleet.deploy, version)
    heard = await asyncio.gather(*speaking)
    for one in heard:
        assert_same(one, undisturbed)

    async def is_replaced() -> bool:
        return all(
            len(found := fleet.processes(name)) == TWO_OF_EACH[name] and before[name].isdisjoint(found)
            for name in TWO_OF_EACH
        )

    # Who talks on meanwhile is told to go elsewhere, and does.
    while not await is_replaced():
        heard += await asyncio.gather(*(hear(fleet) for _ in range(3)))
    for one in heard:
        assert_same(one, undisturbed)
    assert json.loads(await idle.recv()) == {"going_away": True, "reconnect_within_ms": 60_000}
    await idle.wait_closed()
    assert idle.close_code == 1012
    longest_s = max(one.pause_s for one in heard)
    moved = sum(one.sessions > 1 for one in heard)
    tell(
        "`serve deploy` of another version during 10 speaking sessions",
        f"all of {len(heard)} texts complete, {moved} in two sessions; the longest pause was {longest_s:.1f} s, "
        f"with one session {undisturbed.pause_s:.1f} s; an idle session was told to go and closed with 1012",
    )


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_load_brings_a_kokoro_replica_and_quiet_takes_it_away(
    fleet: Fleet, two_of_each: dict[str, Any], undisturbed: Heard
) -> None:
    scaling = copy.deepcopy(two_of_each)
    for deployment in scaling["applications"][0]["deployments"]:
        if deployment["name"] == "Kokoro":
            del deployment["num_replicas"]
            deployment["autoscaling_config"] = {
                "min_replicas": 1,
                "max_replicas": 2,
                "upscale_delay_s": 1,
                "downscale_delay_s": 3,
                "look_back_period_s": 3,
                "policy": {
                    "policy_function": "deployments.autoscaling:KokoroPolicy",
                    "policy_kwargs": {"target_audio_s": 8, "late_above_ms": 2_000},
                },
            }
    await asyncio.to_thread(fleet.deploy, scaling)
    await until_whole(fleet, **{**TWO_OF_EACH, "Kokoro": 1})
    heard: list[Heard] = []

    async def ramp() -> None:
        while True:
            heard.extend(await asyncio.gather(*(hear(fleet) for _ in range(6))))

    began, load = time.monotonic(), asyncio.create_task(ramp())
    try:
        await until_whole(fleet, **TWO_OF_EACH)
        grew_s = time.monotonic() - began
    finally:
        load.cancel()
        await asyncio.wait({load})
    quiet = asyncio.create_task(hear(fleet))
    began = time.monotonic()
    await until_whole(fleet, **{**TWO_OF_EACH, "Kokoro": 1})
    shrank_s = time.monotonic() - began
    heard += [await quiet, await hear(fleet)]
    for one in heard:
        assert_same(one, undisturbed)
    tell(
        "six speakers on one Kokoro replica, then quiet",
        f"a second replica was there after {grew_s:.0f} s and gone {shrank_s:.0f} s after the last text; all complete",
    )
    await asyncio.to_thread(fleet.deploy, two_of_each)
    await until_whole(fleet, **TWO_OF_EACH)
