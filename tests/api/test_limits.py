"""How much one caller may have spoken at once and in a minute."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import aclosing

import httpx
import pytest
from websockets.asyncio.client import connect

from app.api.auth import Caller
from app.api.limits import LimitedSpeech, Limits, LongerThanAMinute, RateLimitExceeded, TooManyConcurrent
from app.messages import SpeechRequest, SynthesisFailed
from app.settings import AuthSettings
from tests.fakes import PATIENCE_S, FakeClock, FakeService, FakeSpeech

SOMEONE = Caller("someone", admin=False)


class Rig:
    """Limits that a test changes, over the fake Speech."""

    def __init__(self, **auth: int) -> None:
        self.settings = AuthSettings(**auth)
        self.limits = Limits(lambda: self.settings)
        self.below = FakeSpeech()

    def speech(self, caller: Caller = SOMEONE) -> LimitedSpeech:
        return LimitedSpeech(self.below, self.limits, caller)


async def speak(speech: LimitedSpeech, text: str = "a b") -> int:
    """Speaks a text to its end; the number of its chunks."""
    async with aclosing(speech.speak(SpeechRequest("id", text, "af_heart"))) as chunks:
        return sum([len(batch) async for batch in chunks])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """In the place of the one that the counting library reads; it begins with a minute."""
    clock = FakeClock(1_000_020.0)
    assert clock.now_s % 60 == 0
    monkeypatch.setattr(time, "time", clock)
    return clock


async def test_more_at_once_than_the_limit_is_refused_and_reaches_nothing() -> None:
    rig = Rig(max_concurrent=1)
    hold = rig.below.hold(0, 1)
    one, other = rig.speech(), rig.speech()
    first = asyncio.create_task(speak(one))
    await rig.below.started(0)
    assert one.is_speaking()

    with pytest.raises(TooManyConcurrent, match="1 text spoken at once") as raised:
        await speak(other)

    assert isinstance(raised.value, SynthesisFailed)
    assert (raised.value.code, raised.value.retry_after_s) == ("too_many_concurrent_requests", 1)
    assert len(rig.below.requests) == 1
    hold.open()
    assert await first == 2
    assert not one.is_speaking()
    assert await speak(other) == 2


async def test_a_session_that_prepares_its_next_flush_counts_once() -> None:
    rig = Rig(max_concurrent=1)
    holds = [rig.below.hold(call, 0) for call in range(2)]
    session = rig.speech()
    spoken = [asyncio.create_task(speak(session, text)) for text in ("a", "b")]
    await rig.below.started(1)

    holds[0].open()
    assert await spoken[0] == 1
    with pytest.raises(TooManyConcurrent):
        await speak(rig.speech())
    holds[1].open()
    assert await spoken[1] == 1
    assert await speak(rig.speech()) == 2


@pytest.mark.parametrize("ending", ["failure", "cancellation", "refusal of the characters"])
async def test_a_place_comes_back_however_it_ended(ending: str) -> None:
    rig = Rig(max_concurrent=1, max_characters_per_minute=100)
    rig.below.hold(0, 1)
    rig.below.fail(0, 0, SynthesisFailed("no") if ending == "failure" else None)
    if ending == "cancellation":
        rig = Rig(max_concurrent=1)
        rig.below.hold(0, 1)
        task = asyncio.create_task(speak(rig.speech()))
        await rig.below.started(0)
        task.cancel()
        await asyncio.wait({task})
    elif ending == "failure":
        with pytest.raises(SynthesisFailed):
            await speak(rig.speech())
    else:
        with pytest.raises(LongerThanAMinute):
            await speak(rig.speech(), "x" * 101)

    rig.below = FakeSpeech()
    assert await speak(rig.speech()) == 2


async def test_callers_do_not_share_what_they_may_have() -> None:
    rig = Rig(max_concurrent=1, max_characters_per_minute=5)
    rig.below.hold(0, 0)
    task = asyncio.create_task(speak(rig.speech(), "12345"))
    await rig.below.started(0)

    assert await speak(rig.speech(Caller("other", admin=False)), "12345") == 1

    task.cancel()
    await asyncio.wait({task})


async def test_a_key_may_have_limits_of_its_own(clock: FakeClock) -> None:
    rig = Rig(max_concurrent=1, max_characters_per_minute=5)
    free = Caller("free", admin=False, max_concurrent=0, max_characters_per_minute=0)
    rig.below.hold(0, 0)
    task = asyncio.create_task(speak(rig.speech(free), "123456789"))
    await rig.below.started(0)

    assert await speak(rig.speech(free), "123456789") == 1
    task.cancel()
    await asyncio.wait({task})
    tight = Caller("tight", admin=False, max_characters_per_minute=1)
    with pytest.raises(LongerThanAMinute):
        await speak(rig.speech(tight), "12")


async def test_limits_that_change_hold_at_once(clock: FakeClock) -> None:
    rig = Rig()
    assert await speak(rig.speech(), "x" * 100) == 1
    rig.settings = AuthSettings(max_characters_per_minute=10)
    with pytest.raises(LongerThanAMinute):
        await speak(rig.speech(), "x" * 100)


async def test_characters_of_a_minute_run_out_and_nothing_is_taken_for_a_refusal(clock: FakeClock) -> None:
    rig = Rig(max_characters_per_minute=100)
    assert await speak(rig.speech(), "x" * 60) == 1

    for _ in range(3):
        with pytest.raises(RateLimitExceeded, match="100 characters spoken in a minute") as raised:
            await speak(rig.speech(), "x" * 41)

    assert raised.value.code == "rate_limit_exceeded"
    assert await speak(rig.speech(), "x" * 40) == 1


@pytest.mark.parametrize("used", [[(0, 60)], [(0, 100)], [(30, 90)], [(0, 30), (59, 70)], [(0, 80), (70, 30)]])
@pytest.mark.parametrize("wanted", [50, 100])
async def test_after_the_time_that_a_refusal_names_there_is_room_and_not_much_before(
    clock: FakeClock, used: list[tuple[int, int]], wanted: int
) -> None:
    rig, began_at = Rig(max_characters_per_minute=100), clock.now_s
    for at_s, characters in used:
        clock.now_s = began_at + at_s
        await speak(rig.speech(), "x" * characters)
    with pytest.raises(RateLimitExceeded) as raised:
        await speak(rig.speech(), "x" * wanted)
    wait_s = raised.value.retry_after_s
    assert wait_s is not None
    assert 1 <= wait_s <= 120

    clock.advance(wait_s - 2)
    if wait_s > 2:
        with pytest.raises(RateLimitExceeded):
            await speak(rig.speech(), "x" * wanted)
    clock.advance(2)
    assert await speak(rig.speech(), "x" * wanted) == 1


async def test_over_http_a_refusal_is_429_with_the_time_to_wait(http: httpx.AsyncClient, service: FakeService) -> None:
    headers = {"xi-api-key": service.add_key(max_characters_per_minute=10)}
    assert (await http.post("/synth_wav", json={"text": "12345678"}, headers=headers)).status_code == 200

    refused = await http.post("/synth_wav", json={"text": "12345678"}, headers=headers)
    longer = await http.post("/synth_wav", json={"text": "x" * 11}, headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limit_exceeded")
    assert 1 <= int(refused.headers["retry-after"]) <= 120
    assert (longer.status_code, longer.json()["code"]) == (413, "text_too_long")
    assert "retry-after" not in longer.headers


async def test_over_http_as_many_as_may_be_at_once_are_spoken(http: httpx.AsyncClient, service: FakeService) -> None:
    service.configure_auth(max_concurrent=1)
    hold = service.speech.hold(0, 0)
    first = asyncio.create_task(http.post("/synth_wav", json={"text": "a"}))
    await service.speech.started(0)

    refused = await http.post("/synth_wav", json={"text": "b"})

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_concurrent_requests")
    assert refused.headers["retry-after"] == "1"
    hold.open()
    assert (await first).status_code == 200


async def test_in_a_session_a_refusal_ends_its_flush_with_the_time_to_wait(address: str, service: FakeService) -> None:
    headers = {"xi-api-key": service.add_key(max_characters_per_minute=10)}
    async with connect(f"ws://{address}/ws", additional_headers=headers) as socket:
        for _ in range(2):
            await socket.send(json.dumps({"text": "12345678", "flush": True}))
        spoken, refused = [json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S)) for _ in range(2)]
        await socket.send(json.dumps({"text": "12", "flush": True}))
        last = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))

    assert spoken["final"]
    assert refused["code"] == "rate_limit_exceeded"
    assert refused["flush_index"] == 1
    assert refused["retry_after"] >= 1
    assert last["final"], "the session goes on"
