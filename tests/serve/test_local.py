"""``make serve`` beside a Ray cluster that runs already: it neither joins nor disturbs it, and leaves nothing.

It has TLS of its own here, so that this is tried as well.
"""

import asyncio
import os
import re
import signal
import ssl
import subprocess
import sys
import uuid
from pathlib import Path

import httpx
import pytest
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


def say(url: str, authority: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What a user does, who has been told which certificate to trust."""
    command = [sys.executable, "-m", "app.cli", "say", "Over TLS.", "--url", url]
    return subprocess.run(
        [*command, "--out", str(folder / "speech.wav")],
        cwd=PROJECT,
        env={**os.environ, "SSL_CERT_FILE": authority},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_it_speaks_beside_another_cluster_and_stops_all_of_its_own(service: Service, tmp_path: Path) -> None:
    before = await asyncio.to_thread(service.call, "Kokoro", "process_id")
    port, mark = free_port(), uuid.uuid4().hex
    environment = {
        **os.environ,
        "PORT": str(port),
        "TLS": "self-signed",
        MARK: mark,
        # As a shell that works with the other cluster has it.
        "RAY_ADDRESS": ray.get_runtime_context().gcs_address,
    }
    with (tmp_path / "output").open("w+") as output:
        runner = subprocess.Popen(
            [sys.executable, "-m", "deployments.local"], cwd=PROJECT, env=environment, stdout=output, stderr=output
        )
        try:
            url = f"https://127.0.0.1:{port}"

            def is_ready() -> bool:
                assert runner.poll() is None, (tmp_path / "output").read_text()
                return "Ctrl-C stops it." in (tmp_path / "output").read_text()

            await eventually(is_ready, within_s=120)
            (authority,) = re.findall(r"SSL_CERT_FILE=(\S+)", (tmp_path / "output").read_text())
            trusting = ssl.create_default_context(cafile=authority)
            async with httpx.AsyncClient(verify=trusting) as http:
                assert (await http.get(f"{url}/health")).status_code == 200
            async with httpx.AsyncClient() as http:
                with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                    await http.get(f"{url}/health")
            async with connect(f"wss://localhost:{port}/ws", ssl=trusting) as client:
                assert (await client.speak("Two of them at once.")).pcm
            spoken = await asyncio.to_thread(say, url, authority, tmp_path)
            assert spoken.returncode == 0, spoken.stderr
            assert len(processes_with(mark)) > 5
            async with connect(f"wss://localhost:{port}/ws", ssl=trusting) as client:
                await client.send(text="It stops when this is said. And when this is said as well.", flush=True)
                first = await client.receive()
                runner.send_signal(signal.SIGTERM)
                rest = await client.collect()
                await client.socket.wait_closed()
            assert client.socket.close_code == 1012
            assert "".join(first.chars + rest.chars) == "It stops when this is said. And when this is said as well."
            assert await asyncio.to_thread(runner.wait, 60) == 0
        finally:
            runner.kill()
            runner.wait()
        said = (tmp_path / "output").read_text()
    assert url in said
    assert said.endswith("Stopped.\n")
    await eventually(lambda: not processes_with(mark), within_s=15)
    assert await asyncio.to_thread(service.call, "Kokoro", "process_id") == before
    assert service.is_healthy()
