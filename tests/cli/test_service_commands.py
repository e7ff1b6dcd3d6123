"""``kokoro-serve voices`` and ``kokoro-serve status`` against a fake service behind a real server."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from tests.fakes import FakeService, serving


@pytest.fixture
async def service() -> FakeService:
    service = FakeService()
    service.voices = (*service.voices, "ef_dora", "bm_lewis")
    return service


@pytest.fixture
async def address(service: FakeService) -> AsyncIterator[str]:
    async with serving(service) as address:
        yield f"ws://{address}/ws"


async def run(*arguments: str) -> Result:
    # In a thread: the command blocks, and the server is in this one.
    return await asyncio.to_thread(CliRunner().invoke, app, arguments)


async def test_voices_are_a_table_by_language_in_plain_text(address: str) -> None:
    result = await run("voices", "--url", address)
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.output.splitlines()] == [
        "voice", "af_bella", "af_heart", "am_michael", "bf_emma", "bm_lewis", "ef_dora",
    ]  # fmt: skip
    assert [" ".join(line.split()) for line in result.output.splitlines()][1:] == [
        "af_bella American English (en-US) female A-",
        "af_heart American English (en-US) female A",
        "am_michael American English (en-US) male C+",
        "bf_emma British English (en-GB) female B-",
        "bm_lewis British English (en-GB) male D+",
        "ef_dora Spanish (es) female",
    ]
    assert "\x1b" not in result.output


@pytest.mark.parametrize(
    ("language", "names"),
    [("es-MX", ["ef_dora"]), ("en-GB", ["bf_emma", "bm_lewis"]), ("en", 5), ("pt", [])],
)
async def test_voices_of_one_language(address: str, language: str, names: list[str] | int) -> None:
    result = await run("voices", "--language", language, "--json", "--url", address)
    found = [voice["voice_id"] for voice in json.loads(result.output)]
    assert (len(found) if isinstance(names, int) else found) == names


async def test_a_language_that_is_not_spoken_is_wrong_usage(address: str) -> None:
    result = await run("voices", "--language", "ja", "--url", address)
    assert result.exit_code == 2
    assert "Japanese" in result.output


async def test_voices_take_a_key(service: FakeService, address: str) -> None:
    key = service.add_key()
    without = await run("voices", "--url", address)
    assert without.exit_code == 1
    assert "Give one with --key or the variable KOKORO_SERVE_API_KEY." in without.output
    assert (await run("voices", "--url", address, "--key", key)).exit_code == 0


async def test_status_of_a_service_that_is_ready(service: FakeService, address: str) -> None:
    service.metrics.dialect("native").first_chunk(0.25)
    result = await run("status", "--url", address)
    assert result.exit_code == 0, result.output
    rows = dict(line.split(maxsplit=1) for line in result.output.splitlines())
    assert rows["ready"] == "yes"
    assert rows["device"] == "cpu, 2 threads"
    assert rows["replicas"] == "Ingress 1, Speech 1, Kokoro 1"
    assert rows["sessions"] == "0 open"
    assert rows["waiting"] == "0 utterances"
    assert rows["first"] == "chunk  p50 250.0 ms, p95 250.0 ms, 1 in the last 5 min"
    assert rows["memory"] == "Ingress 100 MB, Kokoro 900 MB"
    assert "\x1b" not in result.output


async def test_status_of_one_that_is_not_ready_fails(service: FakeService, address: str) -> None:
    service.reason = "The model is being loaded."
    result = await run("status", "--url", address)
    assert result.exit_code == 1
    assert "no: The model is being loaded." in result.output


async def test_status_without_an_operators_key_says_what_is_missing(service: FakeService, address: str) -> None:
    key = service.add_key("reader")
    without = await run("status", "--url", address)
    assert without.exit_code == 0
    assert "Give one with --key" in " ".join(without.output.split())
    readers = await run("status", "--url", address, "--key", key)
    assert 'the key of "reader" is none' in " ".join(readers.output.split())
    admin = await run("status", "--url", address, "--key", service.add_key("operator", admin=True))
    assert "sessions" in admin.output


async def test_status_as_json(service: FakeService, address: str) -> None:
    found = json.loads((await run("status", "--json", "--url", address)).output)
    assert found["health"]["ok"] is True
    assert found["stats"]["sessions"] == 0
    service.add_key()
    assert json.loads((await run("status", "--json", "--url", address)).output)["stats"] is None


@pytest.mark.parametrize("command", ["voices", "status"])
async def test_without_a_service_a_sentence_says_so(command: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        result = await run(command, "--url", url)
    assert result.exit_code == 1
    assert result.output.startswith(f"No service at {url}: ")
    assert result.output.count("\n") == 1


async def test_something_else_at_the_address_is_told(address: str) -> None:
    # The page answers at every path below /web with a 404 of the service's own; here the address is one too deep.
    result = await run("status", "--url", f"{address.removesuffix('/ws')}/web")
    assert result.exit_code == 1
    assert "is not Kokoro Serve" in result.output
