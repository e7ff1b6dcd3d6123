"""Every format is read back by a decoder that is not FFmpeg's: libsndfile (mpg123, libopus), faad, and sox for FLAC,
which libsndfile reads only where the header tells the length."""

from __future__ import annotations

import asyncio
import gc
import io
import shutil
import subprocess
import threading
import wave
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.encode import Encoder, StreamEncoder, StreamEnded
from app.audio.formats import ELEVENLABS_FORMATS, OPENAI_FORMATS, AudioFormat, Codec
from app.settings import SpeechSettings

SETTINGS = SpeechSettings()
SPEECH_S = 2.3
FORMATS = [*ELEVENLABS_FORMATS.values(), *OPENAI_FORMATS.values()]
ENCODED = [audio_format for audio_format in FORMATS if audio_format.codec != "pcm"]
ONE_OF_EACH = [*OPENAI_FORMATS.values(), ELEVENLABS_FORMATS["ulaw_8000"], ELEVENLABS_FORMATS["alaw_8000"]]
COMMANDS: dict[Codec, list[str]] = {
    "aac": ["faad", "-q", "-o", "decoded.wav", "encoded.aac"],
    "flac": ["sox", "encoded.flac", "decoded.wav"],
}


def each(formats: list[AudioFormat]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("audio_format", formats, ids=lambda audio_format: audio_format.name)


def ms(audio_format: AudioFormat, milliseconds: float) -> int:
    """Samples."""
    return round(audio_format.sample_rate_hz * milliseconds / 1000)


def speech(audio_format: AudioFormat) -> np.ndarray:
    """Noise with the spectrum and rhythm of speech, after the silence that comes before speech; [n] int16."""
    rate, samples = audio_format.sample_rate_hz, ms(audio_format, SPEECH_S * 1000)
    frequencies = np.fft.rfftfreq(samples, 1 / rate)
    shape = (frequencies > 80) * (frequencies < 3000) / (1 + (frequencies / 600) ** 2)
    noise = np.fft.irfft(np.fft.rfft(np.random.default_rng(0).normal(size=samples)) * shape, samples)
    loudness = 0.3 + 0.7 * np.abs(np.sin(2 * np.pi * 2.1 * np.arange(samples) / rate))
    sound = noise * loudness / np.abs(noise).max() * 20_000
    return np.concatenate([np.zeros(ms(audio_format, SETTINGS.lead_silence_ms)), sound]).astype("<i2")


def pieces(samples: np.ndarray, audio_format: AudioFormat) -> Iterator[bytes]:
    """A first chunk of 200 ms, then 100 ms each, as they come from the speech."""
    first, following = ms(audio_format, SETTINGS.first_chunk_ms), ms(audio_format, SETTINGS.chunk_ms)
    yield samples[:first].tobytes()
    for start in range(first, len(samples), following):
        yield samples[start : start + following].tobytes()


def encoded(audio_format: AudioFormat, parts: Iterator[bytes]) -> bytes:
    encoder = Encoder(audio_format)
    return b"".join([encoder.push(part) for part in parts]) + encoder.finish()


def decoded(data: bytes, audio_format: AudioFormat, folder: Path) -> tuple[np.ndarray, int]:
    """Samples [n] int16 and the rate in Hz that the decoder found."""
    codec = audio_format.codec
    if codec == "pcm":
        return np.frombuffer(data, "<i2"), audio_format.sample_rate_hz
    if codec in ("ulaw", "alaw"):
        return soundfile.read(io.BytesIO(data), dtype="int16", channels=1, samplerate=audio_format.sample_rate_hz,
                              format="RAW", subtype=codec.upper())  # fmt: skip
    if codec not in COMMANDS:
        return soundfile.read(io.BytesIO(data), dtype="int16")
    command = COMMANDS[codec]
    if not shutil.which(command[0]):
        pytest.skip(f"{codec} is read back by {command[0]}, which is not installed")
    (folder / f"encoded.{codec}").write_bytes(data)
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    samples, rate = soundfile.read(folder / "decoded.wav", dtype="int16", always_2d=True)
    return samples[:, 0], rate


def frame_samples(audio_format: AudioFormat) -> int:
    """Samples in one of the codec's frames; 0 where the length is kept to the sample."""
    mp3 = 1152 if audio_format.sample_rate_hz >= 32_000 else 576
    return {"mp3": mp3, "aac": 1024}.get(audio_format.codec, 0)


def offset_of(sound: np.ndarray, original: np.ndarray) -> int:
    """By how many samples the sound is late: where the two correlate best."""
    size = len(sound) + len(original)
    spectrum = np.fft.rfft(sound.astype(float), size) * np.conj(np.fft.rfft(original.astype(float), size))
    best = int(np.fft.irfft(spectrum, size).argmax())
    return best if best < len(sound) else best - size


def likeness(sound: np.ndarray, original: np.ndarray) -> float:
    """Correlation of two sounds that begin at the same moment."""
    length = min(len(sound), len(original))
    return float(np.corrcoef(sound[:length], original[:length])[0, 1])


@each(FORMATS)
def test_another_decoder_finds_the_rate_the_length_and_the_sound(audio_format: AudioFormat, tmp_path: Path) -> None:
    original = speech(audio_format)

    sound, rate = decoded(encoded(audio_format, pieces(original, audio_format)), audio_format, tmp_path)

    assert rate == audio_format.sample_rate_hz
    assert abs(len(sound) - len(original)) <= frame_samples(audio_format)
    # MP3's delay is 47 samples short of a whole number of frames: 2.1 ms at 22,050 Hz.
    offset = offset_of(sound, original)
    assert abs(offset) <= ms(audio_format, 2.2)
    sound = sound[offset:] if offset > 0 else np.concatenate([np.zeros(-offset, "<i2"), sound])
    assert likeness(sound, original) > 0.98
    first_word = slice(start := ms(audio_format, SETTINGS.lead_silence_ms), start + ms(audio_format, 50))
    assert likeness(sound[first_word], original[first_word]) > 0.95
    # LAME turns everything down by 0.4 dB.
    assert sound.std() == pytest.approx(original.std(), rel=0.06)


@each(FORMATS)
def test_the_first_chunk_brings_sound_at_once(audio_format: AudioFormat, tmp_path: Path) -> None:
    encoder = Encoder(audio_format)

    first = encoder.push(next(pieces(speech(audio_format), audio_format)))
    encoder.close()

    sound, _ = decoded(first, audio_format, tmp_path)
    assert len(sound) >= ms(audio_format, 90)


@each(FORMATS)
def test_the_silence_that_ends_a_flush_lets_all_its_speech_out(audio_format: AudioFormat, tmp_path: Path) -> None:
    original = speech(audio_format)
    silence = np.zeros(ms(audio_format, SETTINGS.final_silence_ms), "<i2")
    encoder = Encoder(audio_format)

    out = b"".join(encoder.push(part) for part in pieces(np.concatenate([original, silence]), audio_format))
    encoder.close()

    sound, _ = decoded(out, audio_format, tmp_path)
    assert len(sound) >= len(original)


@each(FORMATS)
def test_pieces_of_any_length_give_what_the_whole_gives(audio_format: AudioFormat, tmp_path: Path) -> None:
    original = speech(audio_format)
    cuts = np.sort(np.random.default_rng(1).integers(0, len(original), 60))
    parts = [original[:1], *np.split(original[1:], cuts)]

    in_parts = encoded(audio_format, (part.tobytes() for part in parts))
    whole = encoded(audio_format, iter([original.tobytes()]))

    if audio_format.codec == "opus":  # every Ogg stream has a serial number of its own, drawn at random
        np.testing.assert_array_equal(
            decoded(in_parts, audio_format, tmp_path)[0], decoded(whole, audio_format, tmp_path)[0]
        )
    else:
        assert in_parts == whole


@each(ONE_OF_EACH)
def test_no_seam_clicks(audio_format: AudioFormat, tmp_path: Path) -> None:
    rate = audio_format.sample_rate_hz
    tone = (8_000 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype("<i2")
    parts = np.split(tone, range(77, len(tone), 77))

    sound, _ = decoded(encoded(audio_format, (part.tobytes() for part in parts)), audio_format, tmp_path)

    steady = sound[ms(audio_format, 100) : ms(audio_format, 900)].astype(float)
    steepest = 8_000 * 2 * np.pi * 440 / rate
    assert np.abs(np.diff(steady)).max() < 1.3 * steepest + 300  # µ-law's steps at this level are 256


@each(FORMATS)
def test_a_stream_without_a_sample_is_empty(audio_format: AudioFormat) -> None:
    assert encoded(audio_format, iter([])) == b""
    assert encoded(audio_format, iter([b"", b""])) == b""


@each(FORMATS)
def test_a_very_short_stream_is_whole(audio_format: AudioFormat, tmp_path: Path) -> None:
    original = speech(audio_format)[-ms(audio_format, 50) :]  # mpg123 takes no fewer than two frames for MP3

    sound, rate = decoded(encoded(audio_format, iter([original.tobytes()])), audio_format, tmp_path)

    assert rate == audio_format.sample_rate_hz
    assert abs(len(sound) - len(original)) <= frame_samples(audio_format)


@each(ONE_OF_EACH)
def test_nothing_may_be_asked_of_a_stream_that_ended(audio_format: AudioFormat) -> None:
    finished, closed = Encoder(audio_format), Encoder(audio_format)
    for encoder in (finished, closed):
        encoder.push(bytes(2_000))
    finished.finish()
    closed.close()

    for encoder in (finished, closed):
        with pytest.raises(StreamEnded, match=f"this stream of {audio_format.name} has ended"):
            encoder.push(bytes(2))
        with pytest.raises(StreamEnded):
            encoder.finish()
        encoder.close()


@each(ONE_OF_EACH)
def test_half_a_sample_is_refused_and_changes_nothing(audio_format: AudioFormat) -> None:
    encoder = Encoder(audio_format)

    with pytest.raises(ValueError, match="even number of bytes, not 201"):
        encoder.push(bytes(201))

    assert encoder.finish() == b""


def test_headers_tell_nothing_of_the_length_and_wav_has_its_samples_at_byte_44() -> None:
    audio_format = OPENAI_FORMATS["wav"]
    pcm = speech(audio_format).tobytes()

    data = encoded(audio_format, iter([pcm]))

    assert data[4:8] == data[40:44] == b"\xff\xff\xff\xff"
    assert data[44:] == pcm
    with wave.open(io.BytesIO(data)) as file:
        assert file.readframes(len(pcm)) == pcm


@each([audio_format for audio_format in FORMATS if audio_format.codec == "mp3"])
def test_mp3_begins_with_a_frame_and_not_with_a_tag(audio_format: AudioFormat) -> None:
    data = encoded(audio_format, iter([speech(audio_format).tobytes()]))

    assert data[0] == 0xFF
    assert data[1] & 0xE0 == 0xE0
    assert b"Xing" not in data[:200]
    assert b"Info" not in data[:200]


@each([audio_format for audio_format in ONE_OF_EACH if audio_format.codec != "pcm"])
def test_a_stream_that_is_dropped_leaves_nothing_open(audio_format: AudioFormat) -> None:
    encoder = Encoder(audio_format)
    encoder.push(bytes(2_000))
    assert encoder._output is not None
    sink = weakref.ref(encoder._output._sink)
    gc.disable()
    try:
        del encoder
        assert sink() is None
    finally:
        gc.enable()


@each(ONE_OF_EACH)
async def test_a_stream_in_the_event_loop_gives_the_same_bytes(audio_format: AudioFormat, tmp_path: Path) -> None:
    original = speech(audio_format)
    stream = StreamEncoder(audio_format)

    out = [await stream.push(part) for part in pieces(original, audio_format)]
    data = b"".join(out) + await stream.finish()

    expected = encoded(audio_format, pieces(original, audio_format))
    np.testing.assert_array_equal(
        decoded(data, audio_format, tmp_path)[0], decoded(expected, audio_format, tmp_path)[0]
    )
    with pytest.raises(StreamEnded):
        await stream.push(bytes(2))
    with pytest.raises(StreamEnded):
        await stream.finish()
    stream.close()


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """The thread of every call of ``Encoder.push``."""
    seen: list[threading.Thread] = []
    push = Encoder.push

    def watched(self: Encoder, pcm: bytes) -> bytes:
        seen.append(threading.current_thread())
        return push(self, pcm)

    monkeypatch.setattr(Encoder, "push", watched)
    return seen


@each(ONE_OF_EACH)
async def test_the_event_loop_never_encodes(audio_format: AudioFormat, threads: list[threading.Thread]) -> None:
    stream = StreamEncoder(audio_format)

    await stream.push(bytes(2_000))
    stream.close()

    assert (threads == [threading.main_thread()]) == (audio_format.codec == "pcm")


@each([OPENAI_FORMATS["mp3"], OPENAI_FORMATS["opus"]])
async def test_a_cancelled_call_ends_the_stream_once_its_thread_is_done(
    audio_format: AudioFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_go_on, closed = threading.Event(), threading.Event(), threading.Event()
    order: list[str] = []
    stream = StreamEncoder(audio_format)
    encoder = stream._encoder
    push, close = encoder.push, encoder.close

    def slow(pcm: bytes) -> bytes:
        begun.set()
        may_go_on.wait(10)
        order.append("pushed")
        return push(pcm)

    def noted() -> None:
        order.append("closed")
        close()
        closed.set()

    monkeypatch.setattr(encoder, "push", slow)
    monkeypatch.setattr(encoder, "close", noted)
    call = asyncio.create_task(stream.push(bytes(2_000)))
    await asyncio.to_thread(begun.wait, 10)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    with pytest.raises(StreamEnded):
        await stream.finish()
    may_go_on.set()
    assert await asyncio.to_thread(closed.wait, 10)

    assert order == ["pushed", "closed"]
