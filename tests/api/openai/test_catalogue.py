"""What OpenAI's clients and Kokoro-FastAPI's list."""

from __future__ import annotations

import httpx
import pytest

from tests.fakes import VOICES, FakeService


@pytest.mark.parametrize("path", ["/v1/audio/voices", "/audio/voices"])
async def test_voices_are_listed_as_objects_or_as_names(http: httpx.AsyncClient, path: str) -> None:
    voices = (await http.get(path)).json()["voices"]
    assert [(voice["id"], voice["name"]) for voice in voices] == [(name, name) for name in VOICES]
    assert voices[0]["labels"] == {"language": "en", "accent": "american", "gender": "female", "grade": "A-"}
    assert (await http.get(path, params={"legacy": "true"})).json() == {"voices": list(VOICES)}


async def test_models_are_listed_for_both_worlds(http: httpx.AsyncClient) -> None:
    listed = (await http.get("/v1/models", headers={"authorization": "Bearer any"})).json()
    assert listed["object"] == "list"
    assert {"kokoro", "tts-1"} <= {model["id"] for model in listed["data"]}
    assert all(set(model) == {"id", "object", "created", "owned_by"} for model in listed["data"])

    for_elevenlabs = (await http.get("/v1/models", headers={"xi-api-key": "any"})).json()
    assert {"eleven_multilingual_v2", "eleven_flash_v2_5"} <= {model["model_id"] for model in for_elevenlabs}
    for model in for_elevenlabs:
        assert model["can_do_text_to_speech"] is True
        assert {"language_id": "en", "name": "English"} in model["languages"]
        assert {language["language_id"] for language in model["languages"]} == {"en", "es", "fr", "hi", "it", "pt"}
        assert "character_cost_multiplier" in model["model_rates"]


async def test_a_model_is_told_by_its_id(http: httpx.AsyncClient) -> None:
    assert (await http.get("/v1/models/tts-1")).json()["id"] == "tts-1"
    for name in ("gpt-7", "hexgrad/Kokoro-82M"):
        answer = await http.get(f"/v1/models/{name}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize("path", ["/v1/audio/voices", "/v1/models", "/v1/models/tts-1"])
async def test_all_of_it_wants_a_key_and_says_so_in_the_callers_form(
    http: httpx.AsyncClient, service: FakeService, path: str
) -> None:
    key = service.add_key()
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")
    assert (await http.get(path, headers={"authorization": f"Bearer {key}"})).status_code == 200
    if path.endswith("/models"):
        answer = await http.get(path, headers={"xi-api-key": "wrong"})
        assert answer.json()["detail"]["status"] == "invalid_api_key"
