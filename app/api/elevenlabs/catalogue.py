"""What ElevenLabs' clients list: voices, models, and the user whom the key belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request

from app.api.auth import Caller, caller_of
from app.api.elevenlabs.errors import ElevenLabsRoute, documented
from app.api.errors import ApiError, not_ready, quoted
from app.api.labels import labels_of
from app.api.service import Service, service_of
from app.api.voices import resolve_voice
from app.languages import LANGUAGES

MAX_PAGE = 100
MODELS = {
    "eleven_multilingual_v2": "Eleven Multilingual v2",
    "eleven_flash_v2_5": "Eleven Flash v2.5",
    "eleven_turbo_v2_5": "Eleven Turbo v2.5",
    "eleven_flash_v2": "Eleven Flash v2",
    "eleven_turbo_v2": "Eleven Turbo v2",
}
"""The models that clients choose from; any other id is taken as well."""
VOICE_SETTINGS = {"stability": 0.5, "similarity_boost": 0.75, "style": 0.0, "use_speaker_boost": True, "speed": 1.0}
"""ElevenLabs' defaults; only the speed is heeded here."""
_LANGUAGES = {language.subtag: language.name.split()[-1] for language in LANGUAGES.values()}
"""By their ISO 639-1, without a country, as ElevenLabs lists them."""
NO_LIMIT = 1_000_000_000
"""Characters that a subscription shows: there is none here, and clients want a number."""

ERRORS = documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)
KNOWN_VOICE = {**ERRORS, **documented(HTTPStatus.NOT_FOUND)}

router = APIRouter(route_class=ElevenLabsRoute, dependencies=[Depends(caller_of)])
"""Voices: they are there without ``/v1`` and ``/v2`` too."""
user_router = APIRouter(route_class=ElevenLabsRoute)


def models(service: Service) -> list[dict[str, Any]]:
    """The models as ElevenLabs lists them. All stand for Kokoro."""
    longest = service.settings.session.max_buffered_characters
    return [
        {
            "model_id": model_id,
            "name": name,
            "description": "Spoken by Kokoro-82M.",
            "can_be_finetuned": False,
            "can_do_text_to_speech": True,
            "can_do_voice_conversion": False,
            "can_use_style": False,
            "can_use_speaker_boost": False,
            "serves_pro_voices": False,
            "token_cost_factor": 1.0,
            "requires_alpha_access": False,
            "max_characters_request_free_user": longest,
            "max_characters_request_subscribed_user": longest,
            "maximum_text_length_per_request": longest,
            "languages": [{"language_id": subtag, "name": name} for subtag, name in _LANGUAGES.items()],
            "model_rates": {"character_cost_multiplier": 1.0},
            "concurrency_group": "standard",
        }
        for model_id, name in MODELS.items()
    ]


@router.get("/voices", responses=ERRORS)
async def voices(request: Request) -> dict[str, list[dict[str, Any]]]:
    """All voices."""
    return {"voices": [_voice(name, name) for name in _ready(request).voices]}


@router.get("/voices/settings/default", responses=ERRORS)
async def default_settings() -> dict[str, Any]:
    """The settings that hold where a request has none."""
    return VOICE_SETTINGS


@router.get("/voices/{voice_id}", responses=KNOWN_VOICE)
async def voice(voice_id: str, request: Request) -> dict[str, Any]:
    """One voice, by Kokoro's name or one that stands for it."""
    return _voice(voice_id, resolve_voice(voice_id, _ready(request)))


@router.get("/voices/{voice_id}/settings", responses=KNOWN_VOICE)
async def settings(voice_id: str, request: Request) -> dict[str, Any]:
    """The settings of a voice, which are those of all."""
    resolve_voice(voice_id, _ready(request))
    return VOICE_SETTINGS


@user_router.get(
    "/v2/voices",
    dependencies=[Depends(caller_of)],
    responses={**ERRORS, **documented(HTTPStatus.BAD_REQUEST)},
)
async def search(
    request: Request,
    search: Annotated[str | None, Query(description="part of a name or of a label")] = None,
    voice_ids: Annotated[list[str] | None, Query()] = None,
    category: Annotated[str | None, Query(description="all voices are `premade`")] = None,
    sort: str | None = None,
    sort_direction: Literal["asc", "desc"] | None = None,
    page_size: int = 10,
    next_page_token: str | None = None,
) -> dict[str, Any]:
    """The voices that fit, a page at a time."""
    found = [_voice(name, name) for name in _ready(request).voices]
    found = [voice for voice in found if _fits(voice, search, voice_ids, category)]
    if sort == "name":
        found.sort(key=lambda voice: str(voice["name"]))
    if sort_direction == "desc":
        found.reverse()
    start = _start_of(next_page_token, len(found))
    end = start + min(max(page_size, 1), MAX_PAGE)
    return {
        "voices": found[start:end],
        "has_more": end < len(found),
        "total_count": len(found),
        "next_page_token": str(end) if end < len(found) else None,
    }


@user_router.get("/v1/user", responses=ERRORS)
async def user(caller: Annotated[Caller, Depends(caller_of)], request: Request) -> dict[str, Any]:
    """Whom the key belongs to."""
    return {
        "user_id": caller.name,
        "workspace_id": "kokoro-serve",
        "first_name": caller.name,
        "subscription": _subscription(caller, service_of(request)),
        "is_new_user": False,
        "can_use_delayed_payment_methods": False,
        "is_onboarding_completed": True,
        "is_onboarding_checklist_completed": True,
        "created_at": 0,
        "seat_type": "workspace_admin" if caller.admin else "workspace_member",
    }


@user_router.get("/v1/user/subscription", responses=ERRORS)
async def subscription(caller: Annotated[Caller, Depends(caller_of)], request: Request) -> dict[str, Any]:
    """What a client reads of quotas; there are none but the limits of the key."""
    return {**_subscription(caller, service_of(request)), "open_invoices": [], "has_open_invoices": False}


def _ready(request: Request) -> Service:
    service = service_of(request)
    if not service.voices:
        raise not_ready()
    return service


def _voice(voice_id: str, name: str) -> dict[str, Any]:
    """A voice as ElevenLabs describes one.

    Args:
        voice_id: as the client asked for it.
        name: Kokoro's, or a blend.
    """
    labels = labels_of(name)
    shown = name[3:].capitalize() if name[2:3] == "_" and name[3:].isalpha() else name
    return {
        "voice_id": voice_id,
        "name": shown,
        "category": "premade",
        "description": f"Kokoro's voice {name}.",
        "labels": labels,
        "samples": None,
        "preview_url": None,
        "available_for_tiers": [],
        "settings": VOICE_SETTINGS,
        "sharing": None,
        "high_quality_base_model_ids": list(MODELS),
        "verified_languages": [
            {"language": labels["language"], "model_id": next(iter(MODELS)), "accent": labels["accent"]}
        ],
        "is_owner": False,
        "is_legacy": False,
        "is_mixed": "+" in name or "-" in name,
    }


def _fits(voice: dict[str, Any], search: str | None, voice_ids: Sequence[str] | None, category: str | None) -> bool:
    words = " ".join([voice["voice_id"], voice["name"], *voice["labels"].values()]).lower()
    return (
        (not search or search.lower() in words)
        and (not voice_ids or voice["voice_id"] in voice_ids)
        and category in (None, "", voice["category"])
    )


def _start_of(next_page_token: str | None, count: int) -> int:
    if not next_page_token:
        return 0
    if not next_page_token.isascii() or not next_page_token.isdigit() or len(next_page_token) > len(str(count)):
        raise ApiError(
            "invalid_page_token",
            f'The next_page_token "{quoted(next_page_token)}" is none that this service gave.',
        )
    return int(next_page_token)


def _subscription(caller: Caller, service: Service) -> dict[str, Any]:
    own, general = caller.max_characters_per_minute, service.settings.auth.max_characters_per_minute
    return {
        "tier": "self-hosted",
        "character_count": 0,
        "character_limit": (general if own is None else own) or NO_LIMIT,
        "max_character_limit_extension": None,
        "max_credit_limit_extension": "unlimited",
        "can_extend_character_limit": False,
        "allowed_to_extend_character_limit": False,
        "next_character_count_reset_unix": None,
        "voice_slots_used": 0,
        "professional_voice_slots_used": 0,
        "professional_voice_slots_used_in_workspace": 0,
        "voice_limit": 0,
        "max_voice_add_edits": 0,
        "voice_add_edit_counter": 0,
        "professional_voice_limit": 0,
        "can_extend_voice_limit": False,
        "can_use_instant_voice_cloning": False,
        "can_use_professional_voice_cloning": False,
        "current_overage": {"amount": "0", "currency": "usd"},
        "currency": "usd",
        "status": "active",
        "billing_period": None,
        "character_refresh_period": None,
    }
