"""The command line, with a fake service behind a real server where it needs one."""

from __future__ import annotations

import asyncio
import re
import socket
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app, websocket_url
from app.keys import hash_of, parse_entries
from app.settings import table
from tests.fakes import FakeService, serving

WORDS = "three short words"
WORD_SAMPLES = 4_410


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """Of a service that is warm."""
    async with serving(FakeService()) as address:
        yield f"ws://{address}/ws"


async def speak(address: str, out: Path, *options: str) -> Result:
    # In a thread: the command runs a loop of its own, and the server is in this one.
    return await asyncio.to_thread(run, "speak", WORDS, "--out", str(out), "--url", address, *options)


@pytest.fixture
def deserted() -> Iterator[str]:
    """An address that refuses every connection."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield f"ws://127.0.0.1:{closed.getsockname()[1]}/ws"


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


async def test_speak_writes_a_wav_of_all_that_was_said(address: str, tmp_path: Path) -> None:
    out = tmp_path / "speech.wav"
    result = await speak(address, out)
    assert result.exit_code == 0, result.output
    assert f"{out}: 0.30 s, first chunk after" in result.output
    with wave.open(str(out)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 44_100)
        assert file.getnframes() == 3 * WORD_SAMPLES
        assert file.readframes(file.getnframes()) == b"".join(
            sample.to_bytes(2, "little") * WORD_SAMPLES for sample in (1, 2, 3)
        )


async def test_speak_asks_for_a_language(tmp_path: Path) -> None:
    service = FakeService()
    async with serving(service) as address:
        result = await speak(f"ws://{address}/ws", tmp_path / "speech.wav", "--language", "es-MX")
    assert result.exit_code == 0, result.output
    assert service.speech.requests[0].language == "es"


async def test_speak_passes_an_error_of_the_service_on(address: str, tmp_path: Path) -> None:
    result = await speak(address, tmp_path / "speech.wav", "--voice", "af_hart")
    assert result.exit_code == 1
    assert "af_hart" in result.output
    assert "(unknown_voice)" in result.output
    assert "make serve" not in result.output


def test_speak_without_a_service_says_so_in_a_sentence(deserted: str, tmp_path: Path) -> None:
    result = run("speak", "hello", "--url", deserted, "--out", str(tmp_path / "speech.wav"))
    assert result.exit_code == 1
    assert result.output.startswith(f"No service at {deserted}: ")
    assert "Start one with `make serve`." in result.output
    assert result.output.count("\n") == 1


async def test_speak_names_a_file_that_it_cannot_write(address: str, tmp_path: Path) -> None:
    out = tmp_path / "no such folder" / "speech.wav"
    result = await speak(address, out)
    assert result.exit_code == 1
    assert str(out) in result.output
    assert "make serve" not in result.output
    assert "Traceback" not in result.output


def test_speak_looks_at_its_file_before_it_asks_for_speech(deserted: str, tmp_path: Path) -> None:
    result = run("speak", "hello", "--url", deserted, "--out", str(tmp_path))
    assert result.exit_code == 1
    assert str(tmp_path) in result.output
    assert "No service" not in result.output


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/ws"),
        ("https://tts.example/", "wss://tts.example/ws"),
        ("ws://127.0.0.1:8000", "ws://127.0.0.1:8000/ws"),
        ("wss://tts.example/voice/ws?voice=am_puck", "wss://tts.example/voice/ws?voice=am_puck"),
    ],
)
def test_any_address_of_a_service_leads_to_its_websocket(given: str, expected: str) -> None:
    assert websocket_url(given) == expected


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


async def test_speak_sends_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = FakeService()
    key = service.add_key()
    async with serving(service) as address:
        url, out = f"ws://{address}/ws", tmp_path / "speech.wav"
        keyless = await speak(url, out)
        given = await speak(url, out, "--key", key)
        monkeypatch.setenv("KOKORO_SERVE_API_KEY", key)
        from_environment = await speak(url, out)
    assert keyless.exit_code == 1
    assert "(missing_api_key)" in keyless.output
    assert given.exit_code == 0, given.output
    assert from_environment.exit_code == 0
