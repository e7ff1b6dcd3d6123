"""The README's examples, pasted as they are but for the address."""

import re
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from deployments.local import PROJECT

README = (PROJECT / "README.md").read_text("utf-8")
ADDRESS = "127.0.0.1:8000"


def block(language: str, holding: str) -> str:
    """The first code block of a language that holds a text."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return next(found for found in blocks if holding in found)


def seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (44_100, 2, 1)
        assert any(file.readframes(file.getnframes()))
        return file.getnframes() / file.getframerate()


@pytest.fixture
def address(service) -> str:
    return service.url.removeprefix("http://")


def test_the_python_client_works_when_pasted(address: str, tmp_path: Path) -> None:
    program = block("python", "websockets")
    assert len([line for line in program.splitlines() if line]) <= 12
    done = subprocess.run(
        [sys.executable, "-c", program.replace(ADDRESS, address)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "'H', 'e', 'l'" in done.stdout
    assert 0.8 < seconds(tmp_path / "hello.wav") < 3


def test_the_curl_example_works_when_pasted(address: str, tmp_path: Path) -> None:
    command = block("sh", "curl").replace(ADDRESS, address)
    subprocess.run(["bash", "-c", command], cwd=tmp_path, timeout=60, check=True)
    assert 0.8 < seconds(tmp_path / "hello.wav") < 3
