"""All replicas of all deployments, asked at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import ray
from ray import serve
from ray.serve.handle import DeploymentHandle

from app.metrics import ReplicaMetrics
from app.replica import FreedMemory, Replica, ReplicaReport

logger = logging.getLogger("ray.serve")


def this_replica(metrics: ReplicaMetrics, gpu_memory_bytes: Callable[[], int] = lambda: 0) -> Replica:
    """The replica that this process is, under the names that Serve knows it by."""
    context = serve.get_replica_context()
    node = ray.get_runtime_context().get_node_id()
    return Replica(context.deployment, context.replica_id.unique_id, node, metrics, gpu_memory_bytes=gpu_memory_bytes)


class RemoteFleet:
    """``app.monitor.Fleet`` over handles. Every deployment has the methods ``report`` and ``free_memory``."""

    def __init__(self, handles: Sequence[DeploymentHandle], answer_within_s: float) -> None:
        self._handles = handles
        self._answer_within_s = answer_within_s

    async def reports(self) -> dict[str, list[ReplicaReport] | None]:
        """See ``app.monitor.Fleet``."""
        return await self._ask_all("report")

    async def free_memory(self) -> dict[str, list[FreedMemory] | None]:
        """See ``app.monitor.Fleet``."""
        return await self._ask_all("free_memory")

    async def _ask_all(self, method: str) -> dict[str, list[Any] | None]:
        answers = await asyncio.gather(*(self._ask(handle, method) for handle in self._handles))
        return {handle.deployment_name: answer for handle, answer in zip(self._handles, answers, strict=True)}

    async def _ask(self, handle: DeploymentHandle, method: str) -> list[Any] | None:
        try:
            answers = await handle.broadcast(method).results_async(
                timeout_s=self._answer_within_s, return_exceptions=True
            )
        except Exception as error:
            logger.warning("%s did not answer to %s: %r", handle.deployment_name, method, error)
            return None
        for answer in answers:
            if isinstance(answer, BaseException):  # it died meanwhile, or does not work
                logger.warning("a replica of %s did not answer to %s: %r", handle.deployment_name, method, answer)
        return [answer for answer in answers if not isinstance(answer, BaseException)] or None
