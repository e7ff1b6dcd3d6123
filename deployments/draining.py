"""Serve tells a replica nothing before it ends it, so the replica asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ray import serve
from ray.serve.context import _get_global_client
from ray.serve.schema import ReplicaState

from app.drain import Drain

logger = logging.getLogger("ray.serve")

ASK_EVERY_S = 1.0
SAID_EVERY = 60
"""Failures in a row of which one is logged: without a controller everything that runs goes on."""


async def watch(drain: Drain, is_ending: Callable[[], Awaitable[bool]], every_s: float = ASK_EVERY_S) -> None:
    """Begins the drain when this replica is to end; returns then.

    Args:
        drain: of this replica.
        is_ending: whether it is.
        every_s: seconds.
    """
    failures = 0
    while True:
        await asyncio.sleep(every_s)
        try:
            if await is_ending():
                logger.info("this replica is to end: its sessions come to theirs")
                drain.begin()
                return
            failures = 0
        except Exception as error:
            if failures % SAID_EVERY == 0:
                logger.warning("Serve does not say whether this replica is to end: %r", error)
            failures += 1


async def is_ending() -> bool:
    """Whether Serve lets this replica come to an end."""
    return await asyncio.to_thread(_is_ending)


def _is_ending() -> bool:
    client = _get_global_client()
    assert client is not None
    context = serve.get_replica_context()
    application = client.get_serve_details()["applications"].get(context.app_name)
    if application is None:
        return True
    replicas = application["deployments"].get(context.deployment, {}).get("replicas", [])
    states = {replica["replica_id"]: replica["state"] for replica in replicas}
    # One that is only to move elsewhere is still needed: Serve ends it when its successor runs.
    return states.get(context.replica_id.unique_id) == ReplicaState.STOPPING
