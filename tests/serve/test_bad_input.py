"""What clients get wrong, and what they meet when the service cannot do what they ask; against the real cluster."""

import asyncio
import json
import os
import signal

import httpx
import numpy as np
import pytest
import websockets

from app.client import Client, ServerError, connect
from tests.cluster import BROKEN_VOICE, MAX_SESSIONS, MAX_STREAMS, Service, eventually

LONG = "The morning was bright and clear, and the whole valley lay before them. " * 12


async def still_speaks(client: Client) -> None:
    """The session works after whatever came before, and nothing of that is spoken."""
    speech = await client.speak("Still here.", speed=1.0, sample_rate=44_100)
    assert "".join(speech.chars) == "Still here."
    assert len(speech.pcm) > 20_000


async def error_after(client: Client, frame: str | bytes) -> ServerError:
    await client.socket.send(frame)
    with pytest.raises(ServerError) as caught:
        await client.receive()
    return caught.value


@pytest.mark.parametrize(
    ("frame", "code", "said"),
    [
        ("this is not JSON", "bad_message", "JSON"),
        ('["text", "flush"]', "bad_message", "object"),
        ('{"text": "Hello.", "flush": "yes"}', "bad_message", "flush"),
        ('{"text": 5}', "bad_message", "text"),
        (b"\x00\x01", "bad_message", "text frame"),
        ('{"text": "Hello.", "flush": true, "voice": "af_hart"}', "unknown_voice", "af_heart"),
        ('{"text": "Hello.", "flush": true, "voice": "../../etc/passwd"}', "unknown_voice", "passwd"),
        ('{"text": "Hello.", "flush": true, "speed": 2.5}', "bad_speed", "2.5"),
        ('{"text": "Hello.", "flush": true, "speed": NaN}', "bad_speed", "nan"),
        ('{"text": "Hello.", "flush": true, "sample_rate": 12345}', "bad_sample_rate", "12345"),
    ],
)
async def test_a_wrong_message_changes_nothing_and_the_session_stays(service, frame, code, said) -> None:
    async with connect(service.ws) as client:
        error = await error_after(client, frame)
        assert error.code == code
        assert said.lower() in str(error).lower()
        await still_speaks(client)


async def test_text_over_the_limit_leaves_what_was_buffered(service) -> None:
    async with connect(service.ws) as client:
        await client.send(text="Short enough.")
        error = await error_after(client, json.dumps({"text": "x" * 10_000}))
        assert error.code == "text_too_long"
        await client.send(flush=True)
        assert "".join((await client.collect()).chars) == "Short enough."


async def test_unknown_fields_are_ignored(service) -> None:
    async with connect(service.ws) as client:
        speech = await client.speak("Fine.", colour="green")
    assert "".join(speech.chars) == "Fine."


@pytest.mark.parametrize(
    ("text", "has_sound"),
    [
        ("Good 😀 morning 🎉!", True),
        ("A\x00B\x07 \u202eC\u200b D.", True),
        ("Привет, мир. 你好。 שלום", None),
        ("Half a pair: \ud800 and on.", True),
        ("?!... --- ;;; «»", False),
        ("😀🎉", False),
        ("   \n\t ", False),
        ("[click](here) and [[nested]](x)", True),
        ("➀ ² ½ ﬁ", True),
    ],
    ids="emoji controls scripts surrogate marks only-emoji blank links digits".split(),
)
async def test_any_text_is_spoken_or_answered_by_an_empty_final(service: Service, text: str, has_sound) -> None:
    async with connect(service.ws) as client:
        speech = await client.speak(text, speed=2.0, sample_rate=8_000)
        assert "".join(speech.chars) == text
        assert speech.chunks[-1].final
        assert speech.start_ms == sorted(speech.start_ms)
        if has_sound is not None:
            assert bool(speech.pcm) == has_sound
        if not has_sound and not speech.pcm:
            assert len(speech.chunks) == 1
        await still_speaks(client)


async def test_one_word_of_5000_letters_is_spoken_in_pieces(service: Service) -> None:
    async with connect(service.ws) as client:
        await client.send(text="supercalifragilistic" * 250, flush=True, speed=2.0, sample_rate=8_000)
        chunk = await client.receive()
        assert len(chunk.pcm) == 2 * 1_600
        await client.send(cancel=True)
        while await client.receive() is not None:
            pass
        await still_speaks(client)


async def test_a_client_that_vanishes_leaves_nothing_behind(service: Service) -> None:
    async with connect(service.ws) as client:
        await client.send(text=LONG, flush=True)
        await client.receive()
        assert await asyncio.to_thread(service.call, "Speech", "requests") == 1
        # No closing handshake: the way a process dies or a network goes.
        client.socket.transport.abort()
    # Far less than the 50 s of speech that were asked for would take.
    await eventually(lambda: service.call("Speech", "requests") == 0, within_s=5)
    await eventually(lambda: service.call("Ingress", "open_sessions") == 0, within_s=5)
    await eventually(lambda: service.call("Kokoro", "describe").waiting == 0, within_s=5)


async def test_an_http_client_that_vanishes_leaves_nothing_behind(service: Service) -> None:
    async with httpx.AsyncClient() as http:
        asking = asyncio.create_task(http.post(f"{service.url}/synth_wav", json={"text": LONG}, timeout=60))
        await eventually(lambda: service.call("Speech", "requests") == 1)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    await eventually(lambda: service.call("Speech", "requests") == 0, within_s=5)


async def test_more_sessions_than_the_limit_are_told_to_come_later(service: Service) -> None:
    await eventually(lambda: service.call("Ingress", "open_sessions") == 0)
    sockets = [await websockets.connect(service.ws) for _ in range(MAX_SESSIONS)]
    try:
        # A session counts from its first answer on: the handshake of the proxy comes before it.
        await eventually(lambda: service.call("Ingress", "open_sessions") == MAX_SESSIONS)
        async with websockets.connect(service.ws) as refused:
            await asyncio.wait_for(refused.wait_closed(), 10)
            assert refused.close_code == 1013
            assert str(MAX_SESSIONS) in refused.close_reason
    finally:
        for socket in sockets:
            await socket.close()
    async with connect(service.ws) as client:
        await still_speaks(client)


async def test_a_full_speech_replica_refuses_at_once_and_still_tells_how_it_is(service: Service) -> None:
    async with httpx.AsyncClient(base_url=service.url, timeout=30) as http:
        speaking = [asyncio.create_task(http.post("/synth_wav", json={"text": LONG})) for _ in range(MAX_STREAMS)]
        await eventually(lambda: service.call("Speech", "requests") == MAX_STREAMS)
        refused = await http.post("/synth_wav", json={"text": "One too many."})
        metrics = (await http.get("/metrics")).text
        freed = (await http.post("/gc")).json()
        for task in speaking:
            task.cancel()
        await asyncio.gather(*speaking, return_exceptions=True)
    assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
    assert 'kokoro_serve_deployment_answers{deployment="Speech"} 1.0' in metrics
    assert freed["missing"] == []
    await eventually(lambda: service.call("Speech", "requests") == 0)
    assert service.is_healthy()


async def test_an_engine_that_fails_on_one_flush_leaves_the_others(service: Service) -> None:
    async with connect(service.ws) as client:
        await client.send(text="This one is spoken.", flush=True)
        await client.send(text="This one cannot be spoken.", voice=BROKEN_VOICE, flush=True)
        await client.send(text="And this one is spoken again.", voice="af_heart", flush=True)
        assert "".join((await client.collect()).chars) == "This one is spoken."
        with pytest.raises(ServerError) as failed:
            await client.receive()
        assert (failed.value.code, failed.value.flush_index) == ("synthesis_failed", 1)
        assert "model failed on this part" in str(failed.value)
        last = await client.collect()
    assert "".join(last.chars) == "And this one is spoken again."
    assert {chunk.flush_index for chunk in last.chunks} == {2}


async def test_a_lost_kokoro_costs_a_pause_and_no_sample(service: Service) -> None:
    text = "The morning was bright and clear, and nobody spoke. The whole valley lay before them in the sun."
    async with connect(service.ws) as client:
        undisturbed = await client.speak(text, seed=9)
        await client.send(text=text, seed=9, flush=True)
        first = await client.receive()
        os.kill(await asyncio.to_thread(service.call, "Kokoro", "process_id"), signal.SIGKILL)
        rest = await asyncio.wait_for(client.collect(), 90)
    disturbed = first.pcm + rest.pcm
    assert len(disturbed) == len(undisturbed.pcm)
    # It is cut into other windows, which round otherwise; a sample lost or doubled would shift all that follows.
    found, expected = (np.frombuffer(pcm, "<i2").astype(float) for pcm in (disturbed, undisturbed.pcm))
    assert np.corrcoef(found, expected)[0, 1] > 0.97
    await eventually(service.is_healthy)
