"""The Speech deployment: a thin wrapper round ``app.speech.Speaker``."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator

from ray.serve.handle import DeploymentHandle

from app.messages import SpeechChunk, SpeechDescription, SpeechRequest
from app.metrics import SpeechMetrics
from app.replica import FreedMemory, ReplicaReport
from app.settings import Settings
from deployments.fleet import this_replica
from deployments.handles import RemoteKokoro, answer


class Speech:
    """Text in, chunks of PCM with alignments out; one coroutine for each request."""

    async def __init__(self, kokoro: DeploymentHandle, settings: Settings) -> None:  # type: ignore[misc]
        from app.speech import load_speaker

        self._kokoro = kokoro
        self._requests = 0
        metrics = SpeechMetrics()
        self._replica = this_replica(metrics)
        self._speaker = await asyncio.to_thread(load_speaker, RemoteKokoro(kokoro), settings, metrics)

    async def speak(self, request: SpeechRequest) -> AsyncGenerator[list[SpeechChunk], None]:
        """See ``Speaker.speak``."""
        chunks = self._speaker.speak(request)
        self._requests += 1
        try:
            async for batch in chunks:
                yield batch
        finally:
            self._requests -= 1
            await chunks.aclose()

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
        return self._requests

    async def process_id(self) -> int:
        """Of this replica; for tests and operators."""
        return os.getpid()
