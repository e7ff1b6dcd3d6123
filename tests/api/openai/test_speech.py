"""The sound of one text: its formats, as a stream, as a whole and in events."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import wave
from typing import Any

import httpx
import pytest

from app.audio.formats import OPENAI_FORMATS
from app.messages import SynthesisFailed
from tests.api.openai.sound import has_words
from tests.fakes import FakeService

PATH = "/v1/audio/speech"


def events_in(body: str) -> list[dict[str, Any]]:
    assert body.endswith("\n\n")
    events = body.removesuffix("\n\n").split("\n\n")
    assert all(event.startswith("data: ") for event in events)
    return [json.loads(event.removeprefix("data: ")) for event in events]


@pytest.mark.parametrize("name", OPENAI_FORMATS)
async def test_every_format_comes_as_a_stream(http: httpx.AsyncClient, service: FakeService, name: str) -> None:
    # The clients of OpenAI ask for this type, whatever the format.
    accept = {"accept": "application/octet-stream"}
    response = await http.post(PATH, json={"input": "one two three four", "response_format": name}, headers=accept)

    assert response.status_code == 200
    assert response.headers["content-type"] == OPENAI_FORMATS[name].content_type
    assert response.headers["content-disposition"] == f"attachment; filename=speech.{name}"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-accel-buffering"] == "no"
    assert response.headers["x-request-id"].startswith("req_")
    assert response.headers["transfer-encoding"] == "chunked"
    assert has_words(response.content, 4, name)
    assert service.speech.requests[0].sample_rate_hz == OPENAI_FORMATS[name].sample_rate_hz


@pytest.mark.parametrize("name", OPENAI_FORMATS)
async def test_a_whole_file_says_how_long_it_is(http: httpx.AsyncClient, name: str) -> None:
    response = await http.post(PATH, json={"input": "one two three", "response_format": name, "stream": False})

    assert response.headers["content-type"] == OPENAI_FORMATS[name].content_type
    assert response.headers["content-disposition"] == f"attachment; filename=speech.{name}"
    assert int(response.headers["content-length"]) == len(response.content)
    assert has_words(response.content, 3, name)


async def test_a_whole_wav_file_knows_its_samples(http: httpx.AsyncClient) -> None:
    response = await http.post(PATH, json={"input": "one two", "response_format": "wav", "stream": False})

    with wave.open(io.BytesIO(response.content)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, 24_000)
        assert wav.getnframes() == 4800


async def test_every_answer_has_an_id_of_its_own(http: httpx.AsyncClient) -> None:
    ids = {(await http.post(PATH, json=body)).headers["x-request-id"] for body in ({"input": "a"}, {"input": "a"}, {})}

    assert len(ids) == 3


async def test_the_sound_is_sent_while_it_is_made(http: httpx.AsyncClient, service: FakeService) -> None:
    gate = service.speech.hold(0, 1)
    async with http.stream("POST", PATH, json={"input": "one two", "response_format": "pcm"}) as response:
        parts = response.aiter_bytes()
        first = await anext(parts)
        assert has_words(first, 1, "pcm")
        gate.open()
        assert has_words(first + b"".join([part async for part in parts]), 2, "pcm")


async def test_events_bring_the_sound_and_at_last_what_was_used(http: httpx.AsyncClient) -> None:
    response = await http.post(PATH, json={"input": "one two three", "stream_format": "sse", "stream": False})

    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-cache"
    assert "content-disposition" not in response.headers
    *deltas, done = events_in(response.text)
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert has_words(b"".join(base64.b64decode(event["audio"], validate=True) for event in deltas), 3)
    frames = 300 // 25
    usage = {"input_tokens": 13, "output_tokens": frames, "total_tokens": 13 + frames}
    assert done == {"type": "speech.audio.done", "usage": usage}


async def test_stream_format_audio_is_the_sound_itself(http: httpx.AsyncClient) -> None:
    response = await http.post(PATH, json={"input": "one two", "stream_format": "audio"})

    assert response.headers["content-type"] == "audio/mpeg"
    assert has_words(response.content, 2)


async def test_the_path_is_there_without_v1(http: httpx.AsyncClient) -> None:
    response = await http.post("/audio/speech", json={"input": "one two"})

    assert has_words(response.content, 2)


@pytest.mark.parametrize("stream_format", ["audio", "sse"])
async def test_a_failure_after_the_first_sound_breaks_the_connection_off(
    http: httpx.AsyncClient, service: FakeService, stream_format: str
) -> None:
    service.speech.fail(0, 1, SynthesisFailed("That could not be said."))
    body = {"input": "a b", "response_format": "pcm", "stream_format": stream_format}

    async with http.stream("POST", PATH, json=body) as response:
        assert response.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            await response.aread()


@pytest.mark.parametrize("fields", [{}, {"stream": False}, {"stream_format": "sse"}], ids=str)
@pytest.mark.parametrize("words_made", [0, 3])
async def test_a_client_that_leaves_takes_its_work_with_it(
    address: str, service: FakeService, fields: dict[str, Any], words_made: int
) -> None:
    gate = service.speech.hold(0, words_made)
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = json.dumps({"input": "a b c d", **fields}).encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await gate.reached()
    if words_made and fields.get("stream", True):
        await reader.readuntil(b"\r\n\r\n")

    writer.transport.abort()

    await service.speech.idle()
    assert service.speech.closed == ["a b c d"]


async def test_a_place_is_free_again_after_every_end(http: httpx.AsyncClient, service: FakeService) -> None:
    service.configure(max_http_requests=1)
    service.speech.fail(1, 0, SynthesisFailed("That could not be said."))
    service.speech.fail(2, 1, SynthesisFailed("That could not be said."))
    statuses = [(await http.post(PATH, json={"input": "a b"})).status_code for _ in range(2)]
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post(PATH, json={"input": "a b", "response_format": "pcm"})

    statuses.append((await http.post(PATH, json={"input": "a b"})).status_code)

    assert statuses == [200, 500, 200]


async def test_what_is_spoken_is_counted(http: httpx.AsyncClient, service: FakeService) -> None:
    await http.post(PATH, json={"input": "one two"})

    counted = await service.monitor.metrics()
    assert b"kokoro_serve_characters_total{" in counted
    assert any(
        line.startswith(b"kokoro_serve_requests_total{") and b'dialect="openai"' in line and line.endswith(b" 1.0")
        for line in counted.splitlines()
    )
