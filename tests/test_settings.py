from pathlib import Path

import pytest

from app.settings import SETTINGS_FILE_VARIABLE, Settings


def test_each_source_goes_before_the_weaker_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("speech: {chunk_ms: 61, first_chunk_ms: 62, lead_silence_ms: 63}\n")
    monkeypatch.setenv(SETTINGS_FILE_VARIABLE, str(file))
    monkeypatch.setenv("KOKORO_SERVE_SPEECH__CHUNK_MS", "71")
    monkeypatch.setenv("KOKORO_SERVE_SPEECH__FIRST_CHUNK_MS", "72")
    speech = Settings(**{"speech": {"chunk_ms": 81}}).speech
    assert (speech.chunk_ms, speech.first_chunk_ms, speech.lead_silence_ms) == (81, 72, 63)
    assert speech.max_ahead_s == 30.0


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"speeech": {}}, "speeech"),
        ({"kokoro": {"devise": "cpu"}}, r"kokoro\.devise"),
        ({"kokoro": {"device": "tpu"}}, r"kokoro\.device"),
        ({"session": {"max_sessions": 0}}, r"session\.max_sessions"),
    ],
)
def test_an_unknown_name_or_a_value_out_of_range_is_named(settings: dict, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Settings(**settings)


def test_a_settings_file_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTINGS_FILE_VARIABLE, "/nowhere/settings.yaml")
    with pytest.raises(ValueError, match="'/nowhere/settings.yaml', which is not a file"):
        Settings()


def test_live_fields_change_and_the_rest_stays() -> None:
    settings = Settings()
    changed = settings.with_live({"session": {"max_sessions": 7}})
    assert changed.session.max_sessions == 7
    assert changed.session.default_voice == settings.session.default_voice
    assert settings.session.max_sessions == 100
    assert settings.with_live(None) == settings


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"session": {"default_sample_rate_hz": 24_000}}, "cannot change while the service runs"),
        ({"session": {"max_session": 7}}, r"session\.max_session, which does not exist"),
        ({"sessions": {"max_sessions": 7}}, "'sessions', which does not exist"),
        ({"session": {"max_sessions": 0}}, "max_sessions"),
    ],
)
def test_user_config_can_change_nothing_else(overrides: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings().with_live(overrides)


def test_zero_threads_means_one_for_each_core() -> None:
    assert Settings().kokoro.threads() >= 1
    assert Settings(**{"kokoro": {"torch_threads": 3}}).kokoro.threads() == 3
