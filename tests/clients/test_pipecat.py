"""Pipecat's services for ElevenLabs, over the WebSocket and over HTTP, in a pipeline."""

from __future__ import annotations

import base64
import sys
from typing import Any

import pytest

from loadtest.quality_measures import plain
from tests.clients.conftest import SECOND_SENTENCE, SENTENCE, VOICE, Hear, Run, SecondsOf
from tests.clients.sound import Sound, assert_speech, from_pcm
from tests.cluster import Service

TEXT = f"{SENTENCE} {SECOND_SENTENCE}"

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="pipecat-ai needs Python 3.11")


@pytest.fixture(scope="module")
def answers(run_agent: Run, service: Service) -> dict[str, Any]:
    """What the pipeline said, by what was asked of it."""
    return run_agent("pipecat_speak.py", service.url, VOICE, TEXT, f"{SENTENCE} " * 4, SECOND_SENTENCE)


def sound_of(answer: dict[str, Any]) -> Sound:
    return from_pcm(base64.b64decode(answer["pcm"]), answer["rate_hz"])


def assert_words(words: list[list[Any]], text: str, seconds: float) -> None:
    """They are those of the text, each in its time: the pipeline's clock counts nanoseconds."""
    assert [word for word, _ in words] == text.split()
    moments = [moment / 1e9 for _, moment in words]
    assert moments == sorted(moments)
    assert seconds / 2 < moments[-1] - moments[0] < seconds


def test_it_has_nothing_to_complain_of(answers: dict[str, Any]) -> None:
    assert answers["errors"] == []
    # Such as of words that it did not send.
    assert answers["complaints"] == []


@pytest.mark.parametrize("way", ["websocket", "http"])
def test_two_sentences_come_with_their_words_in_time(
    answers: dict[str, Any], seconds_of: SecondsOf, hear: Hear, way: str
) -> None:
    sound = sound_of(answers[way])
    # It sends sentence by sentence.
    assert_speech(sound, seconds_of(SENTENCE) + seconds_of(SECOND_SENTENCE))
    assert hear(sound) == plain(TEXT)
    assert_words(answers[way]["words"], TEXT, sound.seconds)


def test_after_an_interruption_the_next_text_is_spoken_alone(
    answers: dict[str, Any], seconds_of: SecondsOf, hear: Hear
) -> None:
    sound = sound_of(answers["after_interruption"])
    assert_speech(sound, seconds_of(SECOND_SENTENCE))
    assert hear(sound) == plain(SECOND_SENTENCE)
    assert_words(answers["after_interruption"]["words"], SECOND_SENTENCE, sound.seconds)
