"""``kokoro-serve say``, in this process where that will do, else as a program of its own with real pipes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import wave
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import webvtt
from typer.testing import CliRunner, Result

from app.cli import app, say_command
from app.cli.loudspeaker import NoLoudspeaker
from app.messages import SynthesisFailed
from tests.fakes import FakeService, serving

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
"""A program has started within that even on a busy machine."""
WORDS = "three short words"
WORD_SAMPLES = 4_410
SPOKEN = [b"\1\0" * WORD_SAMPLES, b"\2\0" * WORD_SAMPLES, b"\3\0" * WORD_SAMPLES]


@pytest.fixture
async def service() -> FakeService:
    return FakeService()


@pytest.fixture
async def address(service: FakeService) -> AsyncIterator[str]:
    async with serving(service) as address:
        yield f"http://{address}"


@pytest.fixture
def deserted() -> Iterator[str]:
    """An address that refuses every connection."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{closed.getsockname()[1]}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The present folder, where files go that have no other place."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["say", *arguments])


async def say(url: str, *arguments: str) -> Result:
    # In a thread: the command runs a loop of its own, and the server is in this one.
    return await asyncio.to_thread(run, *arguments, "--url", url)


async def program(url: str, *arguments: str, stdout: int = PIPE) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.cli",
        "say",
        *arguments,
        "--url",
        url,
        stdin=PIPE,
        stdout=stdout,
        stderr=PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def error_in(result: Result) -> str:
    """What is said in the frame of a wrong option, on one line."""
    return " ".join(result.output.replace("│", " ").split())


def pcm_of(file: str) -> bytes:
    with wave.open(file) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (1, 2, 44_100)
        return read.readframes(read.getnframes())


def exists(file: str) -> bool:
    return Path(file).exists()


def content(file: str) -> bytes:
    return Path(file).read_bytes()


async def test_a_wav_has_all_that_was_said_and_one_line_tells_of_it(address: str) -> None:
    result = await say(address, WORDS)
    assert result.exit_code == 0, result.output
    assert re.fullmatch(
        r"speech\.wav: 0\.30 s, first chunk after \d+ ms, first sound here after \d+ ms, real-time factor \d+\.\d\d\n",
        result.output,
    )
    assert pcm_of("speech.wav") == b"".join(SPOKEN)


async def test_quiet_says_nothing(address: str) -> None:
    result = await say(address, WORDS, "--quiet", "--out", "other.wav")
    assert (result.exit_code, result.output) == (0, "")
    assert exists("other.wav")


async def test_all_options_reach_the_service(service: FakeService, address: str) -> None:
    result = await say(
        address, WORDS, "--voice", "af_bella(2)+bf_emma", "--speed", "1.25", "--language", "es-MX", "--seed", "7",
        "--sample-rate", "24000", "--ssml", "--no-normalize",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    (request,) = service.speech.requests
    assert (request.text, request.speed, request.language, request.seed) == (WORDS, 1.25, "es", 7)
    assert request.voice.startswith("af_bella(0.66")
    assert (request.sample_rate_hz, request.ssml, request.normalize) == (24_000, True, False)


async def test_the_format_follows_the_name_or_the_option(address: str) -> None:
    for arguments in (["--out", "hello.mp3"], ["--format", "flac"], ["--out", "hello", "--format", "opus"]):
        result = await say(address, WORDS, *arguments)
        assert result.exit_code == 0, result.output
    assert content("hello.mp3")[:1] == b"\xff"
    assert content("speech.flac").startswith(b"fLaC")
    assert content("hello").startswith(b"OggS")


async def test_each_line_is_spoken_before_the_next_one_is_written(service: FakeService, address: str) -> None:
    process = await program(address, "--out", "-", "--format", "pcm")
    assert process.stdin is not None
    assert process.stdout is not None
    for number, line in enumerate(("One line", "and another", "and the last")):
        process.stdin.write(f"{line}\n\n".encode())
        await process.stdin.drain()
        heard = await asyncio.wait_for(process.stdout.readexactly(2 * 2 * WORD_SAMPLES), PATIENCE_S)
        assert heard == SPOKEN[0] + SPOKEN[1]
        assert len(service.speech.requests) == number + 1
        if number == 2:
            heard = await asyncio.wait_for(process.stdout.readexactly(2 * WORD_SAMPLES), PATIENCE_S)
    process.stdin.close()
    out, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert (process.returncode, out) == (0, b"")
    assert errors.decode().startswith("Said: 0.70 s, first chunk after ")
    assert [request.text for request in service.speech.requests] == ["One line", "and another", "and the last"]


async def test_a_dropped_session_goes_on(service: FakeService, address: str) -> None:
    service.speech.hold(0, 1)
    saying = asyncio.create_task(say(address, WORDS, "--timings", "json"))
    await service.speech.hold(0, 1).reached()
    await service.break_off()
    result = await saying
    assert result.exit_code == 0, result.output
    assert pcm_of("speech.wav") == b"".join(SPOKEN)
    found = json.loads(content("speech.json"))
    assert "".join(character["text"] for character in found["characters"]) == WORDS + "\n"
    assert [word["start_ms"] for word in found["words"]] == [0, 100, 200]


async def test_times_lie_beside_the_sound(address: str) -> None:
    for timings in ("srt", "vtt", "json"):
        result = await say(address, WORDS, "--out", "hello.ogg", "--timings", timings)
        assert result.exit_code == 0, result.output
        assert result.output.startswith(f"hello.ogg and hello.{timings}: 0.30 s")
    for captions in (webvtt.from_srt("hello.srt"), webvtt.read("hello.vtt", strict=True)):
        assert [(caption.start, caption.end, caption.text) for caption in captions] == [
            ("00:00:00.000", "00:00:01.000", WORDS)
        ]
    assert json.loads(content("hello.json"))["sample_rate_hz"] == 48_000


async def test_the_loudspeaker_and_a_file_get_the_same(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = []

    class Loudspeaker:
        def __init__(self, sample_rate_hz: int) -> None:
            self.pcm = b""
            assert sample_rate_hz == 44_100

        def write(self, pcm: bytes) -> None:
            self.pcm += pcm

        async def played(self) -> None:
            done.append(self.pcm)

        def finish(self) -> None:
            done.append("finished")

    monkeypatch.setattr(say_command, "Loudspeaker", Loudspeaker)
    alone = await say(address, WORDS, "--play", "--timings", "srt")
    assert alone.exit_code == 0, alone.output
    assert alone.output.startswith("speech.srt: 0.30 s")
    assert done == [b"".join(SPOKEN), "finished"]
    assert not exists("speech.wav")
    both = await say(address, WORDS, "--play", "--out", "hello.wav")
    assert both.exit_code == 0, both.output
    assert pcm_of("hello.wav") == done[2]


def test_without_a_loudspeaker_nothing_is_asked_for(deserted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(sample_rate_hz: int) -> None:
        raise NoLoudspeaker("This machine has no sound system: write a file with --out.")

    monkeypatch.setattr(say_command, "Loudspeaker", none)
    result = run("hello", "--play", "--url", deserted)
    assert (result.exit_code, result.output) == (1, "This machine has no sound system: write a file with --out.\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--voice", "af_hart"], "af_heart"),
        (["--voice", "nobody"], "`kokoro-serve voices` lists all voices."),
        (["--language", "ja"], "(unsupported_language)"),
    ],
)
async def test_an_error_of_the_service_is_passed_on_and_no_file_made(
    address: str, arguments: list[str], said: str
) -> None:
    result = await say(address, WORDS, *arguments)
    assert result.exit_code == 1
    assert said in result.output
    assert "make serve" not in result.output
    assert result.output.count("\n") == 1
    assert not exists("speech.wav")


async def test_a_text_that_is_too_long_is_better_piped_in(service: FakeService, address: str) -> None:
    service.configure(max_buffered_characters=10)
    result = await say(address, WORDS)
    assert result.exit_code == 1
    assert "spoken line by line, however much it is" in result.output


async def test_what_came_before_a_failure_is_kept_and_told(service: FakeService, address: str) -> None:
    service.speech.fail(0, 2, SynthesisFailed("The model lost its voice."))
    result = await say(address, WORDS, "--timings", "srt")
    assert result.exit_code == 1
    assert result.output == (
        "The model lost its voice. (synthesis_failed) What came until then, 0.20 s, is in speech.wav and speech.srt.\n"
    )
    assert pcm_of("speech.wav") == SPOKEN[0] + SPOKEN[1]
    assert [caption.text for caption in webvtt.from_srt("speech.srt")] == ["three short"]


async def test_a_full_service_is_told_in_its_own_words(service: FakeService, address: str) -> None:
    service.configure(max_sessions=0)
    result = await say(address, WORDS)
    assert result.exit_code == 1
    assert result.output.startswith("The service closed the session: ")
    assert result.output.count("\n") == 1


def test_without_a_service_it_says_so_in_a_sentence(deserted: str) -> None:
    result = run("hello", "--url", deserted)
    assert result.exit_code == 1
    assert result.output.startswith(f"No service at {deserted}: ")
    assert "Start one with `make serve`." in result.output
    assert result.output.count("\n") == 1


async def test_an_address_without_a_session_is_told(address: str) -> None:
    result = await say(f"{address}/nowhere", WORDS)
    assert result.exit_code == 1
    assert result.output.startswith(f"Cannot open a session at {address}/nowhere: ")


@pytest.mark.parametrize(("out", "code"), [("nowhere/speech.wav", 1), (".wav/", 2), ("speech.txt", 2)])
def test_it_looks_at_its_file_before_it_asks_for_speech(deserted: str, out: str, code: int) -> None:
    result = run("hello", "--url", deserted, "--out", out)
    assert result.exit_code == code
    assert out.strip("/") in error_in(result)
    assert "No service" not in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([""], "it is empty: there is nothing to say"),
        (["hi", "--speed", "3"], "less than or equal to 2"),
        (["hi", "--sample-rate", "44000"], "must be one of 8000"),
        (["hi", "--format", "mp4"], "'mp4' is not one of"),
        (["hi", "--timings", "srt", "--format", "wav", "--out", "a.srt"], "would overwrite the sound in a.srt"),
    ],
)
def test_wrong_usage_is_told_and_nothing_asked_for(deserted: str, arguments: list[str], said: str) -> None:
    result = run(*arguments, "--url", deserted)
    assert result.exit_code == 2
    assert said in error_in(result)


async def test_a_text_without_a_sound_makes_no_file(service: FakeService, address: str) -> None:
    service.speech.is_mute = True
    result = await say(address, "🎉")
    assert (result.exit_code, result.output) == (1, "Nothing in the text has a sound: nothing was said or written.\n")
    assert not exists("speech.wav")


async def test_an_empty_input_is_told(address: str) -> None:
    process = await program(address, "-")
    out, errors = await asyncio.wait_for(process.communicate(b"\n \n"), PATIENCE_S)
    assert (process.returncode, out) == (1, b"")
    assert errors == b"Standard input held no text: nothing was said or written.\n"


async def test_the_key_comes_from_the_option_or_the_environment(
    service: FakeService, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = service.add_key()
    keyless = await say(address, WORDS)
    assert keyless.exit_code == 1
    assert "(missing_api_key) Here it is given with --key or the variable KOKORO_SERVE_API_KEY." in keyless.output
    assert (await say(address, WORDS, "--key", key)).exit_code == 0
    monkeypatch.setenv("KOKORO_SERVE_API_KEY", key)
    assert (await say(address, WORDS)).exit_code == 0


async def until_written(process: Process, pcm: bytes) -> None:
    """Waits until the file has this sound; before its header is written it is no WAV file."""
    gives_up_at = time.monotonic() + PATIENCE_S
    while True:
        with suppress(FileNotFoundError, EOFError, wave.Error):
            if pcm_of("speech.wav") == pcm:
                return
        assert process.returncode is None
        assert time.monotonic() < gives_up_at
        await asyncio.sleep(0.02)


async def test_ctrl_c_keeps_a_valid_file_of_what_came(service: FakeService, address: str) -> None:
    service.speech.hold(0, 2)
    process = await program(address, WORDS, "--timings", "vtt")
    await until_written(process, SPOKEN[0] + SPOKEN[1])
    process.send_signal(signal.SIGINT)
    out, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert (process.returncode, out) == (130, b"")
    assert errors == b"Interrupted. What came until then, 0.20 s, is in speech.wav and speech.vtt.\n"
    assert pcm_of("speech.wav") == SPOKEN[0] + SPOKEN[1]
    assert webvtt.read("speech.vtt").captions[0].text == "three short"


async def test_ctrl_c_while_it_waits_for_a_line_ends_it(service: FakeService, address: str) -> None:
    process = await program(address)
    assert process.stdin is not None
    process.stdin.write(b"One\n")
    await until_written(process, SPOKEN[0])
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.wait(), PATIENCE_S)
    assert process.stderr is not None
    assert process.returncode == 130
    assert await process.stderr.read() == b"Interrupted. What came until then, 0.10 s, is in speech.wav.\n"


async def test_a_reader_who_leaves_ends_it_without_a_word(service: FakeService, address: str) -> None:
    gate = service.speech.hold(0, 1)
    reading, writing = os.pipe()
    process = await program(address, WORDS + " and more" * 20, "--out", "-", stdout=writing)
    os.close(writing)
    heard = await asyncio.to_thread(os.read, reading, 44)
    assert heard.startswith(b"RIFF")
    os.close(reading)
    gate.open()
    _, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert (process.returncode, errors) == (1, b"")


async def test_a_reader_who_leaves_before_the_end_of_a_short_sound_ends_it_without_a_word(address: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = await program(address, WORDS, "--out", "-", "--format", "mp3", stdout=writing)
    os.close(writing)
    _, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert (process.returncode, errors) == (1, b"")


def test_standard_output_that_is_a_terminal_gets_no_sound(deserted: str) -> None:
    ours, theirs = os.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "say", "hi", "--out", "-", "--url", deserted],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=theirs,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    os.close(ours)
    assert (done.returncode, done.stderr) == (
        1,
        b"Standard output is a terminal, which cannot show sound: pipe it on, or name a file.\n",
    )


async def test_who_types_is_told_how_to_end(address: str) -> None:
    ours, theirs = os.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", "say", "--url", address, stdin=theirs, stdout=PIPE, stderr=PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, b"Hello there\n\x04")
    out, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    os.close(ours)
    assert process.returncode == 0, errors
    assert errors == b"Type what to say; each line is said when you end it. Ctrl-D ends.\n"
    assert out.startswith(b"speech.wav: 0.20 s")


async def test_a_terminal_shows_how_far_it_is_and_nothing_stays(address: str) -> None:
    ours, theirs = os.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", "say", WORDS, "--url", address, stdin=PIPE, stdout=PIPE, stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"},
    )  # fmt: skip
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    shown = os.read(ours, 65_536).decode()
    os.close(theirs)
    os.close(ours)
    assert process.returncode == 0
    assert out.startswith(b"speech.wav: 0.30 s")
    assert "17/17 characters, 0.3 s of sound" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    assert shown.endswith("\x1b[2K")  # the line is erased
