"""The README's programs for the official clients, run as they are but for the address."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from loadtest.quality_measures import plain
from tests.clients.conftest import NODE_MODULES, Hear, node, require
from tests.clients.sound import from_file
from tests.cluster import Service
from tests.serve.test_readme import ADDRESS, block

TEXT = "Hello from Kokoro."


@pytest.mark.parametrize(
    ("language", "package", "file"),
    [
        ("python", "elevenlabs.client", "hello.py"),
        ("python", "openai", "hello.py"),
        ("js", "@elevenlabs/elevenlabs-js", "hello.mjs"),
    ],
)
def test_a_program_works_when_pasted(
    service: Service, hear: Hear, tmp_path: Path, language: str, package: str, file: str
) -> None:
    program = block(language, package)
    assert TEXT in program
    (tmp_path / file).write_text(program.replace(ADDRESS, service.url.removeprefix("http://")))
    interpreter = Path(sys.executable)
    if language == "js":
        require(NODE_MODULES / ".installed")
        (tmp_path / "node_modules").symlink_to(NODE_MODULES)
        interpreter = node()
    done = subprocess.run([interpreter, file], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    sound = from_file((tmp_path / "hello.mp3").read_bytes())
    assert 0.8 < sound.seconds < 3
    assert hear(sound).startswith(plain("Hello from"))
