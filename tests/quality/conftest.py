"""Sentences spoken once by the real model, through the same code as in the service, for several ways to check them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from app.assets import Assets
from app.kokoro.model import KokoroModel
from app.messages import SpeechRequest
from app.metrics import SpeechMetrics
from app.settings import KokoroSettings, Settings
from app.speech import load_speaker
from loadtest.direct_kokoro import DirectKokoro

RATE_HZ = 16_000
"""What the recognisers want."""

SENTENCES = (
    ("The kettle was still warm when he came back from the garden.", "af_heart"),
    ("Please leave your wet umbrella beside the door.", "am_michael"),
    ("Nobody in the village could remember a summer as dry as this one.", "af_bella"),
    ("She opened the window and listened to the rain.", "bf_emma"),
    ("After a short pause, the whole orchestra came in at once.", "af_heart"),
    ("We walked along the river until the sun went down.", "am_fenrir"),
    ("The old bridge was closed, so they had to take the ferry.", "bm_george"),
    ("My brother keeps his letters in a wooden box under the bed.", "af_nicole"),
    ("Could you tell me where the nearest station is?", "am_puck"),
    ("The children laughed, because the dog had stolen a hat.", "af_heart"),
    ("There is a small garden behind the house with two apple trees.", "bf_isabella"),
    ("Most of the snow had melted by the time the guests arrived.", "am_michael"),
    ("He read the first page slowly and then closed the book.", "af_sarah"),
    ("In the morning the harbor was quiet and the boats lay still.", "af_heart"),
)


@dataclass(frozen=True)
class Spoken:
    """One sentence as it came out of Speech."""

    text: str
    voice: str
    samples: np.ndarray
    """[n] float32 at 16 kHz."""
    start_ms: list[int]
    """Of every character of the text."""
    end_ms: list[int]


@pytest.fixture(scope="session")
def speak(assets: Assets) -> Callable[..., Spoken]:
    """Speaks a text with a voice, at a speed."""
    model = KokoroModel(assets, KokoroSettings(device="cpu"))
    model.use_compiled()
    speaker = load_speaker(DirectKokoro(model), Settings(), SpeechMetrics())

    async def speak(text: str, voice: str, speed: float) -> Spoken:
        pcm, characters, starts, durations = b"", "", [], []
        request = SpeechRequest("test", text, voice, speed=speed, sample_rate_hz=RATE_HZ, paced=False)
        async for batch in speaker.speak(request):
            for chunk in batch:
                pcm += chunk.pcm
                characters += "".join(chunk.alignment.characters)
                starts += chunk.alignment.start_ms
                durations += chunk.alignment.duration_ms
        assert characters == text
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32_767
        ends = [start + duration for start, duration in zip(starts, durations, strict=True)]
        return Spoken(text, voice, samples, starts, ends)

    return lambda text, voice, speed=1.0: asyncio.run(speak(text, voice, speed))


@pytest.fixture(scope="session")
def spoken(speak: Callable[..., Spoken]) -> list[Spoken]:
    """All sentences."""
    return [speak(text, voice) for text, voice in SENTENCES]
