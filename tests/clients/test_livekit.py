"""LiveKit's plugin for ElevenLabs, ``livekit-plugins-elevenlabs``, as an agent uses it."""

from __future__ import annotations

import base64
from itertools import pairwise
from typing import Any

import pytest

from loadtest.quality_measures import plain
from tests.clients.conftest import SECOND_SENTENCE, SENTENCE, VOICE, Hear, Run, SecondsOf
from tests.clients.sound import Sound, assert_speech, from_pcm
from tests.cluster import Service

TEXT = f"{SENTENCE} {SECOND_SENTENCE}"


@pytest.fixture(scope="module")
def answers(run_agent: Run, service: Service) -> dict[str, Any]:
    """What the plugin brought, by what was asked of it."""
    return run_agent("livekit_speak.py", f"{service.url}/v1", VOICE, TEXT, f"{SENTENCE} " * 4, SECOND_SENTENCE)


def sound_of(answer: dict[str, Any]) -> Sound:
    return from_pcm(base64.b64decode(answer["pcm"]), answer["rate_hz"])


def assert_words(words: list[list[Any]], text: str, seconds: float) -> None:
    """They are those of the text, each at a time that the sound has; the clock may start again with a sentence."""
    assert "".join(word for word, _, _ in words).split() == text.split()
    for (before, earlier, _), (_, later, _) in pairwise(words):
        assert earlier <= later or before.rstrip().endswith(".")
    assert all(0 <= start <= seconds for _, start, _ in words)


def test_two_sentences_come_as_one_sound_with_its_words(answers: dict[str, Any], hear: Hear) -> None:
    answer = answers["stream"]
    sound = sound_of(answer)
    # The plugin asks for mp3_22050_32 and a voice of ElevenLabs unless it is told otherwise.
    assert sound.rate_hz == 22_050
    assert 4 < sound.seconds < 12
    assert hear(sound) == plain(TEXT)
    assert_words(answer["words"], TEXT, sound.seconds)
    assert answer["first_s"] < 3


def test_after_an_interruption_the_same_connection_speaks_the_next_text_alone(
    answers: dict[str, Any], hear: Hear
) -> None:
    sound = sound_of(answers["after_interruption"])
    assert answers["connections"] == 1
    assert hear(sound) == plain(SECOND_SENTENCE)
    assert_words(answers["after_interruption"]["words"], SECOND_SENTENCE, sound.seconds)


def test_pcm_is_whole(answers: dict[str, Any], seconds_of: SecondsOf) -> None:
    # The plugin ends a sentence with a space.
    sound = sound_of(answers["pcm"])
    assert_speech(sound, seconds_of(f"{SECOND_SENTENCE} "))
    assert_words(answers["pcm"]["words"], SECOND_SENTENCE, sound.seconds)


def test_synthesize_speaks_over_http(answers: dict[str, Any], hear: Hear) -> None:
    sound = sound_of(answers["synthesize"])
    assert sound.rate_hz == 22_050
    assert hear(sound) == plain(TEXT)


def test_voices_are_listed(answers: dict[str, Any]) -> None:
    assert VOICE in {identifier for identifier, _, _ in answers["voices"]}


def test_a_voice_that_nobody_has_is_an_error_at_once(answers: dict[str, Any]) -> None:
    # The plugin waits forever where a connection closes before it has asked for anything.
    assert answers["unknown_voice"]["name"] == "APIStatusError"
    assert answers["unknown_voice"]["seconds"] < 5
