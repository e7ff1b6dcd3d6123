"""What a client may ask for with a text, checked and made a session's options."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from app.api.errors import not_ready
from app.api.languages import asked_language
from app.api.service import Service
from app.api.speaking import check_text
from app.api.voices import resolve_voice
from app.audio.formats import OPENAI_FORMATS, AudioFormat
from app.events import Options
from app.settings import MAX_SPEED, MIN_SPEED

Format = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]


def _id_in(voice: Any) -> Any:
    return voice["id"] if isinstance(voice, dict) and "id" in voice else voice


VoiceName = Annotated[
    str,
    BeforeValidator(_id_in),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
            ]
        }
    ),
]
"""A voice by its name, or in an object as ``id``, as OpenAI's custom voices are."""


class NormalizationOptions(BaseModel):
    """How numbers and abbreviations are read. Only ``normalize`` has a meaning here."""

    model_config = ConfigDict(strict=True, extra="ignore")

    normalize: bool | None = Field(None, description="false reads them as they are written")


class SpeechFields(BaseModel):
    """One text and how it is to be spoken. Null stands for a field that is not given, and unknown fields are ignored.

    Ignored are also ``instructions``, which Kokoro cannot follow, and of Kokoro-FastAPI's fields ``volume_multiplier``,
    ``return_download_link``, ``download_format``, ``return_timing``, ``voice_aliases``, ``allow_voice_tags`` and what
    ``normalization_options`` has besides ``normalize``.
    """

    model_config = ConfigDict(strict=True, extra="ignore")

    input: str = Field(description="the text")
    model: str | None = Field(None, description="any name: all of them stand for Kokoro")
    voice: VoiceName | None = Field(
        None, description="a voice, one of OpenAI's names, or a blend such as `af_bella(2)+af_sky(1)`"
    )
    response_format: Format | None = Field(None, description="`mp3` where none is given")
    speed: float | None = Field(
        None, ge=0.25, le=4, description=f"what lies outside {MIN_SPEED} to {MAX_SPEED} is spoken at the nearer of them"
    )
    stream: bool | None = Field(None, description="false sends the sound as a whole, with its length")
    lang_code: str | None = Field(
        None, description="Kokoro's letter (`a`, `b`, `e` …) or BCP-47 (`en-GB`, `es` …); else the voice's own"
    )
    normalization_options: NormalizationOptions | None = None
    ssml: bool | None = Field(None, description="true reads the text as SSML")

    @property
    def is_streamed(self) -> bool:
        """Whether the sound is wanted while it is made."""
        return self.stream is not False

    @property
    def audio_format(self) -> AudioFormat:
        """What the sound is sent as."""
        return OPENAI_FORMATS[self.response_format or "mp3"]

    def options(self, service: Service) -> Options:
        """The options of a session that speaks this text.

        Raises:
            ApiError: ``not_ready``, ``empty_text``, ``text_too_long``, ``unknown_voice``, ``bad_blend`` or
                ``unsupported_language``.
        """
        if not service.voices:
            raise not_ready()
        check_text(self.input, service.settings.session.max_buffered_characters)
        normalization = self.normalization_options
        return Options(
            voice=None if self.voice is None else resolve_voice(self.voice, service),
            speed=1.0 if self.speed is None else min(max(self.speed, MIN_SPEED), MAX_SPEED),
            sample_rate_hz=self.audio_format.sample_rate_hz,
            normalize=normalization is None or normalization.normalize is not False,
            language=asked_language(self.lang_code),
            ssml=self.ssml is True,
        )
