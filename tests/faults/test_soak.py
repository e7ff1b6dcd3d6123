"""Many sessions, one after the other, under a mixed load: nothing piles up.

``SOAK_SESSIONS`` and ``SOAK_MINUTES`` make it shorter or longer.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest

from app.client import ServerError, connect
from tests.faults.fleet import Fleet, config_with, running
from tests.faults.report import tell
from tests.faults.test_rude_clients import until_nothing_is_open, vanish

SESSIONS = int(os.environ.get("SOAK_SESSIONS", "2000"))
MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
SETTLED_SHARE = 0.3
"""Of the time, in which caches fill."""
MAX_SLOPE_MB_PER_HOUR = 60.0
"""A leak of 10 kB a session would be 240 MiB an hour at this pace."""
ONE_OF_EACH = {"Ingress": 1, "Speech": 1, "Kokoro": 1}

pytestmark = [pytest.mark.long, pytest.mark.timeout(MINUTES * 60 + 1_800)]


async def one_session(fleet: Fleet, chance: random.Random) -> None:
    """What one client does, of several kinds."""
    text = chance.choice(["Yes.", "It is nine.", "That was the last one of them.", "Numbers: 12, 3/4 and 5%."])
    kind = chance.random()
    if kind < 0.1:
        await vanish(fleet)
    elif kind < 0.2:
        async with httpx.AsyncClient(base_url=fleet.url, trust_env=False, timeout=60) as http:
            answer = await http.post("/v1/audio/speech", json={"model": "tts-1", "voice": "alloy", "input": text})
            assert answer.status_code == 200
    elif kind < 0.35:
        async with connect(fleet.ws) as client:
            await client.send(text=text * 3, flush=True)
            await client.receive()
            await client.send(cancel=True)
            while await client.receive() is not None:
                pass
    elif kind < 0.45:
        async with connect(fleet.ws) as client:
            with pytest.raises(ServerError):
                await client.speak(text, voice="nobody")
    else:
        async with connect(fleet.ws) as client:
            await client.speak(text)


def open_things(fleet: Fleet) -> dict[str, int]:
    """Files and threads of every replica, and what lies in shared memory."""
    found = {}
    for replica in fleet.stats()["replicas"]:
        process = psutil.Process(replica["process_id"])
        found[f"files of {replica['deployment']}"] = process.num_fds()
        found[f"threads of {replica['deployment']}"] = process.num_threads()
    found["shared memory"] = len(list(Path("/dev/shm").iterdir()))
    return found


def slope_mb_per_hour(samples: list[tuple[float, float]]) -> float:
    """Of the line through (seconds, MiB), after caches have filled."""
    settled = samples[int(len(samples) * SETTLED_SHARE) :]
    seconds, megabytes = np.array(settled).T
    return float(np.polyfit(seconds, megabytes, 1)[0] * 3600)


async def soak(fleet: Fleet) -> dict[str, Any]:
    chance = random.Random(1)
    began, done = time.monotonic(), 0
    memory: dict[str, list[tuple[float, float]]] = {}
    await one_session(fleet, random.Random(99))
    await until_nothing_is_open(fleet)
    before = await asyncio.to_thread(open_things, fleet)
    while done < SESSIONS or time.monotonic() - began < MINUTES * 60:
        await asyncio.gather(*(one_session(fleet, chance) for _ in range(4)))
        done += 4
        if done % 40 == 0:
            for replica in (await asyncio.to_thread(fleet.stats))["replicas"]:
                sample = (time.monotonic() - began, replica["memory_mb"])
                memory.setdefault(replica["deployment"], []).append(sample)
    await until_nothing_is_open(fleet)
    after = await asyncio.to_thread(open_things, fleet)
    lasted_s = time.monotonic() - began
    return {"done": done, "lasted_s": lasted_s, "memory": memory, "before": before, "after": after}


def test_nothing_piles_up(tmp_path: Path) -> None:
    with running(tmp_path, config_with(ONE_OF_EACH, {})) as fleet:
        found = asyncio.run(soak(fleet))
    slopes = {name: slope_mb_per_hour(samples) for name, samples in found["memory"].items()}
    grown = {name: found["after"][name] - count for name, count in found["before"].items()}
    told = ", ".join(f"{name} {slope:+.0f} MiB an hour" for name, slope in slopes.items())
    most = max(grown, key=lambda name: grown[name])
    tell(
        f"{found['done']:,} sessions in {found['lasted_s'] / 60:.0f} minutes of mixed load",
        f"memory: {told}; nothing left open; at most {grown[most]:+d} ({most})",
    )
    assert max(slopes.values()) < MAX_SLOPE_MB_PER_HOUR
    assert max(grown.values()) <= 8
