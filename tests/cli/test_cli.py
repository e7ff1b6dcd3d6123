"""The command line as a whole; ``say``, ``voices`` and ``status`` have tests of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.keys import hash_of, parse_entries
from app.settings import table

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_prepare_says_why_it_cannot() -> None:
    result = run("prepare", "--source", "/nonexistent")
    assert result.exit_code == 1
    assert "'/nonexistent', which is not a folder" in result.output
    assert "Traceback" not in result.output


def test_prepare_takes_a_folder_and_tells_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir()
    (tmp_path / "config.json").write_text('{"vocab": {"a": 1}}')
    for name in ("kokoro-v1_0.pth", "voices/af_heart.pt", "voices/bf_emma.pt"):
        (tmp_path / name).touch()
    result = run("prepare", "--source", str(tmp_path), "--no-compile")
    assert (result.exit_code, result.output) == (0, f"Weights and 2 voices from folder: {tmp_path}\n")


def test_settings_prints_the_table() -> None:
    result = run("settings")
    assert (result.exit_code, result.output) == (0, table() + "\n")
    assert "| `weights.source` | `auto` |" in result.output


def key_in(output: str) -> str:
    """The one key that a command printed."""
    (key,) = re.findall(r"^  (kokoro_\S+)$", output, re.MULTILINE)
    return key


def test_key_prints_a_key_once_and_the_entry_that_it_opens() -> None:
    result = run("key", "reader", "--admin", "--max-characters-per-minute", "600")
    assert result.exit_code == 0, result.output
    (entry,) = parse_entries(result.output[result.output.index("- name:") :], Path("output"))
    assert (entry.name, entry.admin, entry.max_characters_per_minute) == ("reader", True, 600)
    assert entry.hash == hash_of(key_in(result.output))


def test_key_adds_its_entry_to_a_file_which_never_has_the_key(tmp_path: Path) -> None:
    file = tmp_path / "keys.yaml"
    keys = [key_in(run("key", name, "--file", str(file)).output) for name in ("one", "two")]
    entries = parse_entries(file.read_text(), file)
    assert [entry.name for entry in entries] == ["one", "two"]
    assert [entry.hash for entry in entries] == [hash_of(key) for key in keys]
    assert not any(key in file.read_text() for key in keys)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["key", ""], "'' cannot be the name of a key"),
        (["key", "me", "--file", "{tmp}/nowhere/keys.yaml"], "Cannot write {tmp}/nowhere/keys.yaml: No such file"),
        (["key", "me", "--file", "{tmp}/wrong.yaml"], "{tmp}/wrong.yaml must hold a list of keys"),
    ],
)
def test_key_that_cannot_be_stored_is_not_made(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "wrong.yaml").write_text("name: me\n")
    result = run(*[argument.format(tmp=tmp_path) for argument in arguments])
    assert result.exit_code == 1
    assert result.output.startswith(said.format(tmp=tmp_path))
    assert "kokoro_" not in result.output


@pytest.mark.parametrize("command", ["say", "voices", "status"])
def test_a_service_is_named_by_an_address(command: str) -> None:
    result = run(command, "--url", "localhost:8000")
    assert result.exit_code == 2
    assert "an address looks like http://127.0.0.1:8000, not 'localhost:8000'" in " ".join(
        result.output.replace("│", " ").split()
    )


def test_the_module_is_the_command_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert all(command in done.stdout for command in ("say", "voices", "status", "prepare", "key", "settings"))


@pytest.mark.parametrize("arguments", [["settings"], ["--help"]])
def test_a_reader_who_left_gets_no_traceback(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")
