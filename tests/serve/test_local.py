"""``make serve`` beside a Ray cluster that runs already: it neither joins nor disturbs it, and leaves nothing."""

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import httpx
import ray

from app.client import connect
from deployments.local import PROJECT, free_port
from tests.cluster import Service, eventually

MARK = "KOKORO_SERVE_TEST_MARK"


def processes_with(mark: str) -> list[str]:
    """Command lines of all processes that have the mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


async def test_it_speaks_beside_another_cluster_and_stops_all_of_its_own(service: Service, tmp_path: Path) -> None:
    before = await asyncio.to_thread(service.call, "Kokoro", "process_id")
    port, mark = free_port(), uuid.uuid4().hex
    environment = {
        **os.environ,
        "PORT": str(port),
        MARK: mark,
        # As a shell that works with the other cluster has it.
        "RAY_ADDRESS": ray.get_runtime_context().gcs_address,
    }
    with (tmp_path / "output").open("w+") as output:
        runner = subprocess.Popen(
            [sys.executable, "-m", "deployments.local"], cwd=PROJECT, env=environment, stdout=output, stderr=output
        )
        try:
            url = f"http://127.0.0.1:{port}"

            def is_ready() -> bool:
                assert runner.poll() is None, (tmp_path / "output").read_text()
                try:
                    return httpx.get(f"{url}/health").status_code == 200
                except httpx.HTTPError:
                    return False

            await eventually(is_ready, within_s=120)
            async with connect(f"ws://127.0.0.1:{port}/ws") as client:
                assert (await client.speak("Two of them at once.")).pcm
            assert len(processes_with(mark)) > 5
            runner.send_signal(signal.SIGINT)
            assert runner.wait(timeout=60) == 0
        finally:
            runner.kill()
            runner.wait()
        said = (tmp_path / "output").read_text()
    assert url in said
    assert said.endswith("Stopped.\n")
    await eventually(lambda: not processes_with(mark), within_s=15)
    assert await asyncio.to_thread(service.call, "Kokoro", "process_id") == before
    assert service.is_healthy()
