"""The official clients, as their makers ship them, against a real cluster with the real model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from loadtest.quality_measures import Listener
from tests.clients import tls
from tests.clients.sound import Sound, from_file
from tests.cluster import Service

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
NODE_MODULES = HERE / "node" / "node_modules"
AGENTS_PYTHON = PROJECT / ".venv-agents" / "bin" / "python"
PATIENCE_S = 120
KEY = "any key"
"""The clients insist on one; the service asks for none."""

VOICE = "af_heart"
SENTENCE = "The kettle was still warm when he came back from the garden."
SECOND_SENTENCE = "Please leave your wet umbrella beside the door."

SecondsOf = Callable[..., float]
Hear = Callable[[Sound], str]
Run = Callable[..., Any]


@pytest.fixture(scope="session")
def seconds_of(service: Service) -> SecondsOf:
    """How long a text is in the service's own HTTP API, with a voice, at a speed."""
    known: dict[tuple[str, str, float], float] = {}

    def seconds_of(text: str, voice: str = VOICE, speed: float = 1.0) -> float:
        asked = (text, voice, speed)
        if asked not in known:
            body = {"text": text, "voice": voice, "speed": speed}
            answer = httpx.post(f"{service.url}/synth_wav", json=body, timeout=60).raise_for_status()
            known[asked] = from_file(answer.content).seconds
        return known[asked]

    return seconds_of


@pytest.fixture(scope="session")
def hear() -> Hear:
    """The words in a sound, by a recogniser that knows nothing of the text."""
    listener = Listener()
    return lambda sound: " ".join(listener.hear(sound.for_hearing()).split())


@pytest.fixture(scope="session")
def secure(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tls.SecureAddress]:
    """The service behind TLS."""
    with tls.in_front_of(httpx.URL(service.url).port or 80, tmp_path_factory.mktemp("tls")) as address:
        yield address


@pytest.fixture(scope="session")
def run_agent() -> Run:
    """Runs one of the programs in ``agents`` and returns what it prints."""
    require(AGENTS_PYTHON)
    return lambda program, *arguments: _run(AGENTS_PYTHON, HERE / "agents" / program, *arguments)


@pytest.fixture(scope="session")
def run_node() -> Run:
    """Runs one of the programs in ``node`` and returns what it prints."""
    require(NODE_MODULES / ".installed")
    return lambda program, *arguments: _run(node(), HERE / "node" / program, *arguments)


def node() -> Path:
    """The Node that comes with the environment."""
    return Path(sys.executable).with_name("node")


def require(installed: Path) -> None:
    """Skips where `make clients` has not run or could not install all, but never in CI."""
    if not installed.exists():
        reason = f"There is no {installed.relative_to(PROJECT)}: `make clients` makes it."
        pytest.fail(reason) if "CI" in os.environ else pytest.skip(reason)


def _run(*command: Path | str) -> Any:
    finished = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)
