"""Files of sound, read back by decoders that are not the encoder's own."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from app.cli.sinks import FORMAT_OF_SUFFIX, BadFormat, CannotWrite, Format, SoundFile, check_place, format_for
from tests.audio.test_encode import decoded, frame_samples, pieces, speech


@pytest.mark.parametrize("suffix", FORMAT_OF_SUFFIX)
def test_a_suffix_tells_the_format_that_another_decoder_reads(suffix: str, tmp_path: Path) -> None:
    out = tmp_path / f"speech.{suffix.upper()}"
    audio_format = format_for(out, None, None)
    original = speech(audio_format)

    file = SoundFile(out, audio_format)
    for part in pieces(original, audio_format):
        file.write(part)
    file.finish()

    sound, rate = decoded(out.read_bytes(), audio_format, tmp_path)
    assert rate == audio_format.sample_rate_hz
    assert abs(len(sound) - len(original)) <= frame_samples(audio_format)
    assert sound.std() == pytest.approx(original.std(), rel=0.06)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 24_000, 48_000])
@pytest.mark.parametrize("chosen", [Format.WAV, Format.MP3, Format.FLAC, Format.AAC, Format.PCM])
def test_the_sample_rate_can_be_chosen(chosen: Format, rate_hz: int, tmp_path: Path) -> None:
    audio_format = format_for(None, chosen, rate_hz)
    original = speech(audio_format)
    file = SoundFile(tmp_path / "speech", audio_format)
    file.write(original.tobytes())
    file.finish()
    if chosen is Format.AAC and rate_hz <= 24_000:  # faad takes it for the lower half of HE-AAC, and doubles the rate
        return
    sound, rate = decoded((tmp_path / "speech").read_bytes(), audio_format, tmp_path)
    assert rate == rate_hz
    assert abs(len(sound) - len(original)) <= frame_samples(audio_format)


def test_a_format_goes_before_the_suffix() -> None:
    assert format_for(Path("speech.mp3"), Format.FLAC, None).codec == "flac"


@pytest.mark.parametrize(
    ("out", "chosen", "rate_hz", "said"),
    [
        ("speech.txt", None, None, "The suffix of speech.txt tells no format: give it one of .wav, .mp3"),
        ("speech", None, None, "The suffix of speech tells no format"),
        (
            "a.wav",
            None,
            44_000,
            "The sample rate must be one of 8000, 16000, 22050, 24000, 32000, 44100, 48000 Hz, not",
        ),
        ("a.opus", None, 24_000, "opus has 48000 Hz here, not 24000: leave --sample-rate out."),
        ("-", Format.ULAW, 16_000, "ulaw has 8000 Hz here, not 16000"),
    ],
)
def test_a_format_that_cannot_be_is_refused(out: str, chosen: Format | None, rate_hz: int | None, said: str) -> None:
    with pytest.raises(BadFormat, match=said):
        format_for(Path(out), chosen, rate_hz)


def test_a_wav_file_is_whole_after_every_piece(tmp_path: Path) -> None:
    out = tmp_path / "speech.wav"
    file = SoundFile(out, format_for(out, None, 8_000))
    for pieces_written in (1, 2, 3):
        file.write(b"\1\0" * 800)
        with wave.open(str(out)) as read:
            assert read.getnframes() == 800 * pieces_written
    file.finish()


def test_without_a_sample_nothing_is_made_and_nothing_lost(tmp_path: Path) -> None:
    out = tmp_path / "speech.wav"
    out.write_text("dear to me")
    file = SoundFile(out, format_for(out, None, None))
    file.write(b"")
    file.finish()
    assert out.read_text() == "dear to me"


@pytest.mark.parametrize("name", ["", "nowhere/speech.wav"])
def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotWrite, match=f"Cannot write {tmp_path / name}: it is a folder, or in a folder"):
        check_place(tmp_path / name)


def test_a_full_disk_is_told_in_a_sentence() -> None:
    out = Path("/dev/full")
    file = SoundFile(out, format_for(out, Format.PCM, None))
    with pytest.raises(CannotWrite, match="Cannot write /dev/full: No space left on device."):
        file.write(bytes(2_000))
