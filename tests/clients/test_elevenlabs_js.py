"""The JavaScript package ``@elevenlabs/elevenlabs-js``, which parses strictly: a key that is missing is an error."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from loadtest.quality_measures import plain
from tests.clients.conftest import SENTENCE, VOICE, Hear, Run, SecondsOf
from tests.clients.sound import assert_speech, from_file, from_pcm
from tests.cluster import Service


@pytest.fixture(scope="module")
def answers(run_node: Run, service: Service) -> dict[str, Any]:
    """What every call brought, by its name."""
    return run_node("speak.mjs", service.url, VOICE, SENTENCE)


def value(answer: dict[str, Any]) -> Any:
    assert "error" not in answer, answer["error"]
    return answer["value"]


def test_convert_and_stream_speak(answers: dict[str, Any], seconds_of: SecondsOf, hear: Hear) -> None:
    converted = from_file(base64.b64decode(value(answers["convert"])))
    assert converted.rate_hz == 44_100
    streamed = from_pcm(base64.b64decode(value(answers["stream"])), 24_000)
    for sound in (converted, streamed):
        assert_speech(sound, seconds_of(SENTENCE))
    assert hear(converted) == plain(SENTENCE)


def test_timestamps_name_every_character(answers: dict[str, Any], seconds_of: SecondsOf) -> None:
    converted = value(answers["convertWithTimestamps"])
    streamed = value(answers["streamWithTimestamps"])
    assert len(streamed) > 1
    for parts in ([converted], streamed):
        pcm = b"".join(base64.b64decode(part["audioBase64"]) for part in parts)
        assert_speech(from_pcm(pcm, 24_000), seconds_of(SENTENCE))
        alignments = [part["alignment"] for part in parts if part.get("alignment")]
        assert "".join(character for part in alignments for character in part["characters"]) == SENTENCE
        starts = [start for part in alignments for start in part["characterStartTimesSeconds"]]
        assert starts == sorted(starts)


def test_voices_models_and_user_have_every_key_that_it_needs(answers: dict[str, Any]) -> None:
    voices = {voice["voiceId"] for voice in value(answers["voices"])["voices"]}
    assert VOICE in voices
    assert {voice["voiceId"] for voice in value(answers["search"])["voices"]} == voices
    assert value(answers["voice"])["voiceId"] == VOICE
    assert all(model["modelId"] for model in value(answers["models"]))
    assert value(answers["user"])["subscription"]["status"] == value(answers["subscription"])["status"]


def test_errors_have_their_status(answers: dict[str, Any]) -> None:
    assert answers["unknownVoice"]["error"]["status"] == 404
    assert answers["emptyText"]["error"]["status"] == 422
