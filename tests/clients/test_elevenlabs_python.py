"""The Python package ``elevenlabs``."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence

import pytest
from elevenlabs import VoiceSettings
from elevenlabs.client import AsyncElevenLabs, ElevenLabs
from elevenlabs.core import ApiError
from elevenlabs.errors import UnprocessableEntityError

from loadtest.quality_measures import plain
from tests.clients.conftest import KEY, SECOND_SENTENCE, SENTENCE, VOICE, Hear, SecondsOf
from tests.clients.sound import assert_speech, from_file, from_format, from_pcm
from tests.clients.tls import SecureAddress
from tests.cluster import Service

SHORT = "Good morning, everyone."
NOBODY = "aVoiceThatNobodyHas00"


@pytest.fixture(scope="module")
def client(service: Service) -> ElevenLabs:
    return ElevenLabs(base_url=service.url, api_key=KEY)


@pytest.fixture
def secure_client(secure: SecureAddress, monkeypatch: pytest.MonkeyPatch) -> ElevenLabs:
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.authority))
    return ElevenLabs(base_url=secure.url, api_key=KEY)


def assert_times(starts: Sequence[float], ends: Sequence[float], seconds: float) -> None:
    assert list(starts) == sorted(starts)
    assert all(start <= end for start, end in zip(starts, ends, strict=True))
    assert starts[0] >= 0
    assert ends[-1] <= seconds + 0.001


def test_convert_speaks_the_text_as_an_mp3(client: ElevenLabs, seconds_of: SecondsOf, hear: Hear) -> None:
    sound = from_format(b"".join(client.text_to_speech.convert(VOICE, text=SENTENCE)), "mp3_44100_128")
    assert_speech(sound, seconds_of(SENTENCE))
    assert hear(sound) == plain(SENTENCE)


@pytest.mark.parametrize(
    "output_format",
    "mp3_22050_32 mp3_44100_192 pcm_16000 pcm_48000 wav_24000 opus_48000_64 ulaw_8000 alaw_8000".split(),
)
def test_convert_gives_the_format_asked_for(client: ElevenLabs, seconds_of: SecondsOf, output_format: str) -> None:
    audio = b"".join(client.text_to_speech.convert(VOICE, text=SHORT, output_format=output_format))
    assert_speech(from_format(audio, output_format), seconds_of(SHORT))


def test_convert_obeys_the_speed_of_the_voice_settings(client: ElevenLabs, seconds_of: SecondsOf) -> None:
    settings = VoiceSettings(speed=1.2, stability=0.5, similarity_boost=0.75)
    audio = client.text_to_speech.convert(VOICE, text=SENTENCE, output_format="pcm_24000", voice_settings=settings)
    assert_speech(from_pcm(b"".join(audio), 24_000), seconds_of(SENTENCE, speed=1.2))


async def test_the_asynchronous_client_converts_too(service: Service, seconds_of: SecondsOf) -> None:
    client = AsyncElevenLabs(base_url=service.url, api_key=KEY)
    audio = b"".join([part async for part in client.text_to_speech.convert(VOICE, text=SHORT)])
    assert_speech(from_file(audio), seconds_of(SHORT))


def test_stream_brings_the_first_sound_long_before_the_last(client: ElevenLabs) -> None:
    text = f"{SENTENCE} {SECOND_SENTENCE} {SENTENCE}"
    began, parts, moments = time.monotonic(), [], []
    for part in client.text_to_speech.stream(VOICE, text=text, output_format="pcm_24000"):
        parts.append(part)
        moments.append(time.monotonic() - began)
    sound = from_pcm(b"".join(parts), 24_000)
    assert 6 < sound.seconds < 16
    assert sound.level > 0.02
    assert moments[0] < moments[-1] / 2


def test_convert_with_timestamps_times_every_character(client: ElevenLabs, seconds_of: SecondsOf) -> None:
    answer = client.text_to_speech.convert_with_timestamps(VOICE, text=SENTENCE)
    sound = from_file(base64.b64decode(answer.audio_base_64))
    assert_speech(sound, seconds_of(SENTENCE))
    alignment = answer.alignment
    assert alignment is not None
    assert "".join(alignment.characters) == SENTENCE
    assert_times(alignment.character_start_times_seconds, alignment.character_end_times_seconds, sound.seconds)
    assert alignment.character_end_times_seconds[-1] > sound.seconds / 2
    assert answer.normalized_alignment is not None


def test_stream_with_timestamps_times_every_character_once(client: ElevenLabs, hear: Hear) -> None:
    text = f"{SENTENCE} {SECOND_SENTENCE}"
    pcm, characters, starts, ends = b"", "", [], []
    for part in client.text_to_speech.stream_with_timestamps(VOICE, text=text, output_format="pcm_24000"):
        pcm += base64.b64decode(part.audio_base_64)
        if part.alignment is not None:
            characters += "".join(part.alignment.characters)
            starts += part.alignment.character_start_times_seconds
            ends += part.alignment.character_end_times_seconds
    sound = from_pcm(pcm, 24_000)
    assert characters == text
    # Both sentences on one clock.
    assert_times(starts, ends, sound.seconds)
    assert starts[text.index("Please")] > 2
    assert hear(sound) == plain(text)


def test_convert_realtime_speaks_words_as_they_come(secure_client: ElevenLabs, hear: Hear) -> None:
    words = (f"{word} " for word in f"{SENTENCE} {SECOND_SENTENCE}".split())
    sound = from_format(b"".join(secure_client.text_to_speech.convert_realtime(VOICE, text=words)), "mp3_44100_128")
    assert 4 < sound.seconds < 12
    assert hear(sound) == plain(f"{SENTENCE} {SECOND_SENTENCE}")


def test_convert_realtime_in_pcm_is_whole(secure_client: ElevenLabs, seconds_of: SecondsOf) -> None:
    parts = secure_client.text_to_speech.convert_realtime(VOICE, text=iter([SHORT]), output_format="pcm_24000")
    # The client adds a space to the text.
    assert_speech(from_pcm(b"".join(parts), 24_000), seconds_of(f"{SHORT} "))


def test_convert_realtime_says_that_nobody_has_a_voice(secure_client: ElevenLabs) -> None:
    with pytest.raises(ApiError) as refused:
        list(secure_client.text_to_speech.convert_realtime(NOBODY, text=iter([SHORT])))
    assert refused.value.status_code == 1008
    assert NOBODY in str(refused.value.body)


def test_voices_can_be_listed_searched_and_read(client: ElevenLabs) -> None:
    voices = {voice.voice_id: voice for voice in client.voices.get_all().voices}
    assert {VOICE, "am_michael", "bf_emma"} <= set(voices)
    assert all(voice.name and voice.category for voice in voices.values())

    found = client.voices.search(page_size=100)
    assert {voice.voice_id for voice in found.voices} == set(voices)
    assert (found.total_count, found.has_more) == (len(voices), False)
    page = client.voices.search(page_size=2)
    assert (len(page.voices), page.has_more) == (2, True)
    after = client.voices.search(page_size=2, next_page_token=page.next_page_token)
    assert not {voice.voice_id for voice in page.voices} & {voice.voice_id for voice in after.voices}
    assert VOICE in {voice.voice_id for voice in client.voices.search(search="heart").voices}

    assert client.voices.get(VOICE).name == voices[VOICE].name


def test_models_and_user_are_told(client: ElevenLabs) -> None:
    models = client.models.list()
    assert models
    assert all(model.can_do_text_to_speech for model in models)
    assert all("en" in {language.language_id for language in model.languages} for model in models)
    assert client.user.get().subscription.status == "active"
    assert client.user.subscription.get().character_limit > 0


def test_errors_are_those_that_the_client_knows(client: ElevenLabs) -> None:
    with pytest.raises(ApiError) as refused:
        list(client.text_to_speech.convert(NOBODY, text=SHORT))
    assert refused.value.status_code == 404
    assert refused.value.body["detail"]["status"] == "voice_not_found"
    with pytest.raises(ApiError) as refused:
        client.voices.get(NOBODY)
    assert refused.value.status_code == 404
    with pytest.raises(ApiError) as refused:
        list(client.text_to_speech.convert(VOICE, text=SHORT, output_format="mp3_12345_6"))
    assert refused.value.status_code == 403
    with pytest.raises(UnprocessableEntityError):
        list(client.text_to_speech.convert(VOICE, text=""))
