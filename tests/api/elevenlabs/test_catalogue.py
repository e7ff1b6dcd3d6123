"""What ElevenLabs' clients list. The JavaScript client refuses an answer without one of its keys."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.fakes import VOICES, FakeService

VOICE_KEYS = {
    "voice_id",
    "name",
    "category",
    "labels",
    "available_for_tiers",
    "high_quality_base_model_ids",
    "settings",
}
SUBSCRIPTION_KEYS = set(
    """
    tier character_count character_limit max_credit_limit_extension can_extend_character_limit
    allowed_to_extend_character_limit voice_slots_used professional_voice_slots_used
    professional_voice_slots_used_in_workspace voice_limit voice_add_edit_counter professional_voice_limit
    can_extend_voice_limit can_use_instant_voice_cloning can_use_professional_voice_cloning current_overage status
    """.split()
)
USER_KEYS = set(
    """
    user_id workspace_id subscription is_new_user can_use_delayed_payment_methods is_onboarding_completed
    is_onboarding_checklist_completed created_at seat_type
    """.split()
)


async def got(http: httpx.AsyncClient, path: str, **params: Any) -> Any:
    answer = await http.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("path", ["/v1/voices", "/voices"])
async def test_all_voices_are_listed_with_what_clients_read(http: httpx.AsyncClient, path: str) -> None:
    voices = (await got(http, path))["voices"]
    assert [voice["voice_id"] for voice in voices] == list(VOICES)
    assert all(set(voice) >= VOICE_KEYS for voice in voices)
    emma = voices[-1]
    assert (emma["name"], emma["category"]) == ("Emma", "premade")
    assert emma["labels"] == {"language": "en", "accent": "british", "gender": "female", "grade": "B-"}


async def test_voices_come_in_pages(http: httpx.AsyncClient) -> None:
    first = await got(http, "/v2/voices", page_size=3)
    assert (len(first["voices"]), first["has_more"], first["total_count"]) == (3, True, 4)
    second = await got(http, "/v2/voices", page_size=3, next_page_token=first["next_page_token"])
    assert [voice["voice_id"] for voice in second["voices"]] == ["bf_emma"]
    assert (second["has_more"], second["next_page_token"]) == (False, None)


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"search": "HEART"}, ["af_heart"]),
        ({"search": "british"}, ["bf_emma"]),
        ({"search": "nobody"}, []),
        ({"voice_ids": ["af_bella", "bf_emma"]}, ["af_bella", "bf_emma"]),
        ({"category": "premade"}, list(VOICES)),
        ({"category": "cloned"}, []),
        ({"sort": "name"}, ["af_bella", "bf_emma", "af_heart", "am_michael"]),
        ({"sort": "name", "sort_direction": "desc"}, ["am_michael", "af_heart", "bf_emma", "af_bella"]),
        ({"page_size": 0}, ["af_bella"]),
        ({"page_size": 1_000, "include_total_count": "true", "voice_type": "default"}, list(VOICES)),
    ],
)
async def test_voices_are_found(http: httpx.AsyncClient, params: dict[str, Any], found: list[str]) -> None:
    assert [voice["voice_id"] for voice in (await got(http, "/v2/voices", **params))["voices"]] == found


@pytest.mark.parametrize("token", ["x", "-1", "²", "9" * 30])
async def test_a_page_that_nobody_gave_is_refused(http: httpx.AsyncClient, token: str) -> None:
    answer = await http.get("/v2/voices", params={"next_page_token": token})
    assert (answer.status_code, answer.json()["detail"]["param"]) == (400, "next_page_token")


@pytest.mark.parametrize("name", ["af_heart", "21m00Tcm4TlvDq8ikWAM"])
async def test_a_voice_is_known_by_any_of_its_names(http: httpx.AsyncClient, name: str) -> None:
    voice = await got(http, f"/v1/voices/{name}")
    assert (voice["voice_id"], voice["name"]) == (name, "Heart")
    settings = await got(http, f"/v1/voices/{name}/settings")
    assert settings == voice["settings"] == await got(http, "/v1/voices/settings/default")


@pytest.mark.parametrize("path", ["/v1/voices/nobody", "/v1/voices/nobody/settings"])
async def test_a_voice_that_is_not_there_is_told(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["detail"]["status"]) == (404, "voice_not_found")


async def test_the_user_and_the_subscription_have_every_key(http: httpx.AsyncClient, service: FakeService) -> None:
    user = await got(http, "/v1/user")
    assert set(user) >= USER_KEYS
    subscription = await got(http, "/v1/user/subscription")
    assert set(subscription) >= SUBSCRIPTION_KEYS | {"open_invoices", "has_open_invoices"}
    assert set(user["subscription"]) >= SUBSCRIPTION_KEYS
    assert set(subscription["current_overage"]) == {"amount", "currency"}
    service.configure_auth(max_characters_per_minute=77)
    assert (await got(http, "/v1/user/subscription"))["character_limit"] == 77


@pytest.mark.parametrize(
    "path",
    [
        "/v1/voices",
        "/v2/voices",
        "/v1/voices/af_heart",
        "/v1/voices/settings/default",
        "/v1/user",
        "/v1/user/subscription",
    ],
)
async def test_all_of_it_wants_a_key_where_there_are_keys(
    http: httpx.AsyncClient, service: FakeService, path: str
) -> None:
    key = service.add_key("reader")
    refused = await http.get(path)
    assert (refused.status_code, refused.json()["detail"]["type"]) == (401, "authentication_error")
    assert (await http.get(path, headers={"xi-api-key": key})).status_code == 200
