"""HTTP over a real server with a fake Speech: one text to one WAV file, the page, errors."""

from __future__ import annotations

import asyncio
import io
import json
import re
import wave
from typing import Any

import httpx
import pytest

from app.api.http import WEB_FOLDER
from app.flush import UNEXPECTED_FAILURE
from app.messages import Overloaded, SynthesisFailed
from tests.fakes import FakeService


def is_an_error(response: httpx.Response, status: int, code: str) -> None:
    body = response.json()
    assert (response.status_code, set(body), body["code"]) == (status, {"error", "code"}, code)
    assert response.headers["content-type"] == "application/json"
    assert body["error"].endswith((".", "?"))


async def test_a_text_comes_back_as_a_wav_file(http: httpx.AsyncClient, service: FakeService) -> None:
    response = await http.post("/synth_wav", json={"text": "one two three"})

    assert response.status_code == 200
    assert response.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(response.content)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, 44_100)
        assert wav.getnframes() == 3 * 4410
    (request,) = service.speech.requests
    assert (request.text, request.voice, request.speed) == ("one two three", "af_heart", 1.0)
    assert not request.paced


async def test_a_wav_file_takes_the_options_of_a_session(http: httpx.AsyncClient, service: FakeService) -> None:
    options = {"voice": "bf_emma", "speed": 0.5, "seed": 3, "sample_rate": 8000, "normalize": False}
    response = await http.post("/synth_wav", json={"text": "a", "colour": "red", **options})

    with wave.open(io.BytesIO(response.content)) as wav:
        assert (wav.getframerate(), wav.getnframes()) == (8000, 800)
    (request,) = service.speech.requests
    assert (request.voice, request.speed, request.seed, request.normalize) == ("bf_emma", 0.5, 3, False)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": ""}, 422, "empty_text"),
        ({"text": " \n"}, 422, "empty_text"),
        ({}, 422, "bad_message"),
        ([], 422, "bad_message"),
        ({"text": 5}, 422, "bad_message"),
        ({"text": "a", "speed": "1"}, 422, "bad_message"),
        ({"text": "a", "speed": True}, 422, "bad_message"),
        ({"text": "a", "voice": "af_hart"}, 422, "unknown_voice"),
        ({"text": "a", "voice": "\ud800"}, 422, "unknown_voice"),
        ({"text": "a", "speed": 3}, 422, "bad_speed"),
        ({"text": "a", "speed": float("nan")}, 422, "bad_speed"),
        ({"text": "a", "sample_rate": 1}, 422, "bad_sample_rate"),
        ({"text": "a", "seed": -1}, 422, "bad_seed"),
        ({"text": "x" * 10_001}, 413, "text_too_long"),
    ],
    ids=lambda value: ascii(value)[:40],
)
async def test_a_wrong_request_is_told_why(http: httpx.AsyncClient, body: Any, status: int, code: str) -> None:
    response = await http.post("/synth_wav", content=json.dumps(body), headers={"content-type": "application/json"})

    is_an_error(response, status, code)


async def test_a_text_that_is_too_long_is_told_by_how_much(http: httpx.AsyncClient, service: FakeService) -> None:
    service.configure(max_buffered_characters=1_000)
    response = await http.post("/synth_wav", json={"text": "x" * 1_234})

    is_an_error(response, 413, "text_too_long")
    assert response.json()["error"] == "A text may have 1,000 characters and this one has 1,234: send it in parts."


async def test_a_text_without_any_sound_is_no_empty_file(http: httpx.AsyncClient, service: FakeService) -> None:
    service.speech.is_mute = True
    response = await http.post("/synth_wav", json={"text": "😀🎉"})

    is_an_error(response, 422, "empty_text")
    assert response.json()["error"].startswith("Nothing of this text can be spoken")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"text", b"\xff\xfe", b"[" * 100_000], ids=["nothing", "cut", "no JSON", "no UTF-8", "deep"]
)
async def test_a_body_that_cannot_be_read_is_told(http: httpx.AsyncClient, content: bytes) -> None:
    response = await http.post("/synth_wav", content=content, headers={"content-type": "application/json"})

    is_an_error(response, response.status_code, response.json()["code"])
    assert response.status_code in (400, 422)


async def test_a_form_is_told_to_be_json(http: httpx.AsyncClient) -> None:
    response = await http.post("/synth_wav", data={"text": "a"})

    is_an_error(response, 422, "bad_message")
    assert "application/json" in response.json()["error"]


async def test_a_lone_surrogate_is_spoken(http: httpx.AsyncClient, service: FakeService) -> None:
    response = await http.post(
        "/synth_wav", content=rb'{"text": "a\ud800"}', headers={"content-type": "application/json"}
    )

    assert response.status_code == 200
    assert service.speech.requests[0].text == "a\ud800"


@pytest.mark.parametrize(
    ("error", "status", "code", "sentence"),
    [
        (SynthesisFailed("That could not be said."), 500, "synthesis_failed", "That could not be said."),
        (Overloaded("Too much is waiting."), 503, "overloaded", "Too much is waiting."),
        (RuntimeError("/srv/secret.py line 3"), 500, "synthesis_failed", UNEXPECTED_FAILURE),
    ],
)
async def test_speech_that_fails_is_told(
    http: httpx.AsyncClient, service: FakeService, error: Exception, status: int, code: str, sentence: str
) -> None:
    service.speech.fail(0, 1, error)

    response = await http.post("/synth_wav", json={"text": "a b"})

    is_an_error(response, status, code)
    assert response.json()["error"] == sentence
    assert ("retry-after" in response.headers) == (status == 503)


async def test_before_the_service_is_warm_a_request_is_told_so(http: httpx.AsyncClient, service: FakeService) -> None:
    service.voices = ()

    response = await http.post("/synth_wav", json={"text": "a"})

    is_an_error(response, 503, "not_ready")
    assert "retry-after" in response.headers


async def test_a_client_that_leaves_takes_its_work_with_it(address: str, service: FakeService) -> None:
    service.speech.hold(0, 1)
    host, port = address.split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    body = b'{"text": "a b"}'
    head = f"POST /synth_wav HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"\r\n" + body)
    await service.speech.started(0)

    writer.transport.abort()

    await service.speech.idle()
    assert service.speech.closed == ["a b"]


@pytest.mark.parametrize("path", ["/", "/status"])
async def test_a_page_and_all_that_it_names_are_served_with_the_right_types(http: httpx.AsyncClient, path: str) -> None:
    page = await http.get(path)

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    types = {".js": ("text/javascript", "application/javascript"), ".css": ("text/css",), ".svg": ("image/svg+xml",)}
    named = re.findall(r'(?:src|href)="(web/[^"]+)"', page.text)
    modules = [f"web/{file.relative_to(WEB_FOLDER)}" for file in WEB_FOLDER.rglob("*.js")]
    assert len(named) >= 3
    for name in {*named, *modules}:
        file = await http.get(f"/{name}")
        assert file.status_code == 200
        assert file.headers["content-type"].startswith(types[name[name.rindex(".") :]])
    assert (await http.head(path)).status_code == 200


def test_a_page_has_nothing_inline_and_names_no_other_host() -> None:
    for file in WEB_FOLDER.rglob("*.*"):
        text = file.read_text()
        hosts = set(re.findall(r"(?:https?:|wss?:)?//[a-z][a-z0-9.-]+\.[a-z]+", text))
        assert hosts <= {"http://www.w3.org"}, "the name of SVG's vocabulary, which nothing is loaded from"
        assert "innerHTML" not in text
    for file in WEB_FOLDER.glob("*.html"):
        page = file.read_text()
        assert "<style" not in page
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
        assert not re.search(r"""\s(style|on[a-z]+)=["']""", page)


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/web", "/web/", "/web/nothing.js", "/web/../app/settings.py", "/web/%2e%2e/session.py", "/web/%00"],
)
async def test_an_unknown_path_is_404(http: httpx.AsyncClient, path: str) -> None:
    is_an_error(await http.get(path), 404, "not_found")


async def test_a_wrong_method_is_405(http: httpx.AsyncClient) -> None:
    response = await http.get("/synth_wav")

    is_an_error(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"


async def test_a_websocket_that_comes_without_its_headers_is_told_what_it_lacks(http: httpx.AsyncClient) -> None:
    response = await http.get("/ws")

    is_an_error(response, 426, "upgrade_required")
    assert response.headers["upgrade"] == "websocket"
    assert "This path is a WebSocket" in response.json()["error"]
    assert "proxy" in response.json()["error"]


async def test_a_fault_in_the_server_tells_nothing_of_its_inside(
    http: httpx.AsyncClient, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(service, "health", broken)

    response = await http.get("/health")

    is_an_error(response, 500, "internal_error")
    assert "secret" not in response.text


async def test_the_openapi_document_describes_the_requests(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()

    own = {path for path in document["paths"] if not path.startswith(("/v1/", "/v2/", "/dev/"))}
    assert own == {"/health", "/stats", "/stats/history", "/metrics", "/gc", "/synth_wav"}
    assert {"/v1/text-to-speech/{voice_id}/stream", "/v1/audio/speech", "/v2/voices"} < set(document["paths"])
    assert set(document["components"]["schemas"]["SynthRequest"]["properties"]) == {
        *("text", "voice", "speed", "language", "sample_rate", "seed", "normalize", "ssml", "pronunciations")
    }


async def test_the_openapi_document_describes_the_errors_as_they_are(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()

    responses = document["paths"]["/synth_wav"]["post"]["responses"]
    assert set(responses) == {"200", "400", "401", "413", "422", "429", "500", "503"}
    for status in responses.keys() - {"200"}:
        schema = responses[status]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/ErrorBody"}
    assert set(document["components"]["schemas"]["ErrorBody"]["properties"]) == {"error", "code"}
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path in document["paths"].values():
        for operation in path.values():
            assert "500" in operation["responses"]
            assert "Raises" not in operation["description"]
