"""The CPU stage over a Kokoro whose timing the test knows: every phoneme takes four frames, pads are silent."""

import asyncio
from collections.abc import AsyncGenerator
from itertools import pairwise

import numpy as np
import pytest

from app.audio.resample import Resampler
from app.messages import (
    FRAME_SAMPLES,
    Prosody,
    ReplicaLost,
    SpeechChunk,
    SpeechRequest,
    SynthesisFailed,
    Utterance,
    Window,
)
from app.metrics import SpeechMetrics
from app.settings import SpeechSettings
from app.speech import MAX_TAKEOVERS, SECONDS_PER_PHONEME, Speaker
from app.text.phonemize import Phonemizer
from tests.fakes import FakeClock

RATE_HZ = 24_000
PAD_FRAMES, PHONEME_FRAMES = 14, 4
TWO_SENTENCES = "The first of them is spoken at once. The second one follows after it without a gap."


class FakeKokoro:
    """Speaks every utterance at once as a slow ramp, unless it is held or told to fail."""

    def __init__(self, windows: int = 1) -> None:
        self.windows = windows
        self.asked: list[Utterance] = []
        self.open = 0
        self.held: set[int] = set()
        self.failing: set[int] = set()
        self.losses: dict[int, int] = {}
        """Call to the window before which its replica is lost."""
        self.samples: list[np.ndarray] = []
        self.resumed: list[tuple[int, bool]] = []
        """First frame of every call, and whether it came with the prosody of an earlier one."""

    async def submit(
        self, utterance: Utterance, first_frame: int = 0, prosody: Prosody | None = None
    ) -> AsyncGenerator[Window, None]:
        number = len(self.asked)
        self.asked.append(utterance)
        self.resumed.append((first_frame, prosody is not None))
        self.open += 1
        try:
            if number in self.held:
                await asyncio.Event().wait()
            if number in self.failing:
                raise SynthesisFailed("The model failed on this part of the text.")
            durations = np.full(len(utterance.phoneme_ids) + 2, PHONEME_FRAMES)
            durations[[0, -1]] = PAD_FRAMES
            frames = int(durations.sum())
            energy = np.full(2 * frames, -9.0, np.float32)
            energy[2 * PAD_FRAMES : -2 * PAD_FRAMES] = 5.0
            prosody = Prosody(durations, np.zeros(2 * frames, np.float32), energy)
            samples = np.linspace(-0.9, 0.9, frames * FRAME_SAMPLES, dtype=np.float32)
            self.samples.append(samples)
            edges = np.linspace(0, frames, self.windows + 1).astype(int).tolist()
            for index, (start, end) in enumerate(pairwise(edge for edge in edges if edge >= first_frame)):
                if self.losses.get(number) == index:
                    raise ReplicaLost("A part of the service was lost while it spoke.")
                piece = samples[start * FRAME_SAMPLES : end * FRAME_SAMPLES]
                yield Window(piece, start, end == frames, prosody if index == 0 else None)
                await asyncio.sleep(0)
        finally:
            self.open -= 1


@pytest.fixture(scope="module")
def phonemizers(vocabulary: dict[str, int]) -> dict[str, Phonemizer]:
    return {"en-us": Phonemizer(vocabulary, "en-us")}


@pytest.fixture
def kokoro() -> FakeKokoro:
    return FakeKokoro()


@pytest.fixture
def make_speaker(kokoro, voices, phonemizers):
    def make(**changes) -> Speaker:
        return Speaker(kokoro, voices, phonemizers, SpeechSettings(**changes), SpeechMetrics(), clock=FakeClock())

    return make


def request(text: str, **changes) -> SpeechRequest:
    return SpeechRequest(**{"id": "r", "text": text, "voice": "af_heart", "sample_rate_hz": RATE_HZ, **changes})


async def chunks_of(speaker: Speaker, asked: SpeechRequest) -> list[SpeechChunk]:
    return [chunk async for batch in speaker.speak(asked) for chunk in batch]


@pytest.mark.parametrize(
    "text",
    [
        "Hello.",
        TWO_SENTENCES,
        "  \n Leading and trailing space. \t ",
        "He said \u201cit\u2019s ½ a ﬁsh\u201d\u2026 and left 😀 at once!",
        "😀😀 Only the end is spoken",
        "Spoken first. 🎉🎉🎉",
        "A paragraph without a full stop\n\nAnd another one\n\n- with an item\n- and one more\n",
        "Half a pair \ud800 of surrogates, \x00 and a NUL.",
        "Привет, world.",
        "!!! ??? ...",
        "\u200b\ufeff",
        "x" * 900,
        "One. Two. Three. Four. Five. Six. Seven. Eight.",
    ],
)
@pytest.mark.parametrize("normalize", [True, False])
async def test_every_character_is_timed_once_in_order_and_within_the_sound(make_speaker, text, normalize) -> None:
    chunks = await chunks_of(make_speaker(), request(text, normalize=normalize, paced=False))
    total_ms = sum(len(chunk.pcm) for chunk in chunks) / 2 / RATE_HZ * 1000
    for side in ("alignment", "normalized_alignment"):
        parts = [getattr(chunk, side) for chunk in chunks]
        starts = [start for part in parts for start in part.start_ms]
        ends = [start + ms for part in parts for start, ms in zip(part.start_ms, part.duration_ms, strict=True)]
        assert starts == sorted(starts)
        assert all(end >= start for start, end in zip(starts, ends, strict=True))
        assert not ends or ends[-1] <= total_ms
    assert "".join(character for chunk in chunks for character in chunk.alignment.characters) == text
    for chunk in chunks[:-1]:
        end_ms = chunk.start_ms + len(chunk.pcm) / 2 / RATE_HZ * 1000
        assert all(int(chunk.start_ms) <= start < end_ms for start in chunk.alignment.start_ms)
    assert [chunk.final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]


async def test_the_chunks_joined_are_the_kept_samples(make_speaker, kokoro: FakeKokoro) -> None:
    settings = {"lead_silence_ms": 50, "sentence_pause_ms": 350, "final_silence_ms": 200}
    chunks = await chunks_of(make_speaker(**settings), request(TWO_SENTENCES))
    # Silent are the pads of 350 ms; 50 ms of lead stay, 300 of the pause after a sentence, 200 at the end.
    first, second = kokoro.samples
    cut = RATE_HZ // 1000
    kept = np.concatenate([first[300 * cut : len(first) - 50 * cut], second[300 * cut : len(second) - 150 * cut]])
    pcm = np.frombuffer(b"".join(chunk.pcm for chunk in chunks), "<i2")
    np.testing.assert_array_equal(pcm, np.rint(kept * 32_767).astype("<i2"))


async def test_windows_make_the_same_chunks_as_the_whole(make_speaker, kokoro: FakeKokoro) -> None:
    whole = await chunks_of(make_speaker(), request(TWO_SENTENCES, sample_rate_hz=44_100))
    kokoro.windows = 5
    windowed = await chunks_of(make_speaker(), request(TWO_SENTENCES, sample_rate_hz=44_100))
    assert [chunk.alignment for chunk in windowed] == [chunk.alignment for chunk in whole]
    joined = [np.frombuffer(b"".join(c.pcm for c in chunks), "<i2").astype(int) for chunks in (whole, windowed)]
    # The resampler sums in another order at other cuts: a step of 16 bits at most.
    assert np.abs(joined[0] - joined[1]).max() <= 1


async def test_the_first_chunk_comes_alone_and_has_its_length(make_speaker) -> None:
    batches = [batch async for batch in make_speaker(first_chunk_ms=200, chunk_ms=100).speak(request(TWO_SENTENCES))]
    assert [len(chunk.pcm) for chunk in batches[0]] == [2 * RATE_HZ // 5]
    sizes = [len(chunk.pcm) for batch in batches[1:] for chunk in batch]
    assert set(sizes[:-1]) == {2 * RATE_HZ // 10}
    assert len(batches) <= 4


async def test_the_next_utterance_is_asked_for_while_the_present_one_is_sent(make_speaker, kokoro) -> None:
    stream = make_speaker().speak(request(TWO_SENTENCES))
    await anext(stream)
    await asyncio.sleep(0)
    assert len(kokoro.asked) == 2
    await stream.aclose()


async def test_a_first_utterance_has_no_deadline_and_the_next_one_that_of_the_sound_before(
    make_speaker, kokoro
) -> None:
    chunks = await chunks_of(make_speaker(), request(TWO_SENTENCES))
    first, second = kokoro.asked
    assert first.deadline_s is None
    second_start_s = next(chunk.segment_start_ms for chunk in chunks if chunk.segment == 1) / 1000
    assert second.deadline_s == pytest.approx(second_start_s)


async def test_a_flush_behind_another_one_is_not_taken_for_one_that_nobody_has_heard(make_speaker, kokoro) -> None:
    await chunks_of(make_speaker(), request("Hello there.", ahead_s=4.0))
    assert kokoro.asked[0].deadline_s == pytest.approx(4.0)


@pytest.mark.parametrize("paced", [True, False])
async def test_no_more_is_made_ahead_than_the_setting_says(kokoro, voices, phonemizers, paced) -> None:
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 6))

    settings = SpeechSettings(max_ahead_s=30)
    speaker = Speaker(kokoro, voices, phonemizers, settings, SpeechMetrics(), clock=FakeClock(), sleep=sleep)
    await chunks_of(speaker, request("Hello there.", ahead_s=33.0, paced=paced))
    expected_s = len(kokoro.asked[0].phoneme_ids) * SECONDS_PER_PHONEME
    assert slept == ([round(3 + expected_s, 6)] if paced else [])


async def test_closing_the_stream_withdraws_what_was_asked(make_speaker, kokoro) -> None:
    kokoro.held = {1}
    stream = make_speaker().speak(request(TWO_SENTENCES))
    await anext(stream)
    await asyncio.sleep(0)
    assert kokoro.open == 1
    await stream.aclose()
    assert kokoro.open == 0


async def test_being_cancelled_while_waiting_withdraws_what_was_asked(make_speaker, kokoro) -> None:
    kokoro.held = {0}
    task = asyncio.create_task(chunks_of(make_speaker(), request(TWO_SENTENCES)))
    while not kokoro.open:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert kokoro.open == 0


async def test_a_failure_comes_after_the_sound_before_it_and_leaves_nothing(make_speaker, kokoro) -> None:
    kokoro.failing = {1}
    heard: list[SpeechChunk] = []

    async def hear() -> None:
        async for batch in make_speaker().speak(request(TWO_SENTENCES)):
            heard.extend(batch)

    with pytest.raises(SynthesisFailed, match="failed on this part"):
        await hear()
    assert heard
    assert not any(chunk.final for chunk in heard)
    assert kokoro.open == 0


async def test_another_replica_takes_over_where_one_was_lost(make_speaker, kokoro) -> None:
    kokoro.windows = 4
    whole = await chunks_of(make_speaker(), request("Hello there, my friend."))
    kokoro.losses = {1: 2, 2: 0}
    taken_over = await chunks_of(make_speaker(), request("Hello there, my friend."))
    assert b"".join(chunk.pcm for chunk in taken_over) == b"".join(chunk.pcm for chunk in whole)
    assert [chunk.alignment for chunk in taken_over] == [chunk.alignment for chunk in whole]
    begun, resumed, resumed_again = kokoro.resumed[1:]
    assert begun == (0, False)
    assert resumed == resumed_again
    assert resumed[0] > 0
    assert resumed[1]


async def test_losing_one_replica_after_another_fails_the_flush_in_the_end(make_speaker, kokoro) -> None:
    kokoro.losses = dict.fromkeys(range(20), 0)
    with pytest.raises(ReplicaLost):
        await chunks_of(make_speaker(), request("Hello there."))
    assert len(kokoro.asked) == MAX_TAKEOVERS + 1
    assert kokoro.open == 0


async def test_the_first_chunk_is_alone_however_short_chunks_are(make_speaker) -> None:
    for rate_hz in (8_000, 24_000, 44_100):
        stream = make_speaker(first_chunk_ms=20, chunk_ms=20).speak(request(TWO_SENTENCES, sample_rate_hz=rate_hz))
        assert len(await anext(stream)) == 1
        await stream.aclose()


async def test_a_chunk_names_the_segment_that_it_begins_in(make_speaker) -> None:
    for chunk in await chunks_of(make_speaker(), request(TWO_SENTENCES)):
        assert chunk.segment_start_ms <= chunk.start_ms
        assert (chunk.segment == 0) == (chunk.segment_start_ms == 0)


async def test_resampled_chunks_joined_are_the_whole_resampled_once(make_speaker, kokoro) -> None:
    chunks = await chunks_of(make_speaker(), request(TWO_SENTENCES, sample_rate_hz=44_100))
    plain = await chunks_of(make_speaker(), request(TWO_SENTENCES))
    kept = np.frombuffer(b"".join(chunk.pcm for chunk in plain), "<i2").astype(np.float32) / 32_767
    once = Resampler(44_100).push(kept, last=True)
    joined = np.frombuffer(b"".join(chunk.pcm for chunk in chunks), "<i2").astype(np.float32) / 32_767
    # A click at a seam would be hundreds of steps of 16 bits; rounding twice is less than three.
    np.testing.assert_allclose(joined, np.clip(once, -1, 1), atol=2.5 / 32_767)


async def test_text_without_a_sound_is_one_empty_final_chunk_and_kokoro_is_not_asked(make_speaker, kokoro) -> None:
    (chunk,) = await chunks_of(make_speaker(), request("😀 !!!"))
    assert (chunk.pcm, chunk.final, chunk.alignment.characters) == (b"", True, tuple("😀 !!!"))
    assert set(chunk.alignment.start_ms + chunk.alignment.duration_ms) == {0}
    assert kokoro.asked == []


async def test_every_utterance_has_its_own_seed_and_the_style_of_its_length(make_speaker, kokoro, voices) -> None:
    await chunks_of(make_speaker(), request(TWO_SENTENCES, seed=2**32 - 1))
    assert [utterance.seed for utterance in kokoro.asked] == [2**32 - 1, 0]
    for utterance in kokoro.asked:
        np.testing.assert_array_equal(utterance.style, voices.style("af_heart", len(utterance.phoneme_ids)))


async def test_a_voice_that_does_not_exist_is_named(make_speaker) -> None:
    with pytest.raises(SynthesisFailed, match="no voice 'af_nobody'"):
        await chunks_of(make_speaker(), request("Hello.", voice="af_nobody"))
