"""ElevenLabs' HTTP paths that speak, over a real server with a fake Speech."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import wave
from typing import Any

import httpx
import pytest
import soundfile

from app.messages import Overloaded, SynthesisFailed
from tests.fakes import FakeService

SPEECH = "/v1/text-to-speech/af_heart"
TEXT = "One two three. Four five."
WAYS = ["", "/stream", "/with-timestamps", "/stream/with-timestamps"]


async def speak(http: httpx.AsyncClient, way: str = "", query: str = "?output_format=pcm_24000", **body: Any) -> Any:
    return await http.post(f"{SPEECH}{way}{query}", json={"text": TEXT, **body})


def objects(answer: httpx.Response, way: str) -> list[dict[str, Any]]:
    if "stream" not in way:
        return [answer.json()]
    assert answer.content.endswith(b"\n"), "the last line has an end too"
    return [json.loads(line) for line in answer.content.decode("ascii").splitlines()]


def pcm_of(answer: httpx.Response, way: str) -> bytes:
    if "timestamps" not in way:
        return answer.content
    return b"".join(base64.b64decode(part["audio_base64"]) for part in objects(answer, way))


@pytest.mark.parametrize("prefix", ["/v1", ""])
@pytest.mark.parametrize("way", WAYS)
async def test_a_text_is_spoken_whole(http: httpx.AsyncClient, prefix: str, way: str) -> None:
    path = f"{prefix}/text-to-speech/af_heart{way}?output_format=pcm_24000"
    answer = await http.post(path, json={"text": TEXT})
    assert answer.status_code == 200
    assert len(pcm_of(answer, way)) == 5 * 2400 * 2


@pytest.mark.parametrize("way", WAYS)
async def test_the_headers_are_those_of_the_original(http: httpx.AsyncClient, way: str) -> None:
    answer = await speak(http, way)
    assert answer.headers["character-cost"] == str(len(TEXT))
    assert answer.headers["request-id"]
    assert answer.headers["x-trace-id"]
    assert int(answer.headers["current-concurrent-requests"]) >= 0
    assert answer.headers["maximum-concurrent-requests"] == "50"
    assert "content-encoding" not in answer.headers
    assert answer.headers["content-type"] == ("application/json" if "timestamps" in way else "audio/pcm")
    assert ("content-length" in answer.headers) == ("stream" not in way)


@pytest.mark.parametrize(
    ("name", "content_type", "kind", "rate_hz"),
    [
        (None, "audio/mpeg", "MP3", 44_100),
        ("mp3_22050_32", "audio/mpeg", "MP3", 22_050),
        ("opus_48000_64", "audio/opus", "OGG", 48_000),
        ("wav_16000", "audio/wav", "WAV", 16_000),
    ],
)
@pytest.mark.parametrize("way", ["", "/stream"])
async def test_the_format_is_the_one_asked_for(
    http: httpx.AsyncClient, way: str, name: str | None, content_type: str, kind: str, rate_hz: int
) -> None:
    answer = await speak(http, way, f"?output_format={name}" if name else "")
    assert answer.headers["content-type"] == content_type
    sound = soundfile.SoundFile(io.BytesIO(answer.content))
    assert (sound.format, sound.samplerate) == (kind, rate_hz)
    assert sound.frames / rate_hz == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("way", WAYS[2:])
async def test_every_character_is_timed_once_on_one_clock(http: httpx.AsyncClient, way: str) -> None:
    parts = objects(await speak(http, way), way)
    for name in ("alignment", "normalized_alignment"):
        alignments = [part[name] for part in parts if part[name]]
        characters = [character for part in alignments for character in part["characters"]]
        starts = [start for part in alignments for start in part["character_start_times_seconds"]]
        ends = [end for part in alignments for end in part["character_end_times_seconds"]]
        assert "".join(characters) == TEXT
        assert len(characters) == len(starts) == len(ends)
        assert starts == sorted(starts)
        assert starts[TEXT.index("Four")] == 0.3
        assert all(start <= end for start, end in zip(starts, ends, strict=True))


async def test_lines_are_ascii_and_not_too_long(http: httpx.AsyncClient) -> None:
    text = "\u2028ü😀" * 900 + " " + "word " * 300
    way = "/stream/with-timestamps"
    answer = await http.post(f"{SPEECH}{way}?output_format=pcm_48000", json={"text": text})
    parts = objects(answer, way)
    assert max(map(len, answer.content.splitlines())) < 131_072
    assert "".join("".join(part["alignment"]["characters"]) for part in parts if part["alignment"]) == text


async def test_with_a_codec_that_holds_back_no_sound_and_no_character_is_lost(http: httpx.AsyncClient) -> None:
    whole = await speak(http, "", "?output_format=mp3_22050_32")
    way = "/stream/with-timestamps"
    parts = objects(await speak(http, way, "?output_format=mp3_22050_32"), way)
    assert b"".join(base64.b64decode(part["audio_base64"]) for part in parts) == whole.content
    assert "".join("".join(part["alignment"]["characters"]) for part in parts if part["alignment"]) == TEXT


async def test_the_first_sound_leaves_before_the_last_is_made(http: httpx.AsyncClient, service: FakeService) -> None:
    gate = service.speech.hold(0, 3)
    async with http.stream("POST", f"{SPEECH}/stream?output_format=mp3_22050_32", json={"text": TEXT}) as answer:
        parts = answer.aiter_raw()
        await gate.reached()
        assert await anext(parts)
        gate.open()
        assert [part async for part in parts]


async def test_settings_reach_the_speech(http: httpx.AsyncClient, service: FakeService) -> None:
    await speak(
        http,
        voice_settings={"speed": 0.7, "stability": None, "clone_strength": 1},
        seed=5,
        language_code="en-GB",
        apply_text_normalization="off",
        model_id="no_such_model",
        previous_text="Before.",
        pronunciation_dictionary_locators=[{"pronunciation_dictionary_id": "x", "version_id": "y"}],
        invented=True,
    )
    (asked,) = service.speech.requests
    assert (asked.speed, asked.seed, asked.language, asked.normalize) == (0.7, 5, "en-gb", False)
    assert (asked.voice, asked.paced, asked.text) == ("af_heart", False, TEXT)


async def test_null_is_as_good_as_nothing(http: httpx.AsyncClient, service: FakeService) -> None:
    answer = await speak(http, voice_settings=None, seed=None, language_code=None, apply_text_normalization=None)
    assert answer.status_code == 200
    assert (service.speech.requests[0].speed, service.speech.requests[0].normalize) == (1.0, True)


async def test_ids_of_elevenlabs_and_aliases_are_voices(http: httpx.AsyncClient, service: FakeService) -> None:
    service.configure(voice_aliases={"Rachel": "af_bella(2)+am_michael"})
    for name in ("pNInz6obpgDQGcFmaJgB", "Rachel"):
        await http.post(f"/v1/text-to-speech/{name}", json={"text": "Hi."})
    voices = [asked.voice for asked in service.speech.requests]
    assert voices[0] == "am_michael"
    assert voices[1].startswith("af_bella(0.66")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("path", "query", "body", "status", "code", "legacy", "param"),
    [
        ("nobody", "", {}, 404, "voice_not_found", "voice_not_found", "voice_id"),
        (
            "af_heart",
            "?output_format=mp3_1",
            {},
            403,
            "invalid_output_format",
            "invalid_output_format",
            "output_format",
        ),
        ("af_heart", "", {"language_code": "ja"}, 400, "unsupported_language", "unsupported_language", "language_code"),
        ("af_heart", "", {"text": "a" * 10_001}, 400, *["max_character_limit_exceeded"] * 2, "text"),
    ],
)
async def test_errors_have_the_form_of_the_original(
    http: httpx.AsyncClient,
    way: str,
    path: str,
    query: str,
    body: dict[str, str],
    status: int,
    code: str,
    legacy: str,
    param: str,
) -> None:
    answer = await http.post(f"/v1/text-to-speech/{path}{way}{query}", json={"text": TEXT, **body})
    assert answer.status_code == status
    detail = answer.json()["detail"]
    assert (detail["code"], detail["status"], detail["param"]) == (code, legacy, param)
    assert detail["message"]
    assert detail["type"]
    assert detail["request_id"]
    assert answer.headers["x-trace-id"]
    assert "request-id" not in answer.headers


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "body", [{}, {"text": None}, {"text": 5}, {"text": ""}, {"text": " \n"}, {"text": "a", "seed": -1}, "nonsense"]
)
async def test_a_body_that_is_wrong_is_told_field_by_field(http: httpx.AsyncClient, way: str, body: object) -> None:
    answer = await http.post(f"{SPEECH}{way}", json=body)
    assert answer.status_code == 422
    (field,) = answer.json()["detail"]
    assert {"loc", "msg", "type"} <= set(field)
    assert field["loc"][0] == "body"


async def test_a_body_that_is_too_long_is_told_in_the_same_form(http: httpx.AsyncClient, service: FakeService) -> None:
    service.configure(max_message_bytes=1024)
    answer = await speak(http, previous_text="a" * 2000)
    assert (answer.status_code, answer.json()["detail"]["type"]) == (413, "validation_error")
    assert "1,024 bytes" in answer.json()["detail"]["message"]


async def test_a_whole_wav_says_how_long_it_is(http: httpx.AsyncClient) -> None:
    answer = await speak(http, "", "?output_format=wav_16000")
    with wave.open(io.BytesIO(answer.content)) as file:
        assert file.getnframes() == 8_000


@pytest.mark.parametrize("way", WAYS)
async def test_text_without_a_sound_is_told(http: httpx.AsyncClient, service: FakeService, way: str) -> None:
    service.speech.is_mute = True
    answer = await speak(http, way)
    assert answer.status_code == 422
    assert "no sound" in answer.json()["detail"][0]["msg"]


async def test_a_lone_surrogate_passes(http: httpx.AsyncClient) -> None:
    body = b'{"text": "a\\ud800b."}'
    headers = {"content-type": "application/json"}
    answer = await http.post(f"{SPEECH}/stream/with-timestamps", content=body, headers=headers)
    assert answer.status_code == 200
    assert "\\ud800" in answer.text


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Overloaded("Busy."), 429, "system_busy"),
        (SynthesisFailed("No."), 500, "internal_error"),
        (RuntimeError("a fault"), 500, "internal_error"),
    ],
)
async def test_a_failure_before_the_first_sound_has_its_status(
    http: httpx.AsyncClient, service: FakeService, way: str, error: Exception, status: int, code: str
) -> None:
    service.speech.fail(0, 0, error)
    answer = await speak(http, way)
    assert (answer.status_code, answer.json()["detail"]["code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status == 429)


@pytest.mark.parametrize("way", ["/stream", "/stream/with-timestamps"])
async def test_a_failure_behind_it_breaks_the_answer_off(
    http: httpx.AsyncClient, service: FakeService, way: str
) -> None:
    service.speech.fail(0, 3, SynthesisFailed("No."))
    with pytest.raises(httpx.RemoteProtocolError):
        await speak(http, way)


@pytest.mark.parametrize("way", WAYS)
async def test_a_key_is_wanted_where_there_are_keys(http: httpx.AsyncClient, service: FakeService, way: str) -> None:
    key = service.add_key()
    for headers, status in [({}, 401), ({"xi-api-key": "wrong"}, 401), ({"xi-api-key": key}, 200)]:
        answer = await http.post(f"{SPEECH}{way}", json={"text": "Hi."}, headers=headers)
        assert answer.status_code == status
        if status == 401:
            assert answer.json()["detail"]["type"] == "authentication_error"


async def test_a_caller_over_its_limit_is_told_when_to_come_again(
    http: httpx.AsyncClient, service: FakeService
) -> None:
    service.configure_auth(max_characters_per_minute=len(TEXT))
    assert (await speak(http)).status_code == 200
    answer = await speak(http)
    assert (answer.status_code, answer.json()["detail"]["code"]) == (429, "rate_limit_exceeded")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("way", WAYS)
async def test_a_client_that_leaves_takes_its_speech_along(
    http: httpx.AsyncClient, service: FakeService, way: str
) -> None:
    gate = service.speech.hold(0, 2)
    asking = asyncio.create_task(http.post(f"{SPEECH}{way}", json={"text": TEXT}))
    await gate.reached()
    asking.cancel()
    await service.speech.idle()
    assert service.speech.closed == [TEXT]


async def test_a_service_that_is_not_ready_says_so(http: httpx.AsyncClient, service: FakeService) -> None:
    service.voices = ()
    answer = await speak(http)
    assert (answer.status_code, answer.json()["detail"]["code"]) == (503, "not_ready")
    assert answer.headers["retry-after"]
