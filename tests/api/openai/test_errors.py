"""Errors in OpenAI's form, each with its status, its kind and the field that is to blame."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from app.flush import UNEXPECTED_FAILURE
from app.messages import Overloaded, SynthesisFailed
from tests.fakes import FakeService

PATH = "/v1/audio/speech"
JSON = {"content-type": "application/json"}


def is_an_error(response: httpx.Response, status: int, kind: str, param: str | None, code: str) -> str:
    """Checks an error and returns its sentence."""
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"].startswith("req_")
    body = response.json()
    assert (response.status_code, set(body)) == (status, {"error"})
    error = body["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["param"], error["code"]) == (kind, param, code)
    assert error["message"].endswith((".", "?"))
    sentence: str = error["message"]
    return sentence


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({}, "input", "missing_required_parameter"),
        ({"input": None}, "input", "invalid_type"),
        ({"input": 5}, "input", "invalid_type"),
        ({"input": ""}, "input", "empty_text"),
        ({"input": " \n"}, "input", "empty_text"),
        ({"input": "x" * 10_001}, "input", "text_too_long"),
        ({"input": "a", "model": 5}, "model", "invalid_type"),
        ({"input": "a", "voice": "nobody"}, "voice", "unknown_voice"),
        ({"input": "a", "voice": {"id": "nobody"}}, "voice", "unknown_voice"),
        ({"input": "a", "voice": "\ud800"}, "voice", "unknown_voice"),
        ({"input": "a", "voice": "af_bella("}, "voice", "bad_blend"),
        ({"input": "a", "voice": ""}, "voice", "bad_blend"),
        ({"input": "a", "voice": {}}, "voice", "invalid_type"),
        ({"input": "a", "voice": {"id": 5}}, "voice", "invalid_type"),
        ({"input": "a", "response_format": "ogg"}, "response_format", "invalid_value"),
        ({"input": "a", "response_format": "\ud800"}, "response_format", "invalid_value"),
        ({"input": "a", "stream_format": "pigeon"}, "stream_format", "invalid_value"),
        ({"input": "a", "speed": 0.2}, "speed", "invalid_value"),
        ({"input": "a", "speed": 4.1}, "speed", "invalid_value"),
        ({"input": "a", "speed": float("nan")}, "speed", "invalid_value"),
        ({"input": "a", "speed": "1"}, "speed", "invalid_type"),
        ({"input": "a", "stream": "no"}, "stream", "invalid_type"),
        ({"input": "a", "lang_code": 5}, "lang_code", "invalid_type"),
        (
            {"input": "a", "normalization_options": {"normalize": 5}},
            "normalization_options.normalize",
            "invalid_type",
        ),
        ([], None, "invalid_json"),
        ("a", None, "invalid_json"),
    ],
    ids=lambda value: ascii(value)[:50],
)
async def test_a_wrong_request_is_told_why(http: httpx.AsyncClient, body: Any, param: str | None, code: str) -> None:
    response = await http.post(PATH, content=json.dumps(body), headers=JSON)

    sentence = is_an_error(response, 400, "invalid_request_error", param, code)
    assert len(sentence) < 200


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 100_000], ids=["nothing", "cut", "no UTF-8", "deep"]
)
async def test_a_body_that_cannot_be_read_is_told(http: httpx.AsyncClient, content: bytes) -> None:
    response = await http.post(PATH, content=content, headers=JSON)

    is_an_error(response, 400, "invalid_request_error", None, response.json()["error"]["code"])


async def test_a_value_that_is_none_of_a_few_is_told_which_there_are(http: httpx.AsyncClient) -> None:
    response = await http.post(PATH, json={"input": "a", "response_format": "ogg"})

    sentence = "\"response_format\" must be 'mp3', 'opus', 'aac', 'flac', 'wav' or 'pcm', not \"ogg\"."
    assert response.json()["error"]["message"] == sentence


async def test_a_body_that_is_too_long_is_413(http: httpx.AsyncClient, service: FakeService) -> None:
    service.configure(max_message_bytes=1024)
    response = await http.post(PATH, json={"input": "a" * 2000})

    is_an_error(response, 413, "invalid_request_error", None, "request_entity_too_large")


@pytest.mark.parametrize("fields", [{}, {"stream": False}, {"stream_format": "sse"}], ids=str)
async def test_a_text_without_a_sound_is_refused(
    http: httpx.AsyncClient, service: FakeService, fields: dict[str, Any]
) -> None:
    service.speech.is_mute = True
    response = await http.post(PATH, json={"input": "😀🎉", **fields})

    sentence = is_an_error(response, 400, "invalid_request_error", "input", "empty_text")
    assert sentence.startswith("Nothing of this text can be spoken")


async def test_an_unknown_key_is_401(http: httpx.AsyncClient, service: FakeService) -> None:
    key = service.add_key()
    body = {"input": "a"}

    assert (await http.post(PATH, json=body, headers={"authorization": f"Bearer {key}"})).status_code == 200
    wrong = await http.post(PATH, json=body, headers={"authorization": "Bearer wrong"})
    none = await http.post(PATH, json=body)

    is_an_error(wrong, 401, "authentication_error", None, "invalid_api_key")
    is_an_error(none, 401, "authentication_error", None, "missing_api_key")
    assert none.headers["www-authenticate"] == "Bearer"


async def test_more_than_a_key_may_have_is_429_with_the_time_to_wait(
    http: httpx.AsyncClient, service: FakeService
) -> None:
    key = service.add_key(max_characters_per_minute=5)
    headers = {"authorization": f"Bearer {key}"}
    await http.post(PATH, json={"input": "a b c"}, headers=headers)

    response = await http.post(PATH, json={"input": "a b c"}, headers=headers)

    is_an_error(response, 429, "rate_limit_error", None, "rate_limit_exceeded")
    assert int(response.headers["retry-after"]) > 0


async def test_more_at_once_than_a_key_may_have_is_429(http: httpx.AsyncClient, service: FakeService) -> None:
    headers = {"authorization": f"Bearer {service.add_key(max_concurrent=1)}"}
    gate = service.speech.hold(0, 1)
    body = {"input": "a b", "response_format": "pcm"}
    async with http.stream("POST", PATH, json=body, headers=headers) as first:
        response = await http.post(PATH, json=body, headers=headers)
        gate.open()
        await first.aread()

    is_an_error(response, 429, "rate_limit_error", None, "too_many_concurrent_requests")
    assert response.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("error", "status", "code", "sentence"),
    [
        (SynthesisFailed("That could not be said."), 500, "synthesis_failed", "That could not be said."),
        (Overloaded("Too much is waiting."), 503, "overloaded", "Too much is waiting."),
        (RuntimeError("/srv/secret.py line 3"), 500, "synthesis_failed", UNEXPECTED_FAILURE),
    ],
)
@pytest.mark.parametrize("fields", [{}, {"stream": False}, {"stream_format": "sse"}], ids=str)
async def test_speech_that_fails_before_the_first_sound_has_its_status(
    http: httpx.AsyncClient,
    service: FakeService,
    fields: dict[str, Any],
    error: Exception,
    status: int,
    code: str,
    sentence: str,
) -> None:
    service.speech.fail(0, 0, error)

    response = await http.post(PATH, json={"input": "a b", **fields})

    assert is_an_error(response, status, "server_error", None, code) == sentence
    assert ("retry-after" in response.headers) == (status == 503)


async def test_before_the_service_is_warm_a_request_is_told_so(http: httpx.AsyncClient, service: FakeService) -> None:
    service.voices = ()

    for response in (await http.post(PATH, json={"input": "a"}), await http.get("/v1/audio/voices")):
        is_an_error(response, 503, "server_error", None, "not_ready")
        assert "retry-after" in response.headers


async def test_a_fault_in_the_server_tells_nothing_of_its_inside(
    http: httpx.AsyncClient, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(dialect: str) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(service.metrics, "dialect", broken)

    response = await http.post(PATH, json={"input": "a"})

    is_an_error(response, 500, "server_error", None, "internal_error")
    assert "secret" not in response.text


async def test_errors_are_counted(http: httpx.AsyncClient, service: FakeService) -> None:
    await http.post(PATH, json={"input": "a", "voice": "nobody"})
    await http.post(PATH, json={})

    counted = {
        sample.labels["code"]: sample.value
        for metric in service.metrics.errors.collect()
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.value
    }
    assert counted == {"unknown_voice": 1, "missing_required_parameter": 1}


async def test_the_openapi_document_has_every_status(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()

    form = {"$ref": "#/components/schemas/OpenAIError"}
    for path, method, statuses in (
        (PATH, "post", {"400", "401", "413", "429", "500", "503"}),
        ("/dev/captioned_speech", "post", {"400", "401", "413", "429", "500", "503"}),
        ("/v1/audio/voices", "get", {"401", "500", "503"}),
        ("/v1/models", "get", {"401", "500", "503"}),
        ("/v1/models/{model}", "get", {"401", "404", "500", "503"}),
    ):
        responses = document["paths"][path][method]["responses"]
        assert set(responses) == {"200", "4XX"} | statuses
        for status in responses.keys() - {"200"}:
            assert responses[status]["content"]["application/json"]["schema"] == form
