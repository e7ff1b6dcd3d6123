"""Texts spoken by the service's own way: normaliser, segments, windows, silences."""

from __future__ import annotations

import asyncio

import numpy as np
import torch

from app.assets import Assets
from app.kokoro.model import KokoroModel
from app.messages import MODEL_SAMPLE_RATE_HZ, FloatArray, SpeechRequest
from app.metrics import SpeechMetrics
from app.settings import Settings
from app.speech import load_speaker
from loadtest.direct_kokoro import DirectKokoro

SEED = 7


class Service:
    """What happens between the two ends of the service, in this process."""

    def __init__(self, assets: Assets, settings: Settings) -> None:
        model = KokoroModel(assets, settings.kokoro)
        model.use_compiled()
        self._speaker = load_speaker(DirectKokoro(model), settings, SpeechMetrics())
        # In the service the speaker has a process of its own, and keeps torch to one thread there.
        torch.set_num_threads(model.threads)

    def speak(self, text: str, voice: str) -> FloatArray:
        """The samples of a text, [n] at 24 kHz."""
        return asyncio.run(self._speak(text, voice))

    async def _speak(self, text: str, voice: str) -> FloatArray:
        request = SpeechRequest(
            "words", text, voice, seed=SEED, sample_rate_hz=MODEL_SAMPLE_RATE_HZ, paced=False, normalize=True
        )
        pcm = [chunk.pcm async for batch in self._speaker.speak(request) for chunk in batch]
        return np.frombuffer(b"".join(pcm), "<i2").astype(np.float32) / 32_767
