"""The time of every word beside the sound."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import httpx
import pytest

from app.api.openai.captions import Captions, Timestamp
from app.messages import Alignment, SegmentTiming, SpeechChunk, SynthesisFailed
from tests.api.openai.sound import has_words, length_ms
from tests.fakes import CHUNK_MS, FakeService

PATH = "/dev/captioned_speech"
RATE_HZ = 24_000


def lines_in(body: bytes) -> list[dict[str, Any]]:
    """The objects of an NDJSON body."""
    assert body.isascii()
    assert body.endswith(b"\n")
    lines = [json.loads(line) for line in body.splitlines()]
    assert all(set(line) == {"audio", "audio_format", "timestamps"} for line in lines)
    return lines


def sound_in(*lines: dict[str, Any]) -> bytes:
    return b"".join(base64.b64decode(line["audio"], validate=True) for line in lines)


def words_in(*lines: dict[str, Any]) -> list[str]:
    return [timestamp["word"] for line in lines for timestamp in line["timestamps"]]


def segment(text: str, start_ms: int, step_ms: int = 10) -> SegmentTiming:
    """A segment whose characters last equally long."""
    starts = tuple(start_ms + step_ms * place for place in range(len(text)))
    alignment = Alignment(tuple(text), starts, (step_ms,) * len(text))
    return SegmentTiming(start_ms, start_ms + step_ms * len(text), alignment, Alignment())


def chunk(start_ms: int, length_ms: int, *segments: SegmentTiming, final: bool = False) -> SpeechChunk:
    pcm = bytes(2 * RATE_HZ * length_ms // 1000)
    return SpeechChunk(pcm, start_ms, 0, 0.0, segments=segments, final=final)


def told(words: list[Timestamp]) -> list[tuple[str, float, float]]:
    return [(word.word, word.start_time, word.end_time) for word in words]


def test_a_word_comes_with_the_chunk_in_which_it_begins() -> None:
    captions = Captions(RATE_HZ)

    assert told(captions.push(chunk(0, 50, segment("one two six", 0)))) == [("one", 0.0, 0.03), ("two", 0.04, 0.07)]
    assert told(captions.push(chunk(50, 20))) == []
    assert told(captions.push(chunk(70, 40, final=True))) == [("six", 0.08, 0.11)]


def test_times_are_absolute_in_every_segment() -> None:
    captions = Captions(RATE_HZ)
    words = captions.push(chunk(0, 100, segment("Yes. ", 0)))
    words += captions.push(chunk(100, 100, segment("No.", 120), final=True))

    assert told(words) == [("Yes.", 0.0, 0.03), ("No.", 0.12, 0.14)]


def test_a_word_across_two_segments_is_one() -> None:
    captions = Captions(RATE_HZ)

    assert told(captions.push(chunk(0, 80, segment("so long", 0)))) == [("so", 0.0, 0.02)]
    assert told(captions.push(chunk(80, 80, segment("word", 80), final=True))) == [("longword", 0.03, 0.12)]


@pytest.mark.parametrize(
    ("word", "start_time", "end_time"),
    [
        ("word", 0.0, 0.04),
        ("word,", 0.0, 0.04),
        ("“word”?!", 0.01, 0.05),
        ("don't", 0.0, 0.05),
        ("3.5%", 0.0, 0.04),
        ("$5", 0.0, 0.02),
        ("—", 0.0, 0.01),
        ("...", 0.0, 0.03),
        ("\ud800", 0.0, 0.01),
    ],
    ids=ascii,
)
def test_marks_round_a_word_belong_to_it_but_their_pause_does_not(
    word: str, start_time: float, end_time: float
) -> None:
    words = Captions(RATE_HZ).push(chunk(0, 100, segment(f" {word}\n", -10), final=True))

    assert told(words) == [(word, start_time, end_time)]


@pytest.mark.parametrize("text", ["a", "  one\ttwo \n three", "Mr. Fox, aged 3½, said: “No — never!”  ", " \n"])
def test_every_word_of_a_text_comes_once_and_in_order_however_it_is_cut(text: str) -> None:
    for cut in range(len(text) + 1):
        for chunk_ms in (10, 30, 200):
            captions, words = Captions(RATE_HZ), []
            before, after = segment(text[:cut], 0), segment(text[cut:], 10 * cut)
            for start_ms in range(0, 10 * len(text) + 200, chunk_ms):
                end_ms = start_ms + chunk_ms
                begins = [part for part in (before, after) if start_ms <= part.start_ms < end_ms]
                final = end_ms >= 10 * len(text) + 200
                new = captions.push(chunk(start_ms, chunk_ms, *begins, final=final))
                assert all(word.start_time * 1000 < end_ms for word in new)
                words += new
            assert [word.word for word in words] == text.split()


async def test_every_line_has_sound_and_the_words_that_begin_in_it(http: httpx.AsyncClient) -> None:
    response = await http.post(PATH, json={"input": "one two, three.", "response_format": "pcm"})

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.headers["x-accel-buffering"] == "no"
    assert response.headers["x-request-id"].startswith("req_")
    lines = lines_in(response.content)
    assert [length_ms(sound_in(line), "pcm") for line in lines] == [CHUNK_MS] * 3
    assert {line["audio_format"] for line in lines} == {"audio/pcm"}
    assert [line["timestamps"] for line in lines] == [
        [{"word": "one", "start_time": 0.0, "end_time": 0.075}],
        [{"word": "two,", "start_time": 0.1, "end_time": 0.16}],
        [{"word": "three.", "start_time": 0.2, "end_time": 0.28}],
    ]


async def test_the_lines_together_are_one_file(http: httpx.AsyncClient) -> None:
    lines = lines_in((await http.post(PATH, json={"input": "one two three four"})).content)

    assert {line["audio_format"] for line in lines} == {"audio/mpeg"}
    assert has_words(sound_in(*lines), 4)
    assert words_in(*lines) == ["one", "two", "three", "four"]


async def test_as_a_whole_it_is_one_object(http: httpx.AsyncClient) -> None:
    response = await http.post(PATH, json={"input": "one two", "response_format": "wav", "stream": False})

    assert response.headers["content-type"] == "application/json"
    assert int(response.headers["content-length"]) == len(response.content)
    (answer,) = lines_in(response.content)
    assert (answer["audio_format"], words_in(answer)) == ("audio/wav", ["one", "two"])
    assert has_words(sound_in(answer), 2, "wav")


@pytest.mark.parametrize("stream", [True, False])
async def test_the_times_may_be_left_out(http: httpx.AsyncClient, stream: bool) -> None:
    body = {"input": "one two", "return_timestamps": False, "stream": stream}
    lines = lines_in((await http.post(PATH, json=body)).content)

    assert has_words(sound_in(*lines), 2)
    assert words_in(*lines) == []


@pytest.mark.parametrize("stream", [True, False])
async def test_words_that_are_not_ascii_come_back_as_they_were(http: httpx.AsyncClient, stream: bool) -> None:
    body = json.dumps({"input": "café \u2028 \ud800", "stream": stream})
    response = await http.post(PATH, content=body, headers={"content-type": "application/json"})

    assert words_in(*lines_in(response.content)) == ["café", "\ud800"]


@pytest.mark.parametrize("stream", [True, False])
async def test_a_failure_before_the_first_line_has_its_status(
    http: httpx.AsyncClient, service: FakeService, stream: bool
) -> None:
    service.speech.fail(0, 0, SynthesisFailed("That could not be said."))
    failed = await http.post(PATH, json={"input": "a b", "stream": stream})
    service.speech.is_mute = True
    mute = await http.post(PATH, json={"input": "😀", "stream": stream})

    assert (failed.status_code, failed.json()["error"]["type"]) == (500, "server_error")
    assert (mute.status_code, mute.json()["error"]["param"]) == (400, "input")


async def test_wrong_fields_are_refused_in_openais_form(http: httpx.AsyncClient) -> None:
    response = await http.post(PATH, json={"input": "a", "return_timestamps": "no"})

    assert (response.status_code, response.json()["error"]["param"]) == (400, "return_timestamps")


async def test_a_client_that_leaves_takes_its_work_with_it(address: str, service: FakeService) -> None:
    gate = service.speech.hold(0, 2)
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = b'{"input": "a b c"}'
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await gate.reached()
    await reader.readuntil(b"}\n")

    writer.transport.abort()

    await service.speech.idle()
    assert service.speech.closed == ["a b c"]
