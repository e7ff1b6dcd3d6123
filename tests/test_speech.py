"""The CPU stage over a Kokoro whose timing the test knows: every phoneme takes four frames, pads are silent."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from app.asked import MAX_TAKEOVERS
from app.audio.loudness import gain_of
from app.audio.resample import Resampler
from app.messages import (
    FRAME_SAMPLES,
    SECONDS_PER_PHONEME,
    NothingToResume,
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
from app.speech import Speaker
from app.text.edits import Rewritten
from app.text.normalize import SpokenText, spoken_form
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
            if utterance.prosody_only:
                yield Window(np.zeros(0, np.float32), 0, True, prosody)
                return
            self.samples.append(samples)
            edges = np.linspace(0, frames, self.windows + 1).astype(int).tolist()
            edges = [first_frame, *(edge for edge in edges if edge > first_frame)]
            for index, (start, end) in enumerate(pairwise(edges)):
                if self.losses.get(number) == index:
                    raise ReplicaLost("A part of the service was lost while it spoke.")
                piece = samples[start * FRAME_SAMPLES : end * FRAME_SAMPLES]
                yield Window(piece, start, end == frames, prosody if index == 0 else None)
                await asyncio.sleep(0)
        finally:
            self.open -= 1


@pytest.fixture(scope="module")
def phonemizers(vocabulary: dict[str, int]) -> dict[str, Phonemizer]:
    return {language: Phonemizer(vocabulary, language) for language in ("en-us", "en-gb", "es")}


@pytest.fixture
def kokoro() -> FakeKokoro:
    return FakeKokoro()


@pytest.fixture
def make_speaker(kokoro, voices, phonemizers):
    def make(**changes) -> Speaker:
        settings = SpeechSettings(**{"loudness_lufs": None, **changes})
        return Speaker(kokoro, voices, phonemizers, settings, SpeechMetrics(), clock=FakeClock())

    return make


def request(text: str, **changes) -> SpeechRequest:
    return SpeechRequest(**{"id": "r", "text": text, "voice": "af_heart", "sample_rate_hz": RATE_HZ, **changes})


async def chunks_of(speaker: Speaker, asked: SpeechRequest) -> list[SpeechChunk]:
    return [chunk async for batch in speaker.speak(asked) for chunk in batch]


def pcm_of(chunks: list[SpeechChunk]) -> bytes:
    return b"".join(chunk.pcm for chunk in chunks)


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


async def test_the_samples_have_the_gain_of_their_voice(make_speaker) -> None:
    plain, louder = [
        b"".join(chunk.pcm for chunk in await chunks_of(make_speaker(loudness_lufs=lufs), request("Hello there.")))
        for lufs in (None, -30.0)
    ]
    gain = gain_of("af_heart", -30.0)
    assert gain < 0.9
    np.testing.assert_allclose(np.frombuffer(louder, "<i2"), np.frombuffer(plain, "<i2") * gain, atol=1)


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


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 24_000, 44_100, 48_000])
async def test_speech_goes_on_from_any_sample_as_if_it_had_not_broken_off(make_speaker, kokoro, rate_hz: int) -> None:
    text = "The first of them is short.  Then 2 more come: one, and another one. 😀 And the last."
    speaker = make_speaker(min_segment_words=1)
    asked = request(text, sample_rate_hz=rate_hz)
    whole = await chunks_of(speaker, asked)
    pcm = b"".join(chunk.pcm for chunk in whole)
    assert len({chunk.segment for chunk in whole}) == 3
    kokoro.windows = 3
    for number in range(1, len(whole) + 1):
        heard, rest = whole[:number], whole[number:]
        samples = sum(len(chunk.pcm) for chunk in heard) // 2
        resumed = await chunks_of(speaker, replace(asked, from_sample=samples))
        told = b"".join(chunk.pcm for chunk in resumed)
        assert len(told) == len(pcm) - 2 * samples
        joined = [np.frombuffer(part, "<i2").astype(int) for part in (told, pcm[2 * samples :])]
        # The resampler sums in another order at other cuts: a step of 16 bits at most.
        assert np.abs(joined[0] - joined[1]).max(initial=0) <= 1
        if rest:
            assert [replace(chunk, pcm=b"") for chunk in resumed] == [replace(chunk, pcm=b"") for chunk in rest]


async def test_what_was_heard_is_not_decoded_again(make_speaker, kokoro) -> None:
    speaker = make_speaker()
    whole = await chunks_of(speaker, request(TWO_SENTENCES))
    second = next(segment for chunk in whole for segment in chunk.segments[-1:] if segment.start_ms > 0)
    kokoro.asked.clear()
    kokoro.resumed.clear()
    await chunks_of(speaker, request(TWO_SENTENCES, from_sample=round((second.start_ms + 500) * RATE_HZ / 1000)))
    assert [utterance.prosody_only for utterance in kokoro.asked] == [True, True, False]
    assert kokoro.resumed[-1][0] * FRAME_SAMPLES > 0.4 * RATE_HZ
    assert kokoro.resumed[-1][1]


@pytest.mark.parametrize("text", [TWO_SENTENCES, "😀 !!!"])
async def test_a_sample_beyond_the_end_is_an_error_that_says_so(make_speaker, kokoro, text: str) -> None:
    with pytest.raises(NothingToResume, match="cannot go on from"):
        await chunks_of(make_speaker(), request(text, from_sample=100 * RATE_HZ))
    assert kokoro.open == 0


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


@pytest.mark.parametrize(
    "text", [TWO_SENTENCES, "  Hello there. 😀 ", "😀 !!!", "One. 😀😀 Two is here, and it goes on."]
)
async def test_every_segment_is_told_once_with_all_its_characters_in_the_chunk_that_it_begins_in(
    make_speaker, text: str
) -> None:
    chunks = await chunks_of(make_speaker(), request(text, sample_rate_hz=22_050))
    segments = [segment for chunk in chunks for segment in chunk.segments]
    for name in ("alignment", "normalized_alignment"):
        in_slices = [getattr(chunk, name) for chunk in chunks]
        in_segments = [getattr(segment, name) for segment in segments]
        for field in ("characters", "start_ms", "duration_ms"):
            assert sum((getattr(part, field) for part in in_segments), ()) == sum(
                (getattr(part, field) for part in in_slices), ()
            )
    assert segments[0].start_ms == 0
    for one, following in pairwise(segments):
        assert one.end_ms == following.start_ms
    audio_ms = sum(len(chunk.pcm) for chunk in chunks) / 2 / 22_050 * 1000
    assert segments[-1].end_ms == pytest.approx(audio_ms, abs=0.1)
    for chunk in chunks:
        end_ms = chunk.start_ms + len(chunk.pcm) / 2 / 22_050 * 1000
        assert all(chunk.start_ms <= segment.start_ms <= end_ms for segment in chunk.segments)


async def test_a_blend_is_spoken_with_its_mean_style_and_its_first_voices_language(
    make_speaker, kokoro, voices
) -> None:
    await chunks_of(make_speaker(), request("Hello there.", voice="bf_emma(3)+af_heart"))
    (utterance,) = kokoro.asked
    phonemes = len(utterance.phoneme_ids)
    mean = 0.75 * voices.style("bf_emma", phonemes) + 0.25 * voices.style("af_heart", phonemes)
    np.testing.assert_allclose(utterance.style, mean, atol=1e-6)


async def test_the_language_of_the_request_goes_before_the_voices_own(make_speaker, kokoro) -> None:
    speaker = make_speaker()
    for language in (None, "en", "en-us", "en-gb", "es"):
        await chunks_of(speaker, request("A glass of water after the dance.", language=language))
    own, english, american, british, spanish = [utterance.phoneme_ids for utterance in kokoro.asked]
    assert own == english == american != british != spanish


async def test_a_voice_of_another_language_brings_it(make_speaker, kokoro, phonemizers) -> None:
    text = "Buenos días, amigos míos."
    chunks = await chunks_of(make_speaker(), request(text, voice="ef_dora"))
    (utterance,) = kokoro.asked
    (phrase,) = phonemizers["es"].phonemize(text)
    assert utterance.phoneme_ids == phrase.phoneme_ids
    assert "".join(character for chunk in chunks for character in chunk.alignment.characters) == text


async def test_a_long_text_is_read_as_it_is_spoken(make_speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def reading(text: Rewritten, *arguments, **options) -> SpokenText:
        read.append(text.text)
        return spoken_form(text, *arguments, **options)

    monkeypatch.setattr("app.pieces.spoken_form", reading)
    text = "He paid $5 for each of the 40 old books that lay about. " * 300
    stream = make_speaker().speak(request(text, paced=False))
    first = await anext(stream)
    assert len(first) == 1
    assert len("".join(read)) < 1_000

    chunks = first + [chunk async for batch in stream for chunk in batch]
    assert "".join(read) == text
    assert "".join(character for chunk in chunks for character in chunk.alignment.characters) == text
    said = "".join(character for chunk in chunks for character in chunk.normalized_alignment.characters)
    assert said == spoken_form(text).text
    starts = [start for chunk in chunks for start in chunk.alignment.start_ms]
    assert starts == sorted(starts)


async def test_a_paragraph_ends_where_a_block_does(make_speaker) -> None:
    text = "Of the things that lay about he took none\n\n" * 300
    chunks = await chunks_of(make_speaker(), request(text, paced=False))
    assert "".join(character for chunk in chunks for character in chunk.alignment.characters) == text
    said = "".join(character for chunk in chunks for character in chunk.normalized_alignment.characters)
    assert said.count("none.\nOf") == 299


async def test_nothing_of_a_long_silent_end_is_lost(make_speaker) -> None:
    text = "Here it ends, and nothing follows. " + "😀 " * 3_000
    chunks = await chunks_of(make_speaker(), request(text, paced=False))
    assert "".join(character for chunk in chunks for character in chunk.alignment.characters) == text


def pause_in(chunks: list[SpeechChunk], text: str, before: str) -> float:
    """Milliseconds from the end of the word before some part of the text to that part."""
    starts = [start for chunk in chunks for start in chunk.alignment.start_ms]
    durations = [duration for chunk in chunks for duration in chunk.alignment.duration_ms]
    place = text.index(before)
    word = max(index for index in range(place) if text[index].isalpha() and "[" not in text[:index])
    return starts[place] - (starts[word] + durations[word])


async def test_a_pause_is_as_long_as_it_is_asked_for(make_speaker) -> None:
    plain = "There is a long pause and then it goes on"
    marked = "There is a long pause [pause:2s] and then it goes on"
    ends = [len(pcm_of(await chunks_of(make_speaker(), request(text)))) / 2 / RATE_HZ for text in (plain, marked)]
    chunks = await chunks_of(make_speaker(), request(marked))
    assert "".join(character for chunk in chunks for character in chunk.alignment.characters) == marked
    assert 2000 <= pause_in(chunks, marked, "and") <= 2100
    assert ends[1] > ends[0] + 1.9


@pytest.mark.parametrize("text", ["[pause:1s] It begins with a pause.", "It ends with a pause. [pause:1s]"])
async def test_pauses_at_the_edges_are_heard(make_speaker, text: str) -> None:
    samples = np.frombuffer(pcm_of(await chunks_of(make_speaker(), request(text))), "<i2")
    # At the end what the voice makes of silence comes first.
    silent = samples[:RATE_HZ] if text.startswith("[") else samples[-RATE_HZ // 2 :]
    assert not silent.any()
    assert samples.any()


@pytest.mark.parametrize("from_s", [0.3, 1.9, 2.5, 3.4, 4.2, 6.9])
async def test_speech_goes_on_from_within_a_pause_as_from_elsewhere(make_speaker, from_s: float) -> None:
    text = "[pause:500ms] There is a long pause [pause:2s] and then it goes on. [pause:1s]"
    whole = await chunks_of(make_speaker(), request(text))
    sample = round(from_s * RATE_HZ)
    rest = await chunks_of(make_speaker(), request(text, from_sample=sample))
    expected = pcm_of(whole)[2 * sample :]
    assert len(pcm_of(rest)) == len(expected)
    assert (np.frombuffer(pcm_of(rest), "<i2") == np.frombuffer(expected, "<i2")).all()


async def test_the_rate_of_ssml_is_that_of_the_utterance(make_speaker, kokoro: FakeKokoro) -> None:
    text = '<speak>As always it is said. <prosody rate="slow">This is said slowly.</prosody> And this not so.</speak>'
    chunks = await chunks_of(make_speaker(), request(text, ssml=True, speed=1.5))
    assert [utterance.speed for utterance in kokoro.asked] == pytest.approx([1.5, 1.2, 1.5])
    assert "".join(character for chunk in chunks for character in chunk.alignment.characters) == text
    said = "".join(character for chunk in chunks for character in chunk.normalized_alignment.characters)
    assert said == "As always it is said. This is said slowly. And this not so."


async def test_pronunciations_of_a_request_are_fed(
    make_speaker, kokoro: FakeKokoro, vocabulary: dict[str, int]
) -> None:
    await chunks_of(make_speaker(), request("Say qwzzy.", pronunciations=(("qwzzy", "/bˈɛt/"), ("say", "hear"))))
    letters = {number: phoneme for phoneme, number in vocabulary.items()}
    [utterance] = kokoro.asked
    assert "".join(letters[number] for number in utterance.phoneme_ids) == "hˈɪɹ bˈɛt."


@pytest.mark.parametrize(
    "text", ["<speak></speak>", '<speak><break time="1s"/></speak>', "<sub alias=''>WWW</sub>", "<p> </p>"]
)
async def test_ssml_without_a_word_is_one_silent_chunk_with_all_characters(make_speaker, text: str) -> None:
    [chunk] = await chunks_of(make_speaker(), request(text, ssml=True))
    assert (chunk.pcm, chunk.final) == (b"", True)
    assert "".join(chunk.alignment.characters) == text
