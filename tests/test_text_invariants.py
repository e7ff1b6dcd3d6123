"""Whatever the text, and however it is cut into messages: each character has its time, in order, within the sound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.events import ChunkReady, Options
from app.kokoro.voices import Voices
from app.messages import BYTES_PER_SAMPLE, SpeechChunk
from app.metrics import IngressMetrics, SpeechMetrics
from app.session import Session
from app.settings import SessionSettings, SpeechSettings
from app.speech import Speaker
from app.text.phonemize import Phonemizer
from tests.test_speech import FakeKokoro

RATE_HZ = 24_000
FRAGMENTS = [
    *("$5.99 ", "3/4 cup, ", "x² + y² = z² ", "$\\frac{a}{b}$ ", "Dr. Smith ", "\n\n", "\n- item", "12:30", "**so** "),
    *(
        "😀",
        "ﬁ",
        "½",
        "don’t ",
        "[pause:300ms]",
        "[Nguyen](/wˈɪn/) ",
        "<b>",
        "&amp;",
        "e\u0301",
        "\u200b",
        "мир ",
        "東京",
    ),
]
TEXTS = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=12)), max_size=8).map(
    lambda parts: "a" + "".join(parts)
)


@pytest.fixture(scope="module")
def speaker(voices: Voices, vocabulary: dict[str, int]) -> Speaker:
    phonemizers = {language: Phonemizer(vocabulary, language) for language in ("en-us", "es")}
    return Speaker(FakeKokoro(), voices, phonemizers, SpeechSettings(), SpeechMetrics())


@pytest.fixture
def spoken(speaker: Speaker) -> Callable[..., list[SpeechChunk]]:
    """The chunks of messages that are flushed together."""

    async def speak(messages: list[str], options: Options) -> list[SpeechChunk]:
        limits, metrics = SessionSettings(), IngressMetrics(300)
        session = Session(speaker, lambda: limits, metrics.dialect("test"), paced=False)
        try:
            for message in messages:
                await session.act(text=message, options=options)
            await session.act(flush=True)
            chunks = []
            async for event in session.events():
                assert isinstance(event, ChunkReady), event
                chunks.append(event.chunk)
                if event.chunk.final:
                    return chunks
        finally:
            await session.aclose()
        raise AssertionError("the flush has no end")

    return lambda messages, options: asyncio.run(speak(messages, options))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=TEXTS,
    cuts=st.lists(st.integers(1, 100), max_size=5),
    normalize=st.booleans(),
    language=st.sampled_from(["en-us", "es"]),
)
def test_every_character_is_timed_once_and_in_order(spoken, text, cuts, normalize, language) -> None:
    edges = [0, *sorted({cut for cut in cuts if cut < len(text)}), len(text)]
    messages = [text[start:end] for start, end in pairwise(edges)]
    chunks = spoken(messages, Options(sample_rate_hz=RATE_HZ, seed=1, normalize=normalize, language=language))

    audio_ms = sum(len(chunk.pcm) for chunk in chunks) / BYTES_PER_SAMPLE / RATE_HZ * 1000
    for alignments in ([chunk.alignment for chunk in chunks], [chunk.normalized_alignment for chunk in chunks]):
        starts = [start for alignment in alignments for start in alignment.start_ms]
        ends = [
            start + duration
            for alignment in alignments
            for start, duration in zip(alignment.start_ms, alignment.duration_ms, strict=True)
        ]
        assert starts == sorted(starts)
        assert all(start <= end <= audio_ms for start, end in zip(starts, ends, strict=True))
    assert "".join(character for chunk in chunks for character in chunk.alignment.characters) == text
