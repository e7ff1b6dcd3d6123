"""``stream-input`` frame by frame, over a real server with a fake Speech."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from app.api.elevenlabs import connection
from app.messages import Overloaded
from tests.api.elevenlabs.clients import Client, assert_whole, audio_of, opened, said
from tests.fakes import FakeService

SENTENCE = "This is the first sentence of them all."


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CLOSE_AFTER_ERROR_S", 0.01)


@pytest.fixture
async def client(address: str) -> AsyncIterator[Client]:
    async with opened(address, "stream-input") as client:
        yield client


async def test_the_frames_are_those_of_the_original_key_by_key(client: Client) -> None:
    await client.say(text=" ", voice_settings={"stability": 0.5}, generation_config={"chunk_length_schedule": [50]})
    await client.say(text="Hi you.")
    await client.say(text="")

    frames, code, reason = await client.hear_rest()

    assert (code, reason) == (1000, "")
    *sounds, final = frames
    assert final == {"audio": None, "isFinal": True, "normalizedAlignment": None, "alignment": None}
    assert [set(frame) for frame in sounds] == [{"audio", "isFinal", "normalizedAlignment", "alignment"}] * len(sounds)
    assert all(frame["isFinal"] is None and frame["audio"] for frame in sounds)
    first, *others = sounds
    assert first["alignment"] == {
        "chars": ["H", "i", " ", "y", "o", "u", ".", " "],
        "charStartTimesMs": [0, 33, 66, 100, 125, 150, 175, 200],
        "charDurationsMs": [33, 33, 33, 25, 25, 25, 25, 0],
    }, "the last one lasts until its segment ends"
    assert "".join(first["normalizedAlignment"]["chars"]) == " Hi you. "
    assert all(frame["alignment"] is None and frame["normalizedAlignment"] is None for frame in others)
    assert len(audio_of(sounds)) == 2 * 2400 * 2


async def test_every_segment_is_told_with_its_first_sound_on_a_clock_of_its_own(client: Client) -> None:
    await client.say(text="One two. Three four.")
    await client.say(text="")
    frames, _, _ = await client.hear_rest()
    alignments = [frame["alignment"] for frame in frames]
    assert [alignment is not None for alignment in alignments] == [True, False, True, False, False]
    assert said(frames) == "One two. Three four. "
    assert said(frames, "normalizedAlignment") == " One two.  Three four. "
    for alignment in filter(None, alignments):
        assert_whole(alignment)
        assert alignment["charStartTimesMs"][0] == 0
        assert alignment["charStartTimesMs"][-1] + alignment["charDurationsMs"][-1] == 200


async def test_with_sync_alignment_every_sound_has_its_characters(address: str) -> None:
    async with opened(address, "stream-input", "output_format=pcm_24000&sync_alignment=true") as client:
        await client.say(text="One two three. Four.")
        await client.say(text="")
        frames, _, _ = await client.hear_rest()
    assert ["".join(frame["alignment"]["chars"]) for frame in frames[:-1]] == ["One ", "two ", "three. ", "Four. "]
    assert [frame["alignment"]["charStartTimesMs"][0] for frame in frames[:-1]] == [0, 100, 200, 0]


async def test_text_waits_for_the_schedule(client: Client, service: FakeService) -> None:
    await client.say(text=" ")
    await client.say(text=SENTENCE + " ")
    await client.say(text=SENTENCE + " ")
    await client.hears_nothing()
    assert service.speech.requests == []
    await client.say(text=SENTENCE + " And mo")
    assert (await service.speech.started(0)).text == f"{SENTENCE} " * 3
    await client.say(text="re.")
    await client.say(text="")
    assert (await service.speech.started(1)).text == "And more."
    frames, _, _ = await client.hear_rest()
    assert said(frames) == f"{SENTENCE} " * 3 + "And more. "


async def test_a_trigger_speaks_from_fifty_characters_on(client: Client, service: FakeService) -> None:
    await client.say(text=SENTENCE + " ", try_trigger_generation=True)
    await client.hears_nothing()
    await client.say(text="And some more.", try_trigger_generation=True)
    assert (await service.speech.started(0)).text == f"{SENTENCE} "


@pytest.mark.parametrize("name", ["generation_config", "generator_config"])
async def test_the_schedule_may_come_with_any_message(client: Client, service: FakeService, name: str) -> None:
    await client.say(text=SENTENCE + " ")
    await client.say(text="And here is more. ", **{name: {"chunk_length_schedule": [50]}})
    assert (await service.speech.started(0)).text == f"{SENTENCE} And here is more. "


@pytest.mark.parametrize("text", ["", " ", "Hello."])
async def test_a_flush_speaks_at_once_and_leaves_the_socket_open(client: Client, text: str) -> None:
    await client.say(text="Well, hello. ")
    await client.say(text=text, flush=True)
    assert said([await client.hear()]) == "Well, hello. "
    await client.say(text="More.", flush=True)
    await client.say(text="")
    frames, _, _ = await client.hear_rest()
    assert said(frames).split() == f"{text} More.".split()


async def test_auto_mode_speaks_each_sentence_at_its_end(address: str, service: FakeService) -> None:
    async with opened(address, "stream-input", "output_format=pcm_24000&auto_mode=true") as client:
        for token in ("Hel", "lo", " world", ".", " Good", " day!"):
            await client.say(text=token)
        assert [(await service.speech.started(index)).text for index in (0, 1)] == ["Hello world.", "Good day!"]
        await client.say(text="")
        frames, code, _ = await client.hear_rest()
    assert said(frames) == "Hello world. Good day! "
    assert code == 1000


async def test_auto_mode_speaks_what_nothing_follows(address: str, service: FakeService) -> None:
    service.configure_elevenlabs(quiet_ms=20)
    async with opened(address, "stream-input", "output_format=pcm_24000&auto_mode=true") as client:
        await client.say(text="Without an end")
        assert (await service.speech.started(0)).text == "Without an end"
        assert said([await client.hear() for _ in range(3)]) == "Without an end "


async def test_keep_alives_say_nothing(client: Client, service: FakeService) -> None:
    for _ in range(3):
        await client.say(text=" ")
    await client.say(text="")
    frames, code, _ = await client.hear_rest()
    assert (len(frames), code) == (1, 1000)
    assert service.speech.requests == []


async def test_settings_reach_the_speech(address: str, service: FakeService) -> None:
    query = (
        "output_format=pcm_16000&seed=7&language_code=en-GB&apply_text_normalization=off&enable_ssml_parsing=true&x=y"
    )
    async with opened(address, "stream-input", query, voice="bf_emma") as client:
        await client.say(text="Hi.", voice_settings={"speed": 1.5, "style": None}, unknown=1, flush=True)
        asked = await service.speech.started(0)
        assert asked.ssml
        assert (asked.voice, asked.seed, asked.language, asked.normalize) == ("bf_emma", 7, "en-gb", False)
        assert (asked.sample_rate_hz, asked.speed) == (16_000, 1.5)
        await client.say(text="Hi.", voice_settings={"speed": 9}, flush=True)
        assert (await service.speech.started(1)).speed == 2.0
        await client.say(text="Hi.", voice_settings=None, flush=True)
        assert (await service.speech.started(2)).speed == 2.0


async def test_an_id_of_elevenlabs_is_one_of_kokoros_voices(address: str, service: FakeService) -> None:
    async with opened(address, "stream-input", voice="21m00Tcm4TlvDq8ikWAM") as client:
        await client.say(text="Hi.", flush=True)
        assert (await service.speech.started(0)).voice == "af_heart"


@pytest.mark.parametrize(
    ("query", "options", "error", "says"),
    [
        ("", {"voice": "nobody"}, "voice_id_does_not_exist", "A voice with voice_id nobody does not exist."),
        ("output_format=mp3_1_2", {}, "invalid_output_format", 'no output_format "mp3_1_2"'),
        ("language_code=ja", {}, "unsupported_language", '"ja" is not spoken here: it is Japanese.'),
    ],
)
async def test_what_cannot_be_is_told_in_a_frame_and_then_closed(
    address: str, query: str, options: dict[str, str], error: str, says: str
) -> None:
    async with opened(address, "stream-input", query, **options) as client:
        frames, code, reason = await client.hear_rest()
    (frame,) = frames
    assert set(frame) == {"message", "error", "code"}
    assert (frame["error"], frame["code"], code) == (error, 1008, 1008)
    assert says in frame["message"]
    assert frame["message"].startswith(reason)
    assert len(reason.encode()) <= 123


async def test_a_model_with_other_messages_is_refused_at_the_handshake(address: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://{address}/v1/text-to-speech/af_heart/stream-input?model_id=eleven_v3")
    assert refused.value.response.status_code == 400
    assert b"unsupported_model" in (refused.value.response.body or b"")


@pytest.mark.parametrize("raw", ["no JSON", "[]", '{"text": 5}', b"\x00", '{"flush": "yes"}'])
async def test_what_is_no_message_ends_the_connection(client: Client, raw: str | bytes) -> None:
    await client.socket.send(raw)
    frames, code, _ = await client.hear_rest()
    assert [frame["error"] for frame in frames] == ["bad_message"]
    assert code == 1008


async def test_too_much_text_is_told(client: Client, service: FakeService) -> None:
    service.configure(max_buffered_characters=100)
    await client.say(text="a" * 101)
    frames, code, _ = await client.hear_rest()
    assert (frames[0]["error"], code) == ("text_too_long", 1008)
    assert "100 characters" in frames[0]["message"]


async def test_a_failure_of_the_speech_is_told(client: Client, service: FakeService) -> None:
    service.speech.fail(0, 1, Overloaded("The service is busy."))
    await client.say(text="One two.", flush=True)
    frames, code, reason = await client.hear_rest()
    assert said(frames[:1]) == "One two. "
    assert frames[1:] == [{"message": "The service is busy.", "error": "overloaded", "code": 1008, "retry_after": 2}]
    assert (code, reason) == (1008, "The service is busy.")


async def test_a_silent_client_is_told_and_closed(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_INACTIVITY_S", 0.1)
    async with opened(address, "stream-input", "inactivity_timeout=999") as client:
        await client.say(text="Not flushed")
        frames, code, _ = await client.hear_rest()
    assert [frame["error"] for frame in frames] == ["input_timeout_exceeded"]
    assert code == 1008


async def test_speech_in_the_making_is_no_silence(
    address: str, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_INACTIVITY_S", 0.05)
    gate = service.speech.hold(0, 0)
    async with opened(address, "stream-input") as client:
        await client.say(text="Hi.", flush=True)
        await gate.reached()
        await asyncio.sleep(0.2)
        gate.open()
        assert said([await client.hear()]) == "Hi. "


async def test_keys_may_come_with_the_handshake_or_the_first_message(address: str, service: FakeService) -> None:
    key = service.add_key()
    async with opened(address, "stream-input", additional_headers={"xi-api-key": key}) as client:
        await client.say(text="Hi.", flush=True)
        assert said([await client.hear()]) == "Hi. "
    async with opened(address, "stream-input") as client:
        await client.say(text="Hi.", flush=True, **{"xi-api-key": key})
        assert said([await client.hear()]) == "Hi. "
    async with opened(address, "stream-input", additional_headers={"xi-api-key": "wrong"}) as client:
        frames, code, _ = await client.hear_rest()
    assert (frames[0]["error"], frames[0]["code"], code) == ("invalid_api_key", 1008, 1008)


async def test_a_client_that_leaves_takes_its_speech_along(address: str, service: FakeService) -> None:
    gate = service.speech.hold(0, 1)
    async with opened(address, "stream-input") as client:
        await client.say(text="One two three", flush=True)
        await gate.reached()
    await service.speech.idle()
    assert service.speech.closed == ["One two three"]


async def test_a_lone_surrogate_and_a_null_pass(client: Client) -> None:
    await client.socket.send('{"text": "a\\ud800b\\u0000.", "flush": true}')
    assert said([await client.hear()]) == "a\ud800b\x00. "


async def test_the_format_is_one_stream(address: str) -> None:
    async with opened(address, "stream-input", "output_format=mp3_22050_32") as client:
        for word in ("One two three four. ", "Five six seven eight."):
            await client.say(text=word, flush=True)
        await client.say(text="")
        frames, _, _ = await client.hear_rest()
    assert said(frames) == "One two three four. Five six seven eight. "
    sound = audio_of(frames)
    assert sound[0] == 0xFF
    assert b"ID3" not in sound


async def test_before_the_server_stops_it_speaks_what_was_flushed_and_closes(
    address: str, service: FakeService
) -> None:
    service.configure(drain_jitter_s=0.0)
    async with opened(address, "stream-input") as client:
        await client.say(text=" ")
        await client.say(text="One two. ", flush=True)
        await client.say(text="Not flushed ")
        heard = [await client.hear()]
        service.drain.begin()
        frames, code, _ = await client.hear_rest()
    assert said([*heard, *frames]) == "One two. "
    assert not any(frame.get("isFinal") for frame in frames)
    assert code == 1012


async def test_a_text_that_was_ended_comes_whole_before_the_server_stops(address: str, service: FakeService) -> None:
    service.configure(drain_jitter_s=0.0)
    gate = service.speech.hold(0, 1)
    async with opened(address, "stream-input") as client:
        await client.say(text=" ")
        await client.say(text="One two. ")
        await client.say(text="")
        await gate.reached()
        service.drain.begin()
        gate.open()
        frames, code, _ = await client.hear_rest()
    assert said(frames) == "One two. "
    assert frames[-1]["isFinal"] is True
    assert code == 1012
