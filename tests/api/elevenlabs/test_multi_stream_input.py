"""``multi-stream-input`` frame by frame, over a real server with a fake Speech."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.api.elevenlabs import connection
from app.messages import Overloaded
from tests.api.elevenlabs.clients import Client, audio_of, opened, said
from tests.fakes import FakeService

AUTO = "output_format=pcm_24000&auto_mode=true&sync_alignment=true&inactivity_timeout=180"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CLOSE_AFTER_ERROR_S", 0.01)


@pytest.fixture
async def client(address: str) -> AsyncIterator[Client]:
    async with opened(address, "multi-stream-input") as client:
        yield client


@pytest.fixture
async def auto(address: str) -> AsyncIterator[Client]:
    async with opened(address, "multi-stream-input", AUTO) as client:
        yield client


async def test_the_frames_are_those_of_the_original_key_by_key(client: Client) -> None:
    await client.say(text=" ", context_id="c", voice_settings={})
    await client.say(text="Hi you.", context_id="c", flush=True)
    await client.say(close_context=True, context_id="c")
    *sounds, final = await client.hear_until_final("c")
    assert final == {"audio": None, "isFinal": True, "contextId": "c"}
    assert len(sounds) == 2
    for sound in sounds:
        assert set(sound) == {"audio", "normalizedAlignment", "alignment", "contextId"}
        assert sound["audio"]
        assert sound["contextId"] == "c"
    assert said(sounds) == "Hi you. "
    assert said(sounds, "normalizedAlignment") == " Hi you. "


async def test_livekits_end_of_a_turn_brings_all_of_it(auto: Client) -> None:
    await auto.say(text=" ", voice_settings={}, context_id="c")
    await auto.say(text="One two. ", context_id="c", flush=True)
    await auto.say(text="Three. ", context_id="c", flush=True)
    await auto.say(text="", context_id="c", flush=True)
    await auto.say(close_context=True, context_id="c")
    assert said(await auto.hear_until_final("c")) == "One two. Three. "


async def test_pipecats_end_of_a_turn_brings_all_of_it(auto: Client) -> None:
    await auto.say(text=" ", context_id="c")
    await auto.say(text="One, two.", context_id="c")
    await auto.say(text="Three.", context_id="c")
    await auto.say(flush=True, context_id="c")
    await auto.say(close_context=True, context_id="c")
    assert said(await auto.hear_until_final("c")) == "One, two. Three. "


async def test_a_context_that_is_closed_within_its_turn_stops_at_once(auto: Client, service: FakeService) -> None:
    gate = service.speech.hold(0, 1)
    await auto.say(text="One two three four five.", context_id="c")
    first = await auto.hear()
    await gate.reached()
    await auto.say(close_context=True, context_id="c")
    assert (await auto.hear_until_final("c"))[-1]["isFinal"] is True
    await service.speech.idle()
    assert len(audio_of([first])) == 2 * 2400
    await auto.say(text="Six.", context_id="d", flush=True)
    assert said([await auto.hear()]) == "Six. "


async def test_contexts_are_spoken_side_by_side(client: Client, service: FakeService) -> None:
    gate = service.speech.hold(0, 1)
    await client.say(text="A B", context_id="a", flush=True)
    assert (await client.hear())["contextId"] == "a"
    await client.say(text="C D", context_id="b", flush=True)
    frames = [await client.hear(), await client.hear()]
    assert {frame["contextId"] for frame in frames} == {"b"}
    gate.open()
    assert (await client.hear())["contextId"] == "a"


async def test_a_name_may_be_used_again_and_the_old_one_comes_to_its_end_first(
    client: Client, service: FakeService
) -> None:
    gate = service.speech.hold(0, 0)
    await client.say(text="Old one.", context_id="c", flush=True)
    await client.say(close_context=True, context_id="c")
    await client.say(text="New.", context_id="c", flush=True)
    await client.say(close_context=True, context_id="c")
    await gate.reached()
    gate.open()
    assert said(await client.hear_until_final("c")) == "Old one. "
    assert said(await client.hear_until_final("c")) == "New. "
    await client.hears_nothing()


@pytest.mark.parametrize("name", ["context_id", "contextId"])
async def test_both_spellings_of_the_name_are_understood(client: Client, name: str) -> None:
    await client.say(text="Hi.", flush=True, **{name: "c"})
    assert (await client.hear())["contextId"] == "c"


async def test_without_a_name_there_is_a_default_context(client: Client) -> None:
    await client.say(text="Hi.", flush=True)
    assert (await client.hear())["contextId"] == "default"
    await client.say(close_context=True)
    assert await client.hear() == {"audio": None, "isFinal": True, "contextId": "default"}


@pytest.mark.parametrize("keep_alive", [{"text": ""}, {"text": "", "context_id": "c"}, {"text": "", "context_id": "x"}])
async def test_a_keep_alive_neither_opens_nor_closes_anything(client: Client, keep_alive: dict[str, str]) -> None:
    await client.say(text="Hi.", context_id="c", flush=True)
    await client.hear()
    await client.say(**keep_alive)
    await client.hears_nothing()
    await client.say(text="More.", context_id="c", flush=True)
    assert said([await client.hear()]) == "More. "


@pytest.mark.parametrize("message", [{"close_context": True}, {"flush": True}, {"text": "", "flush": True}])
async def test_nothing_comes_of_a_context_that_is_not_there(client: Client, message: dict[str, object]) -> None:
    await client.say(context_id="nobody", **message)
    await client.hears_nothing()


async def test_closing_the_socket_speaks_what_was_flushed_and_no_more(client: Client) -> None:
    await client.say(text="Flushed.", context_id="a", flush=True)
    await client.say(text="Not flushed.", context_id="b")
    await client.say(close_socket=True)
    await client.say(text="Too late.", context_id="c", flush=True)
    frames, code, reason = await client.hear_rest()
    assert said(frames) == "Flushed. "
    assert sorted(frame["contextId"] for frame in frames if frame.get("isFinal")) == ["a", "b"]
    assert (code, reason) == (1000, "")


async def test_closing_a_socket_without_contexts_closes_it_at_once(client: Client) -> None:
    await client.say(close_socket=True)
    assert await client.hear_rest() == ([], 1000, "")


async def test_too_many_contexts_are_refused_and_closed_ones_do_not_count(client: Client, service: FakeService) -> None:
    service.configure_elevenlabs(max_contexts=2)
    for name in ("a", "b"):
        await client.say(text=" ", context_id=name)
    await client.say(close_context=True, context_id="a")
    await client.say(text=" ", context_id="c")
    await client.say(text=" ", context_id="d")
    frames, code, reason = await client.hear_rest()
    assert frames[-1]["error"] == "max_active_conversations"
    assert frames[-1]["message"].startswith("Maximum simultaneous contexts per WebSocket connection exceeded (2).")
    assert code == 1008
    assert frames[-1]["message"].startswith(reason)


async def test_a_failure_ends_its_context_alone(client: Client, service: FakeService) -> None:
    service.speech.fail(0, 1, Overloaded("The service is busy."))
    await client.say(text="One two.", context_id="a", flush=True)
    frames = await client.hear_until_final("a")
    assert frames[1:] == [
        {"message": "The service is busy.", "error": "overloaded", "code": 1008, "retry_after": 2, "contextId": "a"},
        {"audio": None, "isFinal": True, "contextId": "a"},
    ]
    await client.say(text="Again.", context_id="a", flush=True)
    assert said([await client.hear()]) == "Again. "


async def test_a_caller_over_its_limit_is_told_when_to_come_again(client: Client, service: FakeService) -> None:
    service.configure_auth(max_characters_per_minute=8)
    await client.say(text="One two.", context_id="a", flush=True)
    await client.hear()
    await client.hear()
    await client.say(text="Three.", context_id="a", flush=True)
    error, final = await client.hear_until_final("a")
    assert (error["error"], final["isFinal"]) == ("rate_limit_exceeded", True)
    assert error["retry_after"] > 0


async def test_too_much_text_ends_its_context_alone(client: Client, service: FakeService) -> None:
    service.configure(max_buffered_characters=100)
    await client.say(text="b", context_id="b")
    await client.say(text="a" * 101, context_id="a")
    frames = await client.hear_until_final("a")
    assert [frame.get("error") for frame in frames] == ["text_too_long", None]
    await client.say(text=".", context_id="b", flush=True)
    assert said([await client.hear()]) == "b. "


async def test_a_silent_context_is_told_and_the_others_go_on(
    address: str, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_INACTIVITY_S", 0.2)
    async with opened(address, "multi-stream-input") as client:
        await client.say(text="Not flushed", context_id="a")
        frames = await client.hear_until_final("a")
        assert [frame.get("error") for frame in frames] == ["input_timeout_exceeded", None]
        await client.say(text="Hi.", context_id="b", flush=True)
        assert said([await client.hear()]) == "Hi. "


async def test_an_unknown_voice_is_told_before_anything_is_asked(address: str) -> None:
    async with opened(address, "multi-stream-input", voice="nobody") as client:
        frames, code, _ = await client.hear_rest()
    assert [frame["error"] for frame in frames] == ["voice_id_does_not_exist"]
    assert "contextId" not in frames[0]
    assert code == 1008


async def test_a_client_that_leaves_takes_all_its_contexts_along(address: str, service: FakeService) -> None:
    gates = [service.speech.hold(call, 1) for call in (0, 1)]
    async with opened(address, "multi-stream-input") as client:
        for name in ("a", "b"):
            await client.say(text="One two three", context_id=name, flush=True)
        for gate in gates:
            await gate.reached()
    await service.speech.idle()


async def test_before_the_server_stops_it_speaks_what_was_flushed_and_closes(
    client: Client, service: FakeService
) -> None:
    service.configure(drain_jitter_s=0.0)
    gate = service.speech.hold(0, 1)
    await client.say(text="One two.", context_id="ended", flush=True)
    await client.say(close_context=True, context_id="ended")
    await client.say(text="Three four.", context_id="open", flush=True)
    await client.say(text="Not flushed", context_id="open")
    await gate.reached()
    await service.speech.started(1)
    service.drain.begin()
    gate.open()
    frames, code, reason = await client.hear_rest()
    assert said([frame for frame in frames if frame["contextId"] == "ended"]) == "One two. "
    assert said([frame for frame in frames if frame["contextId"] == "open"]) == "Three four. "
    # One that the client had not ended has no end, so that it is not taken for whole.
    assert [frame["contextId"] for frame in frames if frame.get("isFinal")] == ["ended"]
    assert code == 1012
    assert "open a new session" in reason
