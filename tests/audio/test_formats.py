import pytest

from app.audio.formats import ELEVENLABS_FORMATS, OPENAI_FORMATS, AudioFormat
from app.settings import SAMPLE_RATES_HZ


@pytest.mark.parametrize("formats", [ELEVENLABS_FORMATS, OPENAI_FORMATS])
def test_every_format_is_found_by_its_name_and_has_a_rate_that_the_speech_comes_in(
    formats: dict[str, AudioFormat],
) -> None:
    for name, audio_format in formats.items():
        assert audio_format.name == name
        assert audio_format.sample_rate_hz in SAMPLE_RATES_HZ


def test_the_names_of_elevenlabs_say_what_they_are() -> None:
    assert len(ELEVENLABS_FORMATS) == 29
    for name, audio_format in ELEVENLABS_FORMATS.items():
        codec, rate, *kilobits = name.split("_")
        assert (codec, int(rate)) == (audio_format.codec, audio_format.sample_rate_hz)
        if kilobits:
            assert audio_format.bit_rate == int(kilobits[0]) * 1000


def test_mp3_44100_is_the_one_with_128_kilobits() -> None:
    alias, named = ELEVENLABS_FORMATS["mp3_44100"], ELEVENLABS_FORMATS["mp3_44100_128"]
    assert (alias.codec, alias.sample_rate_hz, alias.bit_rate) == (named.codec, named.sample_rate_hz, named.bit_rate)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("mp3", "audio/mpeg"),
        ("opus", "audio/opus"),
        ("aac", "audio/aac"),
        ("flac", "audio/flac"),
        ("wav", "audio/wav"),
        ("pcm", "audio/pcm"),
    ],
)
def test_openai_formats_have_their_content_types(name: str, content_type: str) -> None:
    assert OPENAI_FORMATS[name].content_type == content_type


def test_telephone_formats_have_their_content_types() -> None:
    assert ELEVENLABS_FORMATS["ulaw_8000"].content_type == "audio/ulaw"
    assert ELEVENLABS_FORMATS["alaw_8000"].content_type == "audio/alaw"
