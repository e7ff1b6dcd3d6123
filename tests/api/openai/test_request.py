"""Which fields a request may have, what they mean for the speech, and which are passed over."""

from __future__ import annotations

from typing import Any, get_args

import httpx
import pytest

from app.api.openai.request import Format
from app.audio.formats import OPENAI_FORMATS
from app.messages import SpeechRequest
from tests.fakes import FakeService

PATH = "/v1/audio/speech"


async def asked_of_speech(http: httpx.AsyncClient, service: FakeService, **fields: Any) -> SpeechRequest:
    """The request that reaches Speech."""
    response = await http.post(PATH, json={"input": "a b", "response_format": "pcm", **fields})
    assert response.status_code == 200, response.text
    return service.speech.requests[-1]


def test_the_formats_are_all_those_of_openai() -> None:
    assert set(get_args(Format)) == set(OPENAI_FORMATS)


async def test_a_text_alone_is_spoken_with_the_defaults(http: httpx.AsyncClient, service: FakeService) -> None:
    request = await asked_of_speech(http, service)

    assert (request.text, request.voice, request.speed, request.language) == ("a b", "af_heart", 1.0, None)
    assert request.normalize
    assert not request.paced


@pytest.mark.parametrize(
    ("asked", "spoken_by"),
    [
        ("bf_emma", "bf_emma"),
        ({"id": "bf_emma"}, "bf_emma"),
        ("coral", "af_bella"),
        ({"id": "ballad-of-mine"}, "am_michael"),
        ("af_bella(3)+bf_emma(1)", "af_bella(0.75)+bf_emma(0.25)"),
        ("coral(3)+bf_emma(1)", "af_bella(0.75)+bf_emma(0.25)"),
        (None, "af_heart"),
    ],
    ids=str,
)
async def test_a_voice_is_asked_for_by_name_id_alias_or_as_a_blend(
    http: httpx.AsyncClient, service: FakeService, asked: Any, spoken_by: str
) -> None:
    service.configure(voice_aliases={"ballad-of-mine": "am_michael"})

    assert (await asked_of_speech(http, service, voice=asked)).voice == spoken_by


@pytest.mark.parametrize("model", ["tts-1", "tts-1-hd", "gpt-4o-mini-tts", "kokoro", "a model of tomorrow", "", None])
async def test_every_model_stands_for_kokoro(http: httpx.AsyncClient, service: FakeService, model: str | None) -> None:
    assert (await asked_of_speech(http, service, model=model)).voice == "af_heart"


@pytest.mark.parametrize(
    ("asked", "spoken"), [(0.25, 0.5), (0.5, 0.5), (1, 1.0), (1.5, 1.5), (2, 2.0), (4, 2.0), (4.0, 2.0), (None, 1.0)]
)
async def test_a_speed_that_kokoro_cannot_do_is_taken_at_the_nearest_one(
    http: httpx.AsyncClient, service: FakeService, asked: float | None, spoken: float
) -> None:
    assert (await asked_of_speech(http, service, speed=asked)).speed == spoken


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("a", "en-us"),
        ("b", "en-gb"),
        ("en-us", "en-us"),
        ("en-GB", "en-gb"),
        ("en_US", "en-us"),
        ("e", "es"),
        ("pt-br", "pt-br"),
        ("", None),
        (None, None),
    ],
)
async def test_a_language_is_one_of_kokoros_letters_or_its_name(
    http: httpx.AsyncClient, service: FakeService, asked: str | None, spoken: str | None
) -> None:
    assert (await asked_of_speech(http, service, lang_code=asked)).language == spoken


@pytest.mark.parametrize("asked", [True, False, None])
async def test_ssml_is_read_where_it_is_said(http: httpx.AsyncClient, service: FakeService, asked: bool | None) -> None:
    assert (await asked_of_speech(http, service, ssml=asked)).ssml is (asked is True)


@pytest.mark.parametrize("asked", ["j", "ja", "z", "zh-CN", "de", "no language"])
async def test_a_language_that_is_not_spoken_is_told_with_those_that_are(http: httpx.AsyncClient, asked: str) -> None:
    response = await http.post(PATH, json={"input": "a", "lang_code": asked})

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, "unsupported_language", "lang_code")
    assert f'"{asked}" is not spoken here' in error["message"]
    assert "Spanish (es)" in error["message"]


@pytest.mark.parametrize(
    ("asked", "normalize"),
    [
        (None, True),
        ({}, True),
        ({"normalize": None}, True),
        ({"normalize": True, "unit_normalization": True}, True),
        ({"normalize": False}, False),
    ],
)
async def test_a_text_may_be_read_as_it_is_written(
    http: httpx.AsyncClient, service: FakeService, asked: Any, normalize: bool
) -> None:
    assert (await asked_of_speech(http, service, normalization_options=asked)).normalize is normalize


async def test_what_has_no_meaning_here_is_passed_over(http: httpx.AsyncClient, service: FakeService) -> None:
    request = await asked_of_speech(
        http,
        service,
        instructions="Speak like a pirate.",
        volume_multiplier=0.5,
        return_download_link=True,
        download_format="flac",
        return_timing=True,
        voice_aliases={"me": "af_bella"},
        allow_voice_tags=True,
        ssml=False,
        field_of_tomorrow=[1],
    )

    assert (request.text, request.voice, request.sample_rate_hz) == ("a b", "af_heart", 24_000)


async def test_null_stands_for_a_field_that_is_not_given(http: httpx.AsyncClient, service: FakeService) -> None:
    names = (
        *("model", "voice", "response_format", "speed", "stream", "stream_format", "lang_code"),
        *("instructions", "normalization_options"),
    )
    response = await http.post(PATH, json={"input": "a", **dict.fromkeys(names)})

    assert (response.status_code, response.headers["content-type"]) == (200, "audio/mpeg")


async def test_a_lone_surrogate_is_spoken(http: httpx.AsyncClient, service: FakeService) -> None:
    headers = {"content-type": "application/json"}
    response = await http.post(PATH, content=rb'{"input": "a\ud800", "model": "\ud800"}', headers=headers)

    assert response.status_code == 200
    assert service.speech.requests[0].text == "a\ud800"
