"""The Speech deployment: a thin wrapper round ``app.speech.Speaker``, which speaks so many flushes at once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from ray.serve.handle import DeploymentHandle

from app import logs
from app.admission import AdmittedSpeech
from app.messages import SpeechChunk, SpeechDescription, SpeechRequest
from app.metrics import SpeechMetrics
from app.replica import FreedMemory, ReplicaReport
from app.settings import Settings
from app.ticks import Taken, ticking
from deployments.fleet import this_replica
from deployments.handles import RemoteKokoro, answer


class Speech:
    """Text in, chunks of PCM with alignments out; one coroutine for each request."""

    async def __init__(self, kokoro: DeploymentHandle, settings: Settings) -> None:  # type: ignore[misc]
        from app.speech import load_speaker

        logs.install("ray.serve")
        self._kokoro = kokoro
        self._settings = settings
        self._live = settings.speech
        metrics = SpeechMetrics()
        self._replica = this_replica(metrics)
        remote = RemoteKokoro(kokoro, lambda: self._live.replica_within_s)
        self._speaker = await asyncio.to_thread(load_speaker, remote, settings, metrics)
        self._admitted = AdmittedSpeech(self._speaker, lambda: self._live.max_streams)

    def reconfigure(self, user_config: dict[str, dict[str, Any]]) -> None:
        """Take over live settings."""
        self._live = self._settings.with_live(user_config).speech

    async def speak(self, request: SpeechRequest) -> AsyncGenerator[list[SpeechChunk] | Taken | None, None]:
        """See ``Speaker.speak`` and ``AdmittedSpeech.speak``; with ticks."""
        logs.name_task(session=request.session, utterance=request.id)
        async with aclosing(ticking(self._admitted.speak(request), self._replica.name)) as chunks:
            async for batch in chunks:
                yield batch

    async def describe(self) -> SpeechDescription:
        """The voices on offer and what the model runs on."""
        return SpeechDescription(voices=self._speaker.voices, kokoro=await answer(self._kokoro.describe.remote()))

    async def report(self) -> ReplicaReport:
        """How this replica is."""
        return self._replica.report()

    async def free_memory(self) -> FreedMemory:
        """Give unused memory back."""
        return await asyncio.to_thread(self._replica.free_memory)

    async def requests(self) -> int:
        """Flushes that this replica is speaking; for tests and operators."""
        return self._admitted.open

    async def process_id(self) -> int:
        """Of this replica; for tests and operators."""
        return os.getpid()
