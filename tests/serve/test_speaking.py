"""Real sentences through all three deployments, heard by a real WebSocket client."""

import asyncio
import io
import os
import wave

import httpx
import numpy as np
import pytest

from app.client import connect

SENTENCE = "The quick brown fox jumps over the lazy dog, and then it sits down to rest."
FIRST_BYTES, NEXT_BYTES = 2 * 8_820, 2 * 4_410


def samples_of(pcm: bytes) -> np.ndarray:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32_767


def onset_ms(pcm: bytes, rate_hz: int = 44_100) -> float:
    """The first moment louder than -45 dB, in steps of 5 ms."""
    step = rate_hz // 200
    samples = samples_of(pcm)
    blocks = samples[: len(samples) // step * step].reshape(-1, step)
    return float(np.flatnonzero(np.sqrt((blocks**2).mean(axis=1)) > 10 ** (-45 / 20))[0]) * 5


async def test_health_tells_what_it_runs_on(service) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{service.url}/health")
    report = answer.json()
    assert answer.status_code == 200
    assert report["ok"] is True
    assert report["device"] == "cpu"
    assert report["weights"] == "folder"
    assert report["torch_threads"] == len(os.sched_getaffinity(0))
    assert report["replicas"] == {"Ingress": 1, "Speech": 1, "Kokoro": 1}
    assert {"af_heart", "am_michael", "bf_emma"} <= set(report["voices"])
    assert (report["server_min_send_ms"], report["first_burst_ms"]) == (100, 200)


async def test_a_sentence_comes_in_chunks_that_are_its_audio_and_its_text(service) -> None:
    async with connect(service.ws) as client:
        speech = await client.speak(SENTENCE, seed=5)
    sizes = [len(chunk.pcm) for chunk in speech.chunks]
    assert sizes[0] == FIRST_BYTES
    assert set(sizes[1:-1]) == {NEXT_BYTES}
    assert 0 < sizes[-1] <= NEXT_BYTES
    assert [chunk.final for chunk in speech.chunks] == [False] * (len(sizes) - 1) + [True]
    assert [chunk.offset_ms for chunk in speech.chunks] == [0, *range(200, 100 * len(sizes) + 100, 100)]
    assert "".join(speech.chars) == SENTENCE
    assert speech.start_ms == sorted(speech.start_ms)
    audio_ms = len(speech.pcm) / 2 / 44.1
    assert speech.start_ms[-1] + speech.duration_ms[-1] <= audio_ms
    assert 3_000 < audio_ms < 7_000
    assert np.abs(samples_of(speech.pcm)).max() > 0.1
    assert speech.chunks[0].meta["seed"] == 5
    assert speech.chunks[0].meta["first_chunk_ms"] > 0
    assert all(chunk.meta is None for chunk in speech.chunks[1:])


async def test_a_flush_begins_with_a_short_silence_only(service) -> None:
    async with connect(service.ws) as client:
        for voice in ("af_heart", "am_michael", "bf_emma"):
            speech = await client.speak("Perhaps it will rain tomorrow.", voice=voice)
            # 50 ms before the energy that the model predicts; the sound follows that within some 30 ms.
            assert 30 <= onset_ms(speech.pcm) <= 100, voice
            assert abs(speech.start_ms[0] - onset_ms(speech.pcm)) <= 60, voice


async def test_the_same_seed_gives_the_same_samples(service) -> None:
    async with connect(service.ws) as client:
        first = await client.speak("Say it again.", seed=11)
        again = await client.speak("Say it again.", seed=11)
        other = await client.speak("Say it again.", seed=12)
    assert first.pcm == again.pcm
    assert other.pcm != first.pcm
    assert (other.chars, other.start_ms) == (first.chars, first.start_ms)


@pytest.mark.parametrize("rate_hz", [8_000, 24_000, 48_000])
async def test_another_sample_rate_has_the_same_length_in_time(service, rate_hz: int) -> None:
    async with connect(service.ws) as client:
        usual = await client.speak("Count to three.", seed=1)
        asked = await client.speak("Count to three.", seed=1, sample_rate=rate_hz)
    assert len(asked.pcm) / rate_hz == pytest.approx(len(usual.pcm) / 44_100, abs=0.001)
    assert asked.start_ms == usual.start_ms


async def test_two_segments_make_one_flush_with_a_natural_pause_and_no_click(service) -> None:
    text = "It was late when the last guests left the house. Nobody had noticed the snow, which lay deep by now."
    async with connect(service.ws) as client:
        speech = await client.speak(text)
    assert "".join(speech.chars) == text
    # Both sides of the seam are silent: whatever is loud there is a click.
    seam = speech.start_ms[text.index(" Nobody")]
    around_seam = samples_of(speech.pcm)[int((seam - 60) * 44.1) : int((seam + 60) * 44.1)]
    assert np.abs(around_seam).max() < 0.02
    second = speech.start_ms[text.index("Nobody")]
    before = speech.start_ms[text.index("house.") + 5]
    assert 150 <= second - before <= 700


async def test_flushes_are_spoken_in_order_while_text_keeps_coming(service) -> None:
    async with connect(service.ws) as client:
        await client.send(text="This is the first of them. ", flush=True)
        await client.send(text="And here ", voice="am_michael")
        await client.send(text="comes the second.", flush=True)
        first = await client.collect()
        second = await client.collect()
    assert "".join(first.chars) == "This is the first of them. "
    assert "".join(second.chars) == "And here comes the second."
    assert {chunk.flush_index for chunk in first.chunks} == {0}
    assert {chunk.flush_index for chunk in second.chunks} == {1}
    assert second.chunks[0].meta["utterance_id"] != first.chunks[0].meta["utterance_id"]


async def test_two_sessions_are_spoken_at_once_each_its_own_text(service) -> None:
    texts = ["The red door is open.", "The blue window is closed."]

    async def speak(text: str) -> tuple[str, bytes]:
        async with connect(service.ws) as client:
            speech = await client.speak(text, seed=3)
        return "".join(speech.chars), speech.pcm

    together = await asyncio.gather(*map(speak, texts))
    alone = [await speak(text) for text in texts]
    assert together == alone
    assert [text for text, _ in alone] == texts


async def test_cancel_is_answered_once_and_nothing_follows_of_what_was_asked(service) -> None:
    async with connect(service.ws) as client:
        await client.send(text=SENTENCE, flush=True)
        await client.send(text=SENTENCE, flush=True)
        assert (await client.receive()).flush_index == 0
        await client.send(text="This stays unspoken. ")
        await client.send(cancel=True)
        while await client.receive() is not None:
            pass
        speech = await client.speak("A new beginning.")
    assert "".join(speech.chars) == "A new beginning."
    assert {chunk.flush_index for chunk in speech.chunks} == {2}


async def test_end_speaks_the_rest_and_closes(service) -> None:
    async with connect(service.ws) as client:
        await client.send(text="That was all.", end=True)
        assert "".join((await client.collect()).chars) == "That was all."
        await client.socket.wait_closed()
        assert client.socket.close_code == 1000


async def test_the_server_says_nothing_before_it_is_spoken_to(service) -> None:
    async with connect(f"{service.ws}?voice=am_michael&sample_rate=16000") as client:
        # Whatever the server had sent on its own would come before the answer to the first message.
        await client.send(flush=True)
        speech = await client.collect()
    assert (speech.pcm, speech.chars, len(speech.chunks)) == (b"", [], 1)


async def test_wav_over_http(service) -> None:
    async with httpx.AsyncClient(timeout=60) as http:
        answer = await http.post(f"{service.url}/synth_wav", json={"text": "Hello world.", "voice": "bf_emma"})
        empty = await http.post(f"{service.url}/synth_wav", json={"text": " "})
        page = await http.get(f"{service.url}/")
    assert answer.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (44_100, 2, 1)
        pcm = file.readframes(file.getnframes())
    assert 0.6 < len(pcm) / 88_200 < 3
    assert np.abs(samples_of(pcm)).max() > 0.1
    assert empty.status_code == 422
    assert page.status_code == 200
    assert "<html" in page.text
