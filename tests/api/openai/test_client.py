"""OpenAI's own Python client over a fake Speech; ``tests/clients`` has it over the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from openai import (
    APIConnectionError,
    AsyncOpenAI,
    AuthenticationError,
    BadRequestError,
    DefaultAsyncHttpxClient,
    InternalServerError,
    NotFoundError,
    RateLimitError,
)

from app.audio.formats import OPENAI_FORMATS
from app.messages import Overloaded, SynthesisFailed
from tests.api.openai.sound import has_words
from tests.fakes import FakeService


@pytest.fixture
async def client(address: str) -> AsyncIterator[AsyncOpenAI]:
    http = DefaultAsyncHttpxClient(trust_env=False)
    async with AsyncOpenAI(base_url=f"http://{address}/v1", api_key="any", max_retries=0, http_client=http) as client:
        yield client


def asked(text: str = "one two three", **fields: Any) -> dict[str, Any]:
    return {"model": "tts-1", "voice": "alloy", "input": text, **fields}


@pytest.fixture(autouse=True)
def alloy(service: FakeService) -> None:
    """The voice that stands for OpenAI's alloy, which the fake service lacks."""
    service.voices = (*service.voices, "af_alloy")


@pytest.mark.parametrize("name", OPENAI_FORMATS)
async def test_create_brings_the_format_asked_for(client: AsyncOpenAI, service: FakeService, name: str) -> None:
    answer = await client.audio.speech.create(**asked(response_format=name, speed=1.5))

    assert has_words(answer.content, 3, name)
    assert (service.speech.requests[0].voice, service.speech.requests[0].speed) == ("af_alloy", 1.5)


async def test_a_stream_comes_in_parts_and_goes_to_a_file(client: AsyncOpenAI, tmp_path: Path) -> None:
    async with client.audio.speech.with_streaming_response.create(**asked(instructions="Whisper.")) as answer:
        await answer.stream_to_file(tmp_path / "speech.mp3")
    async with client.audio.speech.with_streaming_response.create(**asked(voice={"id": "alloy"})) as answer:
        parts = [part async for part in answer.iter_bytes(256)]

    assert answer.headers["x-request-id"].startswith("req_")
    assert len(parts) > 2
    assert has_words(b"".join(parts), 3)
    assert has_words((tmp_path / "speech.mp3").read_bytes(), 3)


async def test_models_are_listed_and_retrieved(client: AsyncOpenAI) -> None:
    names = [model.id async for model in client.models.list()]

    assert "gpt-4o-mini-tts" in names
    assert (await client.models.retrieve(names[0])).id == names[0]
    with pytest.raises(NotFoundError):
        await client.models.retrieve("whisper-1")


async def test_refusals_are_the_errors_that_the_client_knows(client: AsyncOpenAI, service: FakeService) -> None:
    for fields, param in (({"voice": "nobody"}, "voice"), ({"text": ""}, "input"), ({"speed": 5}, "speed")):
        with pytest.raises(BadRequestError) as refused:
            await client.audio.speech.create(**asked(**fields))
        assert (refused.value.param, refused.value.type) == (param, "invalid_request_error")
        assert refused.value.request_id
    service.speech.fail(0, 0, SynthesisFailed("That could not be said."))
    with pytest.raises(InternalServerError, match="That could not be said"):
        await client.audio.speech.create(**asked())


async def test_keys_and_limits_are_the_errors_that_the_client_knows(client: AsyncOpenAI, service: FakeService) -> None:
    key = service.add_key(max_characters_per_minute=15)
    with pytest.raises(AuthenticationError):
        await client.audio.speech.create(**asked())
    with_key = client.with_options(api_key=key)
    await with_key.audio.speech.create(**asked())
    with pytest.raises(RateLimitError):
        await with_key.audio.speech.create(**asked())


async def test_the_client_tries_again_when_the_service_is_overloaded(
    client: AsyncOpenAI, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.errors.RETRY_AFTER_S", 0)
    service.speech.fail(0, 0, Overloaded("Too much is waiting."))

    answer = await client.with_options(max_retries=1).audio.speech.create(**asked(response_format="pcm"))

    assert has_words(answer.content, 3, "pcm")
    assert len(service.speech.requests) == 2


async def test_a_failure_in_the_middle_is_no_short_file(client: AsyncOpenAI, service: FakeService) -> None:
    service.speech.fail(0, 1, SynthesisFailed("That could not be said."))

    with pytest.raises(APIConnectionError):
        await client.audio.speech.create(**asked(response_format="pcm"))
