"""A service on a cluster of its own, which the tests harm. They deploy to it as operators do."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from app.client import Chunk
from app.metrics import UP
from app.resume import speak_through
from deployments import local
from deployments.config import read

STOP_WITHIN_S = 90.0
RECOVER_WITHIN_S = 180.0
QUICK = {
    "RAY_SERVE_PROXY_MIN_DRAINING_PERIOD_S": "1",
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.2",
    "RAY_SERVE_REPLICA_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "1",
    "RAY_SERVE_HANDLE_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "1",
}
"""Serve's own times are made for large clusters; shorter ones only make the tests shorter."""


@dataclass(frozen=True)
class Heard:
    """One text as a client heard it."""

    pcm: bytes
    chars: str
    start_ms: tuple[float, ...]
    arrived_at: tuple[float, ...]
    """Of each chunk, on the monotonic clock, in seconds."""
    sessions: int
    """That it took."""

    @property
    def pause_s(self) -> float:
        """The longest time between two chunks."""
        return self.pause_since(self.arrived_at[0])

    def pause_since(self, moment: float) -> float:
        """The longest time from a moment, or a later chunk, to the chunk after it."""
        later = [moment, *(at for at in self.arrived_at if at > moment)]
        return max((after - before for before, after in pairwise(later)), default=0.0)


class Fleet:
    """A running service and what can be done to it.

    Args:
        folder: for its configs.
        cluster: the process of ``tests.faults.cluster``.
        environment: that the cluster was started in.
        dashboard: the URL that one deploys through.
    """

    def __init__(
        self, folder: Path, cluster: subprocess.Popen[str], environment: dict[str, str], dashboard: str
    ) -> None:
        self.port = local.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws = f"ws://127.0.0.1:{self.port}/ws"
        self._folder = folder
        self._cluster = cluster
        self._environment = environment
        self._dashboard = dashboard

    def deploy(self, config: dict[str, Any]) -> None:
        """``serve deploy``; returns when the request was taken."""
        config["http_options"]["port"] = self.port
        path = self._folder / "config.yaml"
        path.write_text(yaml.safe_dump(config))
        command = [str(Path(sys.executable).with_name("serve")), "deploy", "-a", self._dashboard, str(path)]
        done = subprocess.run(
            command, cwd=local.PROJECT, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def remove_node(self) -> None:
        """Takes a worker node away, with all that runs there."""
        assert self._cluster.stdin is not None
        assert self._cluster.stdout is not None
        self._cluster.stdin.write("\n")
        self._cluster.stdin.flush()
        assert self._cluster.stdout.readline() == "removed\n"

    def stats(self) -> dict[str, Any]:
        """What ``GET /stats`` says."""
        answer = httpx.get(f"{self.url}/stats", timeout=30, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def processes(self, deployment: str) -> list[int]:
        """Process ids of the replicas of a deployment, in no order."""
        return [found["process_id"] for found in self.stats()["replicas"] if found["deployment"] == deployment]

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that have some labels."""
        return sum(
            sample.value
            for sample in self._samples()
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def metric_by_replica(self, name: str, deployment: str) -> dict[str, float]:
        """The same for each replica of a deployment, of one moment; asks until none of them is too slow to answer."""
        while True:
            samples = [sample for sample in self._samples() if sample.labels.get("deployment") == deployment]
            found: defaultdict[str, float] = defaultdict(float)
            for sample in samples:
                if sample.name == name:
                    found[sample.labels["replica"]] += sample.value
            if any(sample.name == UP and sample.value for sample in samples):
                return dict(found)

    def _samples(self) -> list[Sample]:
        text = httpx.get(f"{self.url}/metrics", timeout=30, trust_env=False).text
        return [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def replicas(self) -> dict[str, int]:
        """Running replicas by deployment, as ``/health`` says; nothing while it does not answer."""
        try:
            return httpx.get(f"{self.url}/health", timeout=5, trust_env=False).json().get("replicas", {})
        except (httpx.HTTPError, ValueError):
            return {}

    def is_whole(self, **replicas: int) -> bool:
        """Whether as many replicas run, and answer, as there should be."""
        try:
            running = self.replicas()
            return all(
                running.get(name) == count and len(self.processes(name)) == count for name, count in replicas.items()
            )
        except (httpx.HTTPError, KeyError):
            return False

    async def hear(self, text: str, begun: asyncio.Event | None = None, **options: Any) -> Heard:
        """Speaks a text through as many sessions as it takes; sets ``begun`` when the first sound is here."""
        chunks: list[Chunk] = []
        arrived_at: list[float] = []
        async for chunk in speak_through(self.ws, text, **options):
            if begun is not None:
                begun.set()
            arrived_at.append(time.monotonic())
            chunks.append(chunk)
        starts = [chunk.offset_ms + start for chunk in chunks for start in chunk.char_start_times_ms]
        return Heard(
            b"".join(chunk.pcm for chunk in chunks),
            "".join(character for chunk in chunks for character in chunk.chars),
            tuple(starts),
            tuple(arrived_at),
            sum(chunk.meta is not None for chunk in chunks),
        )


def harm(process_id: int, number: signal.Signals) -> None:
    """Sends a signal to a process that the test has started."""
    os.kill(process_id, number)


def config_with(replicas: dict[str, int], settings: dict[str, Any]) -> dict[str, Any]:
    """``serve_config.cpu.yaml`` with other numbers of replicas and other settings.

    Args:
        replicas: by deployment.
        settings: section to field to value, as of the config's ``args``.
    """
    config = read(local.PROJECT / "serve_config.cpu.yaml")
    application = config["applications"][0]
    for section, values in settings.items():
        application["args"][section] = {**application["args"].get(section, {}), **values}
    for deployment in application["deployments"]:
        deployment["num_replicas"] = replicas.get(deployment["name"], 1)
    return config


def replicas_in(config: dict[str, Any]) -> dict[str, int]:
    """By deployment."""
    return {deployment["name"]: deployment["num_replicas"] for deployment in config["applications"][0]["deployments"]}


@contextmanager
def running(folder: Path, config: dict[str, Any], workers: int = 0) -> Iterator[Fleet]:
    """A service that is whole.

    Args:
        folder: for its files.
        config: to deploy.
        workers: nodes besides the head; without any, the head runs the replicas.
    """
    port, log = local.free_port(), folder / "log"
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    environment = {**os.environ, **QUICK, **token}
    with log.open("wb") as errors:
        cluster = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.cluster", str(port), str(workers)],
            cwd=local.PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert cluster.stdout is not None
        assert cluster.stdout.readline() == "up\n", log.read_text("utf-8", "replace")
        fleet = Fleet(folder, cluster, environment, f"http://127.0.0.1:{port}")
        fleet.deploy(config)
        asyncio.run(until_whole(fleet, **replicas_in(config)))
        yield fleet
    finally:
        cluster.communicate(timeout=STOP_WITHIN_S)


async def until_whole(fleet: Fleet, **replicas: int) -> None:
    """Waits until the service has recovered."""
    gives_up_at = time.monotonic() + RECOVER_WITHIN_S
    while not await asyncio.to_thread(fleet.is_whole, **replicas):
        assert time.monotonic() < gives_up_at, f"not {replicas} within {RECOVER_WITHIN_S} s: {fleet.replicas()}"
        await asyncio.sleep(0.5)
