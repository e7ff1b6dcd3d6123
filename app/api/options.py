"""How text is to be spoken, as clients say it, checked and made a session's options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from app.api.errors import ApiError, quoted
from app.api.languages import asked_language
from app.api.pronunciations import checked_pronunciations
from app.api.voices import known_voice
from app.events import Options
from app.session import MAX_SEED
from app.settings import MAX_SPEED, MIN_SPEED, SAMPLE_RATES_HZ

_QUERY_CODES = {"speed": "bad_speed", "sample_rate": "bad_sample_rate", "seed": "bad_seed"}


class OptionFields(BaseModel):
    """The options that any message may carry. Null brings an option's default back; unknown fields are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore")

    voice: str | None = None
    speed: float | None = None
    sample_rate: int | None = None
    seed: int | None = None
    normalize: bool | None = None
    language: str | None = None
    """As ``find_language`` takes it; null and empty leave it to the voice."""
    ssml: bool | None = None
    """The text is SSML; what of it is understood, ``app.text.ssml`` says."""
    pronunciations: dict[str, str] | None = None
    """Words to their phonemes between slashes, "/wˈɪn/", or to what is said for them."""

    def applied_to(self, options: Options, voices: Sequence[str]) -> Options:
        """``options`` with those that are given here in their place.

        Args:
            options: what held until now.
            voices: the names that may be asked for, alone or in a blend.

        Raises:
            ApiError: ``unknown_voice``, ``bad_blend``, ``bad_speed``, ``bad_sample_rate``, ``bad_seed``,
                ``bad_pronunciation`` or ``unsupported_language``.
        """
        self._check()
        given: dict[str, Any] = {}
        for name in self.model_fields_set & OptionFields.model_fields.keys():
            option = "sample_rate_hz" if name == "sample_rate" else name
            value = getattr(self, name)
            if name == "language":
                value = asked_language(value)
            elif name == "pronunciations" and value is not None:
                value = checked_pronunciations(value)
            elif name == "voice" and value is not None:
                value = known_voice(value, voices)
            given[option] = getattr(Options(), option) if value is None else value
        return replace(options, **given)

    def _check(self) -> None:
        if self.speed is not None and not MIN_SPEED <= self.speed <= MAX_SPEED:
            raise ApiError("bad_speed", f"The speed must be from {MIN_SPEED} to {MAX_SPEED}, not {self.speed}.")
        if self.sample_rate is not None and self.sample_rate not in SAMPLE_RATES_HZ:
            rates = ", ".join(map(str, SAMPLE_RATES_HZ))
            raise ApiError("bad_sample_rate", f"The sample rate must be one of {rates} Hz, not {self.sample_rate}.")
        if self.seed is not None and not 0 <= self.seed <= MAX_SEED:
            raise ApiError("bad_seed", f"The seed must be from 0 to {MAX_SEED}, not {self.seed}.")


def options_in_query(query: Mapping[str, str]) -> Iterator[OptionFields | ApiError]:
    """Yields the options of a URL's query one at a time, in place of a wrong one its error."""
    for name in filter(query.__contains__, OptionFields.model_fields):
        try:
            yield OptionFields.model_validate_strings({name: query[name]}, strict=False)
        except ValidationError:
            code = _QUERY_CODES.get(name, "bad_message")
            yield ApiError(code, f'"{name}={quoted(query[name])}" in the URL is not right, so the default stays.')
