"""The Python package ``openai``."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from loadtest.quality_measures import plain
from tests.clients.conftest import KEY, SENTENCE, VOICE, Hear, SecondsOf
from tests.clients.sound import Sound, assert_speech, from_file, from_pcm, from_stream
from tests.cluster import Service

SHORT = "Good morning, everyone."
READERS: dict[str, Callable[[bytes], Sound]] = {
    "mp3": from_file,
    "opus": from_file,
    "aac": from_stream,
    "flac": from_stream,
    "wav": from_file,
    "pcm": lambda audio: from_pcm(audio, 24_000),
}


@pytest.fixture(scope="module")
def client(service: Service) -> OpenAI:
    return OpenAI(base_url=f"{service.url}/v1", api_key=KEY)


def test_create_speaks_the_text_as_an_mp3(client: OpenAI, seconds_of: SecondsOf, hear: Hear) -> None:
    answer = client.audio.speech.create(model="tts-1", voice=VOICE, input=SENTENCE)
    sound = from_file(answer.content)
    assert_speech(sound, seconds_of(SENTENCE))
    assert hear(sound) == plain(SENTENCE)


@pytest.mark.parametrize("response_format", READERS)
def test_create_gives_the_format_asked_for(client: OpenAI, seconds_of: SecondsOf, response_format: str) -> None:
    answer = client.audio.speech.create(model="tts-1", voice=VOICE, input=SHORT, response_format=response_format)
    assert_speech(READERS[response_format](answer.content), seconds_of(SHORT))


@pytest.mark.parametrize("response_format", READERS)
def test_a_stream_brings_the_whole_format(client: OpenAI, seconds_of: SecondsOf, response_format: str) -> None:
    asked = client.audio.speech.with_streaming_response.create(
        model="tts-1", voice={"id": VOICE}, input=SHORT, response_format=response_format
    )
    with asked as answer:
        parts = list(answer.iter_bytes(1024))
    assert len(parts) > 1
    assert_speech(READERS[response_format](b"".join(parts)), seconds_of(SHORT))


def test_speed_changes_the_length(client: OpenAI, seconds_of: SecondsOf) -> None:
    answer = client.audio.speech.create(model="tts-1", voice=VOICE, input=SENTENCE, speed=1.5, response_format="pcm")
    assert_speech(from_pcm(answer.content, 24_000), seconds_of(SENTENCE, speed=1.5))
    assert seconds_of(SENTENCE, speed=1.5) < seconds_of(SENTENCE) * 0.8


def test_a_voice_of_openai_is_spoken_by_one_of_ours(client: OpenAI) -> None:
    answer = client.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input=SHORT, response_format="pcm")
    assert 0.8 < from_pcm(answer.content, 24_000).seconds < 3


def test_models_are_listed(client: OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert "tts-1" in names
    assert client.models.retrieve(names[0]).id == names[0]


def test_errors_are_those_that_the_client_knows(client: OpenAI) -> None:
    with pytest.raises((BadRequestError, NotFoundError)) as refused:
        client.audio.speech.create(model="tts-1", voice="nobody", input=SHORT)
    assert "nobody" in refused.value.message
    with pytest.raises(BadRequestError):
        client.audio.speech.create(model="tts-1", voice=VOICE, input="")
