"""All replicas of all deployments, asked at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import ray
from ray import serve
from ray.serve.handle import DeploymentHandle

from app.fleet import Answers
from app.metrics import ReplicaMetrics
from app.replica import FreedMemory, Replica, ReplicaReport

logger = logging.getLogger("ray.serve")

FREE_MEMORY_WITHIN_S = 30.0
"""Kokoro frees memory between two utterances, and on a CPU one of them may take many seconds."""


def this_replica(metrics: ReplicaMetrics, gpu_memory_bytes: Callable[[], int] = lambda: 0) -> Replica:
    """The replica that this process is, under the names that Serve knows it by."""
    context = serve.get_replica_context()
    node = ray.get_runtime_context().get_node_id()
    return Replica(context.deployment, context.replica_id.unique_id, node, metrics, gpu_memory_bytes=gpu_memory_bytes)


class RemoteFleet:
    """``app.fleet.Fleet`` over handles. Every deployment has the methods ``report`` and ``free_memory``."""

    def __init__(self, handles: Sequence[DeploymentHandle], answer_within_s: float) -> None:
        self._handles = handles
        self._answer_within_s = answer_within_s

    async def reports(self) -> dict[str, Answers[ReplicaReport]]:
        """See ``app.fleet.Fleet``."""
        return await self._ask_all("report", self._answer_within_s)

    async def free_memory(self) -> dict[str, Answers[FreedMemory]]:
        """See ``app.fleet.Fleet``."""
        return await self._ask_all("free_memory", FREE_MEMORY_WITHIN_S)

    async def _ask_all(self, method: str, within_s: float) -> dict[str, Answers[Any]]:
        answers = await asyncio.gather(*(self._ask(handle, method, within_s) for handle in self._handles))
        return {handle.deployment_name: answer for handle, answer in zip(self._handles, answers, strict=True)}

    async def _ask(self, handle: DeploymentHandle, method: str, within_s: float) -> Answers[Any]:
        until = time.monotonic() + within_s
        try:
            # Its public results_async throws all answers away when one of them does not come in time.
            calls = await asyncio.wait_for(handle.broadcast(method)._fetch_replica_results_async(), within_s)
        except Exception as error:
            logger.warning("%s could not be asked to %s: %r", handle.deployment_name, method, error)
            return Answers((), complete=False)
        left_s = until - time.monotonic()
        answers = await asyncio.gather(*(_answer(call, left_s) for call in calls), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):  # it died meanwhile, hangs, or does not work
                logger.warning("a replica of %s did not answer to %s: %r", handle.deployment_name, method, answer)
        came = tuple(answer for answer in answers if not isinstance(answer, BaseException))
        return Answers(came, complete=len(came) == len(answers))


async def _answer(call: Any, within_s: float) -> Any:
    try:
        return await asyncio.wait_for(call.get_async(), within_s)
    except asyncio.TimeoutError:
        call.cancel()
        raise
