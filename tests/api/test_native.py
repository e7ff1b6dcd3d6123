"""The native WebSocket dialect over a real server with a fake Speech."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from app.api.application import create_app
from app.flush import UNEXPECTED_FAILURE
from app.messages import Overloaded, SynthesisFailed
from tests.fakes import PATIENCE_S, FakeService


class Client:
    """A client that speaks JSON."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        return json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE_S))

    async def hear_flush(self) -> list[dict[str, Any]]:
        """Every frame up to the last one of a flush."""
        frames = []
        while not frames or not (frames[-1].get("final") or "error" in frames[-1]):
            frames.append(await self.hear())
        return frames

    async def answer_to(self, raw: str | bytes) -> dict[str, Any]:
        await self.socket.send(raw)
        return await self.hear()

    async def closing(self) -> tuple[int, str]:
        """The code and reason of the server's close, which must come next."""
        with pytest.raises(ConnectionClosed) as closed:
            await self.hear()
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code, closed.value.rcvd.reason

    async def still_works(self) -> None:
        """The session speaks as if nothing had been before."""
        await self.say(text="still here", flush=True)
        assert said(await self.hear_flush()) == "still here"


@asynccontextmanager
async def session(address: str, query: str = "") -> AsyncIterator[Client]:
    async with connect(f"ws://{address}/ws{query}", compression=None) as socket:
        yield Client(socket)


@pytest.fixture
async def client(address: str) -> AsyncIterator[Client]:
    async with session(address) as client:
        yield client


def said(frames: list[dict[str, Any]]) -> str:
    return "".join(character for frame in frames for character in frame["alignment"]["chars"])


async def test_text_in_speech_and_the_time_of_every_character_out(client: Client) -> None:
    await client.say(text="Hi you", flush=True)

    first, second = await client.hear_flush()

    meta = first.pop("meta")
    assert set(meta) == {"first_chunk_ms", "seed", "utterance_id"}
    assert 0 <= meta["first_chunk_ms"] < 1000 * PATIENCE_S
    assert 0 <= meta["seed"] < 2**32
    assert len(base64.b64decode(first.pop("audio"))) == 2 * 4410
    assert first == {
        "flush_index": 0,
        "alignment": {
            "chars": ["H", "i", " "],
            "char_start_times_ms": [0, 33, 66],
            "char_durations_ms": [33, 33, 33],
            "offset_ms": 0.0,
        },
    }
    assert second["alignment"]["char_start_times_ms"] == [0, 33, 66], "from the chunk's start"
    assert second["alignment"]["offset_ms"] == 100.0
    assert second["final"] is True
    assert "meta" not in second


async def test_the_server_says_nothing_before_it_is_spoken_to(address: str) -> None:
    async with session(address, "?speed=nonsense") as client:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.socket.recv(), 0.05)


async def test_text_keeps_coming_while_audio_goes_out(client: Client, service: FakeService) -> None:
    hold = service.speech.hold(0, 1)
    await client.say(text="a b", flush=True)
    assert (await client.hear())["flush_index"] == 0
    await client.say(text="c ")
    await client.say(text="d", flush=True)
    hold.open()

    assert said(await client.hear_flush()) == "b"
    second = await client.hear_flush()
    assert said(second) == "c d"
    assert {frame["flush_index"] for frame in second} == {1}


async def test_end_speaks_the_rest_and_closes_with_1000(client: Client) -> None:
    await client.say(text="a b")
    await client.say(end=True)

    assert said(await client.hear_flush()) == "a b"
    assert (await client.closing())[0] == 1000


async def test_a_message_after_the_end_is_refused_and_the_rest_is_spoken(client: Client, service: FakeService) -> None:
    hold = service.speech.hold(0, 1)
    await client.say(text="a b", end=True)
    await client.hear()

    await client.say(text="c")

    error = await client.hear()
    assert error["code"] == "bad_message"
    assert "session has ended" in error["error"]
    hold.open()
    assert said(await client.hear_flush()) == "b"
    assert (await client.closing())[0] == 1000


async def test_cancel_is_answered_once_and_no_chunk_of_before_follows(client: Client, service: FakeService) -> None:
    service.speech.hold(0, 1)
    await client.say(text="a b", flush=True)
    await client.say(text="c", flush=True)
    await client.say(text="d")
    await client.hear()

    await client.say(cancel=True)
    await client.say(text="new", flush=True)

    assert await client.hear() == {"cancelled": True}
    frames = await client.hear_flush()
    assert said(frames) == "new"
    assert frames[0]["flush_index"] == 2
    await service.speech.idle()
    assert "a b" in service.speech.closed


async def test_cancel_after_the_end_stops_and_closes(client: Client, service: FakeService) -> None:
    service.speech.hold(0, 1)
    await client.say(text="a b", end=True)
    await client.hear()

    await client.say(cancel=True)

    assert await client.hear() == {"cancelled": True}
    assert (await client.closing())[0] == 1000


async def test_a_flush_of_nothing_answers_an_empty_final(client: Client) -> None:
    await client.say(text=" ")
    await client.say(flush=True)

    (frame,) = await client.hear_flush()

    assert frame["audio"] == ""
    assert frame["alignment"]["chars"] == []
    assert frame["flush_index"] == 0


async def test_options_hold_from_the_next_flush_and_null_brings_the_default_back(
    client: Client, service: FakeService
) -> None:
    await client.say(voice="bf_emma", speed=2, sample_rate=16000, seed=5, normalize=False)
    await client.say(text="a", flush=True)
    frames = await client.hear_flush()
    await client.say(text="b", flush=True, speed=None, seed=None, sample_rate=None)
    await client.hear_flush()

    first, second = service.speech.requests
    assert (first.voice, first.speed, first.sample_rate_hz, first.seed, first.normalize) == (
        ("bf_emma", 2.0, 16_000, 5, False)
    )
    assert frames[0]["meta"]["seed"] == 5
    assert len(base64.b64decode(frames[0]["audio"])) == 2 * 1600
    assert (second.voice, second.speed, second.sample_rate_hz) == ("bf_emma", 1.0, 44_100)


async def test_options_in_the_url_hold_from_the_first_flush(address: str, service: FakeService) -> None:
    query = "?voice=am_michael&speed=1.25&sample_rate=24000&seed=9&normalize=false&other=1"
    async with session(address, query) as client:
        await client.say(text="a", flush=True)
        await client.hear_flush()

    (request,) = service.speech.requests
    assert (request.voice, request.speed, request.sample_rate_hz) == ("am_michael", 1.25, 24_000)
    assert (request.seed, request.normalize) == (9, False)


async def test_pronunciations_and_ssml_are_handed_on(client: Client, service: FakeService) -> None:
    await client.say(text="a", flush=True, ssml=True, pronunciations={"Nguyen": "/wˈɪn/", "SQL": "sequel"})
    await client.hear_flush()
    await client.say(text="b", flush=True, ssml=None, pronunciations=None)
    await client.hear_flush()
    first, second = service.speech.requests
    assert (first.ssml, first.pronunciations) == (True, (("Nguyen", "/wˈɪn/"), ("SQL", "sequel")))
    assert (second.ssml, second.pronunciations) == (False, ())


@pytest.mark.parametrize(
    ("pronunciations", "complaint"),
    [
        ({"Nguyen": "/123/"}, "none of the phonemes"),
        ({"Nguyen": " "}, "is empty"),
        ({"...": "dots"}, "no letter"),
        ({"a": "b" * 201}, "more than 200 characters"),
        ({f"w{number}": "x" for number in range(201)}, "may be 200 pronunciations, not 201"),
    ],
)
async def test_a_wrong_pronunciation_is_refused_and_the_session_stays(
    client: Client, pronunciations: dict[str, str], complaint: str
) -> None:
    await client.say(text="a", flush=True, pronunciations=pronunciations)
    refused = await client.hear()
    assert refused["code"] == "bad_pronunciation"
    assert complaint in refused["error"]
    await client.still_works()


async def test_a_language_is_a_bcp_47_tag_and_null_leaves_it_to_the_voice(client: Client, service: FakeService) -> None:
    for number, (asked, spoken) in enumerate(
        [("es-MX", "es"), ("eng", "en"), ("", None), ("fr", "fr-fr"), (None, None)]
    ):
        await client.say(text="a", flush=True, language=asked)
        await client.hear_flush()
        assert service.speech.requests[number].language == spoken


async def test_a_voice_may_be_a_blend(address: str, service: FakeService) -> None:
    async with session(address, "?voice=af_bella(3)%2Bbf_emma&language=pt") as client:
        await client.say(text="a", flush=True)
        await client.hear_flush()

    (request,) = service.speech.requests
    assert (request.voice, request.language) == ("af_bella(0.75)+bf_emma(0.25)", "pt-br")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("voice=nobody", "unknown_voice"),
        ("speed=fast", "bad_speed"),
        ("speed=nan", "bad_speed"),
        ("sample_rate=44", "bad_sample_rate"),
        ("sample_rate=1e9", "bad_sample_rate"),
        ("seed=-1", "bad_seed"),
        ("seed=x", "bad_seed"),
        ("normalize=perhaps", "bad_message"),
        ("language=ja", "unsupported_language"),
        ("language=no+language", "unsupported_language"),
        ("voice=jf_alpha", "unknown_voice"),
        ("voice=af_bella%2Bnobody", "unknown_voice"),
        ("voice=af_bella(", "bad_blend"),
    ],
)
async def test_a_wrong_option_in_the_url_is_told_with_the_first_message(
    address: str, service: FakeService, query: str, code: str
) -> None:
    async with session(address, f"?{query}") as client:
        await client.say(text="a", flush=True)

        assert (await client.hear())["code"] == code
        assert said(await client.hear_flush()) == "a"
    assert service.speech.requests[0].voice == "af_heart"
    assert service.speech.requests[0].speed == 1.0


NESTED = '{"text": ' + "[" * 100_000 + "]" * 100_000 + "}"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param("", "bad_message", id="empty"),
        pytest.param("hello", "bad_message", id="not JSON"),
        pytest.param("{", "bad_message", id="cut JSON"),
        pytest.param("[]", "bad_message", id="a list"),
        pytest.param("null", "bad_message", id="null"),
        pytest.param('"text"', "bad_message", id="a string"),
        pytest.param(b'{"text": "a"}', "bad_message", id="a binary frame"),
        pytest.param(b"\xff\x00", "bad_message", id="bytes"),
        pytest.param(NESTED, "bad_message", id="deeply nested"),
        pytest.param('{"seed": ' + "9" * 5000 + "}", "bad_message", id="a number too long to read"),
        pytest.param('{"speed": 1' + "0" * 400 + "}", "bad_message", id="a speed beyond any float"),
        pytest.param('{"text": 5}', "bad_message", id="text as number"),
        pytest.param('{"text": null}', "bad_message", id="text as null"),
        pytest.param('{"text": ["a"]}', "bad_message", id="text as list"),
        pytest.param('{"flush": "yes"}', "bad_message", id="flush as string"),
        pytest.param('{"flush": 1}', "bad_message", id="flush as number"),
        pytest.param('{"end": "true"}', "bad_message", id="end as string"),
        pytest.param('{"cancel": 0}', "bad_message", id="cancel as number"),
        pytest.param('{"voice": 3}', "bad_message", id="voice as number"),
        pytest.param('{"speed": "1.0"}', "bad_message", id="speed as string"),
        pytest.param('{"speed": true}', "bad_message", id="speed as bool"),
        pytest.param('{"sample_rate": 44100.5}', "bad_message", id="sample rate as float"),
        pytest.param('{"seed": true}', "bad_message", id="seed as bool"),
        pytest.param('{"normalize": "no"}', "bad_message", id="normalize as string"),
        pytest.param('{"voice": ""}', "unknown_voice", id="empty voice"),
        pytest.param('{"voice": "../../etc/passwd"}', "unknown_voice", id="voice as path"),
        pytest.param('{"voice": "\\ud800"}', "unknown_voice", id="voice as lone surrogate"),
        pytest.param('{"speed": 0.49}', "bad_speed", id="slow"),
        pytest.param('{"speed": 2.01}', "bad_speed", id="fast"),
        pytest.param('{"speed": NaN}', "bad_speed", id="NaN"),
        pytest.param('{"speed": -Infinity}', "bad_speed", id="infinite"),
        pytest.param('{"sample_rate": 44000}', "bad_sample_rate", id="odd rate"),
        pytest.param('{"sample_rate": 0}', "bad_sample_rate", id="no rate"),
        pytest.param('{"seed": -1}', "bad_seed", id="negative seed"),
        pytest.param('{"seed": 4294967296}', "bad_seed", id="large seed"),
        pytest.param('{"language": "zh-CN"}', "unsupported_language", id="Mandarin"),
        pytest.param('{"language": "\\ud800"}', "unsupported_language", id="language as lone surrogate"),
        pytest.param('{"language": 5}', "bad_message", id="language as number"),
        pytest.param('{"voice": "af_bella(0)+af_heart"}', "bad_blend", id="a blend of nothing"),
    ],
)
async def test_a_bad_message_is_told_and_the_session_stays(client: Client, raw: str | bytes, code: str) -> None:
    answer = await client.answer_to(raw)

    assert set(answer) == {"error", "code", "message_index"}
    assert answer["code"] == code
    assert answer["error"].endswith((".", "?"))
    await client.still_works()


async def test_a_bad_message_changes_nothing(client: Client, service: FakeService) -> None:
    await client.say(text="kept", voice="bf_emma")
    await client.say(text=" lost", flush=True, cancel=True, end=True, voice="am_michael", speed=9)
    assert (await client.hear())["code"] == "bad_speed"

    await client.say(flush=True)

    assert said(await client.hear_flush()) == "kept"
    assert service.speech.requests[0].voice == "bf_emma"


async def test_unknown_fields_are_ignored(client: Client) -> None:
    await client.say(text="a", flush=True, colour="red", nested={"x": [1]}, **{"\ud800": 1})

    assert said(await client.hear_flush()) == "a"


async def test_an_unknown_voice_is_answered_with_near_names(client: Client) -> None:
    near = await client.answer_to('{"voice": "AF_hart"}')
    far = await client.answer_to(json.dumps({"voice": "zzzz" * 1000}))

    assert near["error"] == 'There is no voice "AF_hart". Did you mean af_heart?'
    assert far["error"] == f'There is no voice "{"z" * 40}…". GET /health lists the voices.'


async def test_text_over_the_limit_is_refused_and_what_was_buffered_stays(client: Client, service: FakeService) -> None:
    service.configure(max_buffered_characters=10)
    await client.say(text="12345")

    error = await client.answer_to('{"text": "123456", "flush": true}')

    assert error["code"] == "text_too_long"
    assert "10 characters" in error["error"]
    await client.say(flush=True)
    assert said(await client.hear_flush()) == "12345"


async def test_a_refusal_names_the_message_that_it_answers(client: Client) -> None:
    await client.say(text="a")
    refused = await client.answer_to('{"speed": 9}')
    await client.say(flush=True)
    await client.hear_flush()
    again = await client.answer_to(b"binary")

    assert (refused["code"], refused["message_index"]) == ("bad_speed", 1)
    assert (again["code"], again["message_index"]) == ("bad_message", 3)


async def test_settings_that_change_meanwhile_hold_for_an_open_session(client: Client, service: FakeService) -> None:
    await client.say(text="123456")
    service.configure(max_buffered_characters=8, default_voice="bf_emma")

    assert (await client.answer_to('{"text": "789"}'))["code"] == "text_too_long"
    await client.say(flush=True)
    await client.hear_flush()
    assert service.speech.requests[0].voice == "bf_emma"


async def test_too_many_flushes_are_refused(client: Client, service: FakeService) -> None:
    service.configure(max_pending_flushes=1)
    hold = service.speech.hold(0, 0)
    await client.say(text="a", flush=True)
    await client.say(text="b", flush=True)

    assert (await client.answer_to('{"text": "c", "flush": true}'))["code"] == "too_many_flushes"
    hold.open()
    assert said(await client.hear_flush()) == "a"
    assert said(await client.hear_flush()) == "b"


@pytest.mark.parametrize(
    "text",
    [
        "\ud800",
        "a\udfff b",
        "😀 👩‍👩‍👧‍👦",
        "\x00\x01\x1b[31m",
        "שלום 你好",
        "?!…",
        "x" * 5000,
    ],
    ids=ascii,
)
async def test_odd_text_comes_back_in_the_alignment(client: Client, text: str) -> None:
    await client.say(text=text, flush=True)

    assert said(await client.hear_flush()) == text


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (SynthesisFailed("That could not be said."), "synthesis_failed", "That could not be said."),
        (Overloaded("Too much is waiting."), "overloaded", "Too much is waiting."),
        (RuntimeError("/srv/secret.py line 3"), "synthesis_failed", UNEXPECTED_FAILURE),
    ],
)
async def test_a_failure_ends_its_flush_with_its_index_and_others_go_on(
    client: Client, service: FakeService, error: Exception, code: str, sentence: str
) -> None:
    service.speech.fail(1, 1, error)
    for text in ("a b", "c d", "e f"):
        await client.say(text=text, flush=True)

    assert said(await client.hear_flush()) == "a b"
    part, failure = await client.hear_flush()
    assert said([part]) == "c "
    assert failure.pop("retry_after", None) == (2 if code == "overloaded" else None)
    assert failure == {"error": sentence, "code": code, "flush_index": 1}
    assert said(await client.hear_flush()) == "e f"


async def test_a_client_that_vanishes_leaves_nothing_behind(address: str, service: FakeService) -> None:
    service.speech.hold(0, 1)
    service.speech.hold(1, 1)
    service.configure(max_sessions=1)
    async with session(address) as client:
        await client.say(text="a b", flush=True)
        await client.say(text="c d", flush=True)
        await client.hear()
        await service.speech.started(1)
        client.socket.transport.abort()

    await service.speech.idle()

    assert sorted(service.speech.closed) == ["a b", "c d"]
    await wait_for_a_place(address)


async def test_a_handler_that_is_cancelled_leaves_nothing_behind(service: FakeService) -> None:
    """Some servers cancel the handler where others say that the client has left."""
    service.speech.hold(0, 1)
    incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    incoming.put_nowait({"type": "websocket.connect"})
    incoming.put_nowait({"type": "websocket.receive", "text": '{"text": "a b", "flush": true}'})

    async def send(message: Any) -> None:
        pass

    scope = {"type": "websocket", "path": "/ws", "query_string": b"", "headers": []}
    handler = asyncio.ensure_future(create_app(service)(scope, incoming.get, send))
    await service.speech.started(0)

    handler.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(handler, PATIENCE_S)
    assert service.speech.open == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def wait_for_a_place(address: str) -> None:
    """Returns once a session is taken again, or fails."""

    async def attempt() -> None:
        while True:
            async with session(address) as client:
                try:
                    await client.still_works()
                    return
                except ConnectionClosed:
                    pass

    await asyncio.wait_for(attempt(), PATIENCE_S)


async def test_more_sessions_than_the_limit_are_closed_with_1013(address: str, service: FakeService) -> None:
    service.configure(max_sessions=1)
    async with session(address) as first:
        async with session(address) as second:
            code, reason = await second.closing()
        await first.still_works()
        service.configure(max_sessions=2)
        async with session(address) as third:
            await third.still_works()

    assert code == 1013
    assert 0 < len(reason.encode()) <= 123


@pytest.mark.parametrize(
    "origin", ["https://elsewhere.example", "null", "http://127.0.0.1", "http://[", "http://ünder.example", "x" * 200]
)
async def test_a_page_of_another_host_is_closed_with_1008_and_the_reason(
    http: httpx.AsyncClient, address: str, origin: str
) -> None:
    async with connect(f"ws://{address}/ws", origin=Origin(origin)) as socket:
        code, reason = await Client(socket).closing()

    assert code == 1008
    assert "session.allowed_origins" in reason
    assert 'kokoro_serve_errors_total{code="foreign_origin"' in (await http.get("/metrics")).text


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://{address}", []),
        ("HTTPS://{address}", []),
        ("https://app.example", ["https://app.example"]),
        ("https://app.example", ["*"]),
    ],
    ids=["its own", "its own behind TLS", "named", "any"],
)
async def test_a_page_of_this_host_or_of_an_allowed_one_speaks(
    address: str, service: FakeService, origin: str, allowed: list[str]
) -> None:
    service.configure(allowed_origins=allowed)
    async with connect(f"ws://{address}/ws", origin=Origin(origin.format(address=address))) as socket:
        await Client(socket).still_works()


async def test_before_the_service_is_warm_a_message_is_told_so(client: Client, service: FakeService) -> None:
    voices, service.voices = service.voices, ()

    assert (await client.answer_to('{"text": "a", "flush": true}'))["code"] == "not_ready"

    service.voices = voices
    await client.still_works()


async def test_two_sessions_do_not_mix(address: str) -> None:
    async with session(address) as one, session(address) as two:
        await one.say(text="a b", flush=True)
        await two.say(text="c d", flush=True)

        assert said(await two.hear_flush()) == "c d"
        assert said(await one.hear_flush()) == "a b"


async def test_a_fault_in_the_session_itself_closes_with_1011(
    client: Client, service: FakeService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("app.api.native._chunk_frame", broken)
    await client.say(text="a", flush=True)

    code, reason = await client.closing()

    assert code == 1011
    assert "secret" not in reason
    assert "ZeroDivisionError" in caplog.text


async def test_a_text_goes_on_from_a_sample(client: Client, service: FakeService) -> None:
    await client.say(text="one two three", flush=True, seed=3, resume={"from_sample": 8_820})
    (frame,) = await client.hear_flush()
    assert said([frame]) == "three"
    assert frame["alignment"]["offset_ms"] == 200
    assert frame["meta"]["seed"] == 3
    assert service.speech.requests[0].from_sample == 8_820


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"text": "one", "resume": {"from_sample": 1}}, '"resume" goes with "flush" or "end"'),
        ({"text": "one", "flush": True, "resume": {"from_sample": -1}}, "resume.from_sample"),
        ({"text": "one", "flush": True, "resume": {}}, '"resume.from_sample" is missing'),
        ({"text": "one", "flush": True, "resume": 7}, '"resume"'),
    ],
)
async def test_a_resume_that_means_nothing_changes_nothing(client: Client, message, sentence: str) -> None:
    answer = await client.answer_to(json.dumps(message))
    assert answer["code"] == "bad_message"
    assert sentence in answer["error"]
    await client.still_works()


async def test_before_the_server_stops_it_says_so_speaks_what_was_flushed_and_takes_nothing_more(
    client: Client, service: FakeService
) -> None:
    service.configure(drain_jitter_s=0.0, drain_s=PATIENCE_S)
    gate = service.speech.hold(0, 1)
    await client.say(text="one two", flush=True)
    await client.hear()
    service.drain.begin()
    assert await client.hear() == {"going_away": True, "reconnect_within_ms": 1000 * PATIENCE_S}
    await client.say(text="three", flush=True)
    assert (await client.hear())["code"] == "going_away"
    gate.open()
    assert said(await client.hear_flush()) == "two"
    code, reason = await client.closing()
    assert code == 1012
    assert "open a new session" in reason


async def test_a_session_that_speaks_for_too_long_is_closed_before_the_server_stops(
    client: Client, service: FakeService
) -> None:
    service.configure(drain_jitter_s=0.0, drain_s=0.05)
    service.speech.hold(0, 1)
    await client.say(text="one two", flush=True)
    await client.hear()
    service.drain.begin()
    assert (await client.hear())["going_away"]
    assert (await client.closing())[0] == 1012
    await service.speech.idle()


async def test_a_silent_session_and_a_new_one_are_sent_elsewhere_at_once(
    client: Client, address: str, service: FakeService
) -> None:
    await client.still_works()
    service.drain.begin()
    assert (await client.hear())["going_away"]
    assert (await client.closing())[0] == 1012
    async with session(address) as newcomer:
        assert (await newcomer.closing())[0] == 1012
