"""The Kokoro deployment: a thin wrapper round ``app.kokoro.engine.Engine``."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import numpy as np

from app import logs
from app.messages import KokoroDescription, Prosody, Utterance, Window
from app.metrics import KokoroMetrics
from app.replica import FreedMemory, ReplicaReport
from app.settings import Settings
from app.ticks import Taken, ticking
from deployments.autoscaling import ACTIVE, FIRST_WINDOW, WAITING
from deployments.fleet import this_replica


class Kokoro:
    """One model on one device. Phoneme ids come in, never the user's text."""

    async def __init__(self, settings: Settings) -> None:  # type: ignore[misc]  # Serve awaits it
        logs.install("ray.serve")
        from app.kokoro.process import before_torch

        before_torch()
        from app.assets import prepare
        from app.kokoro.engine import Engine
        from app.kokoro.loading import free_gpu_memory, gpu_memory_bytes
        from app.kokoro.model import KokoroModel

        self._settings = settings
        assets = await asyncio.to_thread(prepare, settings.weights, progress=False)
        configuration = json.loads(assets.config_path.read_text("utf-8"))

        def load() -> KokoroModel:
            model = KokoroModel(assets, settings.kokoro)
            model.use_compiled()
            models.append(model)
            return model

        models: list[KokoroModel] = []
        self._metrics = metrics = KokoroMetrics()
        metrics.gpu_memory.set_function(gpu_memory_bytes)
        self._replica = this_replica(metrics, gpu_memory_bytes)
        self._free_gpu_memory = free_gpu_memory
        self._engine = Engine(load, vocabulary_size=configuration["n_token"], metrics=metrics, settings=settings.kokoro)
        await self._engine.start()
        [model] = models
        self._description = KokoroDescription(
            device=settings.kokoro.device,
            torch_threads=model.threads,
            weights=assets.source,
            precision=str(model.dtype).removeprefix("torch."),
            compiled_frames=model.compiled_sizes,
        )

    async def submit(
        self, utterance: Utterance, first_frame: int = 0, prosody: Prosody | None = None
    ) -> AsyncGenerator[Window | Taken | None, None]:
        """See ``Engine.submit``; with ticks."""
        logs.name_task(session=utterance.session, utterance=utterance.id)
        async with aclosing(
            ticking(self._engine.submit(utterance, first_frame, prosody), self._replica.name)
        ) as windows:
            async for window in windows:
                yield window

    async def describe(self) -> KokoroDescription:
        """What this replica runs on."""
        return replace(self._description, waiting=self._engine.waiting)

    async def report(self) -> ReplicaReport:
        """How this replica is."""
        return self._replica.report()

    async def free_memory(self) -> FreedMemory:
        """Give unused memory back, on the model's thread: between two utterances, and where its memory is."""
        return await self._engine.run(lambda: self._replica.free_memory(self._free_gpu_memory))

    async def process_id(self) -> int:
        """Of this replica; for tests and operators."""
        return os.getpid()

    def record_autoscaling_stats(self) -> dict[str, float]:
        """What ``KokoroPolicy`` goes by; Serve asks for it."""
        recent = self._metrics.recent_first_windows.values()
        return {
            WAITING: self._engine.waiting_audio_s,
            ACTIVE: self._engine.active_audio_s,
            FIRST_WINDOW: float(np.percentile(recent, 95)) * 1000 if recent else 0.0,
        }

    def reconfigure(self, user_config: dict[str, dict[str, Any]]) -> None:
        """Take over live settings."""
        self._engine.settings = self._settings.with_live(user_config).kokoro

    async def check_health(self) -> None:
        """Raise when the engine can decode nothing more; Serve then replaces the replica."""
        self._engine.check()
