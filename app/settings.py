"""Every tunable: name, unit, default, reason.

Weakest first: these defaults, the settings file (YAML, named by ``KOKORO_SERVE_SETTINGS``), the environment
(``KOKORO_SERVE_SPEECH__CHUNK_MS=80``), the ``args`` of the Serve config. The graph's builder reads them once and
hands the result to the replicas, which never look at the environment.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_cache_path
from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

ENVIRONMENT_PREFIX = "KOKORO_SERVE_"
SETTINGS_FILE_VARIABLE = "KOKORO_SERVE_SETTINGS"
SAMPLE_RATES_HZ = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
MIN_SPEED = 0.5
MAX_SPEED = 2.0

Milliseconds = Annotated[int, Field(ge=0, le=10_000)]
ChunkMilliseconds = Annotated[int, Field(ge=20, le=10_000)]


class SettingsFileMissing(ValueError):
    """The settings file that the environment names is not there."""


class Section(BaseModel):
    """A group of settings; an unknown name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _live(default: Any, description: str, **limits: Any) -> Any:
    """A field that ``user_config`` may change while the service runs."""
    return Field(default, description=description, json_schema_extra={"live": True}, **limits)


class WeightsSettings(Section):
    """Where the model and the voices come from."""

    source: str = Field(
        "auto",
        description="`auto` (hub, else packages), `hub`, `packages`, or the path of a folder in the hub's layout",
    )
    cache: Path = Field(
        default_factory=lambda: user_cache_path("kokoro-serve"),
        description="folder that keeps prepared weights and voices",
    )


class KokoroSettings(Section):
    """The model's replicas."""

    device: Literal["cpu", "cuda"] = Field("cuda", description="`cuda` or `cpu`; a replica never falls back by itself")
    torch_threads: int = Field(
        0, ge=0, le=256, description="threads torch uses for the model; 0: one for each core this process may use"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="of the generator: `bfloat16` where the processor gains from it, or always one of them"
    )
    compile: bool = Field(True, description="use windows that are compiled for this machine")
    window_frames: tuple[Annotated[int, Field(ge=4, le=400)], ...] = Field(
        (12, 28, 56), min_length=1, description="sizes of windows, the first one of an utterance first; 25 ms each"
    )
    whole_below_frames: int = Field(
        80, ge=1, description="utterances shorter than this (25 ms each) are decoded whole and exactly"
    )
    first_window_ms: Milliseconds = _live(300, "a newcomer's first window is due so long after it was asked for, ms")
    margin_ms: Milliseconds = _live(400, "a listener's next window is due so long before the sound runs out, ms")
    starving_ms: Milliseconds = _live(
        250, "a listener whose sound runs out within so long goes before all newcomers, ms"
    )
    max_batch: int = _live(0, "utterances in a step of the model at most; 0: 1 on a CPU, 64 on a GPU", ge=0)
    max_batch_phonemes: int = _live(4096, "phonemes, padding counted in, whose prosody is predicted at once", ge=512)
    max_step_ms: int = _live(
        0, "a step of more than one utterance takes no longer; 0: 120 ms on a CPU, 30 ms on a GPU", ge=0
    )
    max_ahead_s: float = _live(30.0, "audio made ahead of a listener at most, s", ge=1)
    max_unread_windows: int = _live(16, "windows made for an utterance whose reader takes none", ge=1)
    max_waiting: int = _live(48, "utterances waiting in one replica before new ones are refused", ge=1)

    @property
    def batch_limit(self) -> int:
        """``max_batch``, with 0 resolved by the device: two cores decode a batch no quicker than one by one, and the
        first listener would wait for the others."""
        return self.max_batch or (1 if self.device == "cpu" else 64)

    @property
    def step_limit_ms(self) -> int:
        """``max_step_ms``, with 0 resolved by the device."""
        return self.max_step_ms or (120 if self.device == "cpu" else 30)

    def threads(self) -> int:
        """``torch_threads``, with 0 resolved in this process."""
        return self.torch_threads or len(os.sched_getaffinity(0))


class SpeechSettings(Section):
    """Text, alignment and audio."""

    min_segment_words: int = Field(6, ge=1, description="words below which a segment is joined to its neighbour")
    max_segment_characters: int = Field(350, ge=40, description="characters above which a sentence is split at clauses")
    early_clause_characters: int = Field(
        120, ge=0, description="characters above which a flush's first sentence is begun with a clause alone"
    )
    first_chunk_ms: ChunkMilliseconds = Field(200, description="length of a flush's first chunk, ms")
    chunk_ms: ChunkMilliseconds = Field(100, description="length of every further chunk, ms")
    lead_silence_ms: Milliseconds = Field(50, description="silence left before the first sound of a flush, ms")
    paragraph_pause_ms: Milliseconds = Field(
        700, description="pause after a paragraph that ends a segment, ms; silence is added where the voice makes less"
    )
    sentence_pause_ms: Milliseconds = Field(450, description="longest pause left after a sentence, ms")
    clause_pause_ms: Milliseconds = Field(240, description="longest pause left after a clause that ends a segment, ms")
    final_silence_ms: Milliseconds = Field(200, description="longest silence left at the end of a flush, ms")
    dictionary_file: Path | None = Field(
        None,
        description="YAML file, on every node, of words and how they are said: `Nguyen: /wˈɪn/` in phonemes, "
        "`SQL: sequel` in words",
    )
    loudness_lufs: float | None = Field(
        -23.0,
        ge=-40,
        le=-10,
        description="loudness of every voice, LUFS; `null`: as the model makes it",
    )
    max_ahead_s: float = Field(30.0, ge=1, description="audio made ahead of a WebSocket's listener at most, s")
    max_streams: int = _live(64, "flushes spoken at once in one replica before new ones are refused", ge=1)
    replica_within_s: float = _live(
        120.0, "a text waits so long for a replica of Speech, and one of Kokoro, that takes it, s", gt=0
    )


class SessionSettings(Section):
    """Connections and what one may ask for."""

    default_voice: str = _live("af_heart", "voice where a client names none")
    voice_aliases: dict[str, str] = _live(
        {}, "names that stand for a voice or a blend, besides ElevenLabs' ids and OpenAI's names: `{Rachel: af_bella}`"
    )
    default_sample_rate_hz: Literal[8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] = Field(
        44_100, description="sample rate where a client names none, Hz"
    )
    max_sessions: int = _live(100, "WebSocket sessions per ingress replica; more are closed with 1013", ge=1)
    max_buffered_characters: int = _live(
        10_000, "characters of text a session may hold unspoken, waiting flushes included", ge=1
    )
    max_http_requests: int = _live(
        50, "texts that are spoken over HTTP at once, per ingress replica; more are refused as `overloaded`", ge=1
    )
    allowed_origins: list[str] = _live(
        [], "origins (`https://example.org`) whose pages may use the service besides this host's own; `*`: all"
    )
    max_pending_flushes: int = _live(64, "flushes a session may have waiting", ge=1)
    max_message_bytes: int = _live(
        1_048_576,
        "longest message of a WebSocket (else closed with 1009) and longest body (else 413), bytes",
        ge=1_024,
    )
    max_age_s: float = _live(14_400.0, "a WebSocket is closed with 1001 when it is so old, s", gt=0)
    drain_s: float = _live(
        60.0,
        "an ingress replica that is to end lets its sessions speak so long before it closes them with 1012, s; the "
        "deployment's graceful_shutdown_timeout_s has to be longer",
        ge=0,
    )
    drain_jitter_s: float = _live(2.0, "it tells them at random moments within so long, s", ge=0)
    log_text: bool = _live(False, "the text of every utterance is logged with it; else no text ever is")
    idle_timeout_s: float = _live(
        1_800.0, "a WebSocket without a message, and with nothing to speak, is closed with 1001, s; 0: never", ge=0
    )


class ElevenLabsSettings(Section):
    """The WebSockets of ElevenLabs' interface."""

    max_contexts: int = _live(20, "contexts that one WebSocket may have open; ElevenLabs has 5", ge=1)
    quiet_ms: int = _live(
        200, "`auto_mode`: text that ends within a sentence is spoken when so long nothing came after it, ms", ge=0
    )


class KeyEntry(Section):
    """An API key as it is stored: never the key itself. ``kokoro-serve key`` makes one."""

    name: str = Field(min_length=1, max_length=100, description="of who uses it; entries of one name count as one")
    hash: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of the key, as 64 hexadecimal digits")
    admin: bool = Field(False, description="may also use `/stats`, `/metrics` and `/gc`")
    max_concurrent: int | None = Field(None, ge=0, description="in place of `auth.max_concurrent`")
    max_characters_per_minute: int | None = Field(
        None, ge=0, description="in place of `auth.max_characters_per_minute`"
    )


class AuthSettings(Section):
    """Who may use the service, and how much. Without any key everybody may, and all together count as one."""

    keys: list[KeyEntry] = _live([], "entries that `kokoro-serve key` prints; without any key the service is open")
    keys_file: Path | None = Field(
        None, description="YAML file with a list of more entries, on every node; it is read again when it changes"
    )
    key_within_s: float = _live(10.0, "a WebSocket that came without a key has so long to send it, s", gt=0)
    max_concurrent: int = _live(
        0, "sessions and requests of one key that speak at once, per ingress replica; 0: no limit", ge=0
    )
    max_characters_per_minute: int = _live(
        0, "characters that one key may have spoken in a minute, per ingress replica; 0: no limit", ge=0
    )


class MonitorSettings(Section):
    """Figures for operators."""

    period_s: float = Field(2.0, ge=0.5, description="how often an ingress asks all replicas how they are, s")
    window_s: float = Field(300.0, ge=10, description="how far back the percentiles of `/stats` look, s")
    # Prometheus gives a scrape up after 10 s if it is not told otherwise: who did not answer must be known before.
    answer_within_s: float = Field(5.0, gt=0, description="how long a replica may take to tell how it is, s")


class Settings(BaseSettings):
    """All settings of the service.

    Raises:
        pydantic.ValidationError: for an unknown name or a value out of range, naming both.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    weights: WeightsSettings = Field(default_factory=lambda: WeightsSettings())
    kokoro: KokoroSettings = Field(default_factory=lambda: KokoroSettings())
    speech: SpeechSettings = Field(default_factory=lambda: SpeechSettings())
    session: SessionSettings = Field(default_factory=lambda: SessionSettings())
    elevenlabs: ElevenLabsSettings = Field(default_factory=lambda: ElevenLabsSettings())
    auth: AuthSettings = Field(default_factory=lambda: AuthSettings())
    monitor: MonitorSettings = Field(default_factory=lambda: MonitorSettings())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = os.environ.get(SETTINGS_FILE_VARIABLE)
        if not file:
            return init_settings, env_settings
        if not Path(file).is_file():
            raise SettingsFileMissing(f"{SETTINGS_FILE_VARIABLE} names {file!r}, which is not a file")
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls, yaml_file=file)

    def with_live(self, overrides: dict[str, dict[str, Any]] | None) -> Settings:
        """These settings with some live fields replaced, as ``user_config`` does while the service runs.

        Args:
            overrides: section to field to value, ``{"session": {"max_sessions": 200}}``.

        Raises:
            ValueError: for a field that is unknown or not live, or a value out of range.
        """
        sections: dict[str, Section] = {}
        for section_name, values in (overrides or {}).items():
            section = getattr(self, section_name, None)
            if not isinstance(section, Section):
                raise ValueError(f"user_config names the section {section_name!r}, which does not exist")
            for name in values:
                field = type(section).model_fields.get(name)
                if field is None:
                    raise ValueError(f"user_config sets {section_name}.{name}, which does not exist")
                if not (isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("live")):
                    raise ValueError(
                        f"user_config sets {section_name}.{name}, which cannot change while the service runs; "
                        "set it in the application's args"
                    )
            sections[section_name] = type(section).model_validate({**section.model_dump(), **values})
        return self.model_copy(update=sections)


def table() -> str:
    """All settings as a Markdown table: name, default, meaning, and whether it may change while the service runs."""
    lines = ["| setting | default | live | meaning |", "|---|---|---|---|"]
    for section_name, section_field in Settings.model_fields.items():
        section = section_field.annotation
        assert isinstance(section, type)
        assert issubclass(section, Section)
        for name, field in section.model_fields.items():
            live = isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("live")
            default = "the user's cache" if field.default_factory else f"`{field.default}`"
            lines.append(f"| `{section_name}.{name}` | {default} | {'yes' if live else ''} | {field.description} |")
    return "\n".join(lines)
