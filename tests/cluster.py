"""One real Serve cluster for the whole suite, with the real model; `tests/conftest.py` makes its fixtures known."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch

from app.assets import Assets
from app.keys import add_entry
from app.settings import KeyEntry
from deployments import local

MAX_SESSIONS = 6
MAX_STREAMS = 16
BROKEN_VOICE = "af_broken"
NO_KEYS = "[]\n"
QUICK = {
    "RAY_SERVE_PROXY_MIN_DRAINING_PERIOD_S": "1",
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.2",
}


@dataclass(frozen=True)
class Service:
    """A running service."""

    url: str
    health: dict[str, Any]
    keys_file: Path

    @property
    def ws(self) -> str:
        """Address of the native WebSocket."""
        return self.url.replace("http", "ws", 1) + "/ws"

    def is_healthy(self) -> bool:
        """Whether it says that it is ready, with a replica of each deployment."""
        answer = httpx.get(f"{self.url}/health")
        return answer.status_code == 200 and all(answer.json()["replicas"].values())

    @contextmanager
    def locked(self, *entries: KeyEntry) -> Iterator[None]:
        """Makes keys known for as long as the block runs; before and after it the service is open."""
        try:
            for entry in entries:
                add_entry(self.keys_file, entry)
            self._until_needs_key(True)
            yield
        finally:
            self.keys_file.write_text(NO_KEYS)
            self._until_needs_key(False)

    def _until_needs_key(self, needs_key: bool) -> None:
        gives_up_at = time.monotonic() + 30
        while httpx.get(f"{self.url}/health").json()["needs_key"] is not needs_key:
            assert time.monotonic() < gives_up_at, "the file of keys was not read again"
            time.sleep(0.1)

    def call(self, deployment: str, method: str) -> Any:
        """Call a method of one replica."""
        from ray import serve

        handle = serve.get_deployment_handle(deployment, local.APPLICATION)
        return getattr(handle, method).remote().result(timeout_s=30)


@pytest.fixture(scope="session")
def weights_with_a_broken_voice(assets: Assets, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real weights and voices, and a voice that makes the model fail: its style is no number."""
    folder = tmp_path_factory.mktemp("weights")
    for path in (assets.config_path, assets.model_path):
        (folder / path.name).symlink_to(path)
    (folder / "voices").mkdir()
    for name in assets.voices:
        path = assets.voice_path(name)
        (folder / "voices" / path.name).symlink_to(path)
    torch.save(torch.full((510, 1, 256), float("nan")), folder / "voices" / f"{BROKEN_VOICE}.pt")
    return folder


@pytest.fixture(scope="session")
def service(weights_with_a_broken_voice: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service of ``serve_config.cpu.yaml`` with limits that a test can reach, and a file of keys without any."""
    from deployments.config import read

    os.environ.update(QUICK)
    config = read(local.PROJECT / "serve_config.cpu.yaml")
    settings = config["applications"][0]["args"]
    settings["session"] = {"max_sessions": MAX_SESSIONS}
    settings["speech"] = {"max_streams": MAX_STREAMS}
    settings["weights"] = {"source": str(weights_with_a_broken_voice)}
    keys_file = tmp_path_factory.mktemp("keys") / "keys.yaml"
    keys_file.write_text(NO_KEYS)
    settings["auth"] = {"keys_file": str(keys_file)}
    with local.running("127.0.0.1", local.free_port(), config) as (url, health):
        yield Service(url, health, keys_file)


async def eventually(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    """Wait until a condition holds that nothing announces.

    Raises:
        AssertionError: when it does not within the time.
    """
    gives_up_at = time.monotonic() + within_s
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < gives_up_at, f"not within {within_s} s"
        await asyncio.sleep(0.05)
