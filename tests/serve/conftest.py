"""One real Serve cluster for the whole suite, with the real model."""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from deployments import local

MAX_SESSIONS = 6
QUICK = {
    "RAY_SERVE_PROXY_MIN_DRAINING_PERIOD_S": "1",
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.2",
}


@dataclass(frozen=True)
class Service:
    """A running service."""

    url: str
    health: dict[str, Any]

    @property
    def ws(self) -> str:
        """Address of the native WebSocket."""
        return self.url.replace("http", "ws", 1) + "/ws"

    def is_healthy(self) -> bool:
        """Whether it says that it is ready, with a replica of each deployment."""
        answer = httpx.get(f"{self.url}/health")
        return answer.status_code == 200 and all(answer.json()["replicas"].values())

    def call(self, deployment: str, method: str) -> Any:
        """Call a method of one replica."""
        from ray import serve

        handle = serve.get_deployment_handle(deployment, local.APPLICATION)
        return getattr(handle, method).remote().result(timeout_s=30)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """The service of ``serve_config.cpu.yaml`` with a session limit that a test can reach."""
    os.environ.update(QUICK)
    config = local.read_config(local.PROJECT / "serve_config.cpu.yaml")
    config["applications"][0]["args"]["session"] = {"max_sessions": MAX_SESSIONS}
    with local.running("127.0.0.1", free_port(), config) as (url, health):
        yield Service(url, health)


async def eventually(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    """Wait until a condition holds that nothing announces.

    Raises:
        AssertionError: when it does not within the time.
    """
    gives_up_at = time.monotonic() + within_s
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < gives_up_at, f"not within {within_s} s"
        await asyncio.sleep(0.05)
