"""Speaks through Pipecat's services and prints what came: python pipecat_speak.py URL VOICE TEXT INTERRUPTED NEXT

URL is of the service, http. Prints one JSON object; sounds are base64 of 16-bit PCM at 24 kHz.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import sys
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from loguru import logger
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.elevenlabs.tts import ElevenLabsHttpTTSService, ElevenLabsTTSService
from pipecat.workers.runner import WorkerRunner

PATIENCE_S = 30
RATE_HZ = 24_000


class Listener(FrameProcessor):
    """The end of the pipeline: notes what is said."""

    def __init__(self) -> None:
        super().__init__()
        self.begin()

    def begin(self) -> None:
        """Forgets what was heard so far."""
        self.pcm = b""
        self.words: list[list[Any]] = []
        self.sounds = asyncio.Event()
        self.stopped = asyncio.Event()
        self.interrupted = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            self.pcm += frame.audio
            self.sounds.set()
        elif isinstance(frame, TTSTextFrame):
            self.words.append([frame.text, frame.pts])
        elif isinstance(frame, TTSStoppedFrame):
            self.stopped.set()
        elif isinstance(frame, InterruptionFrame):
            self.interrupted.set()
        await self.push_frame(frame, direction)

    def heard(self) -> dict[str, Any]:
        return {"pcm": base64.b64encode(self.pcm).decode(), "rate_hz": RATE_HZ, "words": self.words}


class Errors(FrameProcessor):
    """The beginning of the pipeline: notes the errors that come back."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, ErrorFrame):
            self.found.append(frame.error)
        await self.push_frame(frame, direction)


class Conversation:
    """A running pipeline that speaks what a language model would say."""

    def __init__(self, worker: PipelineWorker, listener: Listener) -> None:
        self._worker = worker
        self._listener = listener

    async def say(self, text: str) -> None:
        tokens = [LLMTextFrame(token) for token in re.findall(r"\s*\S+", text)]
        self._listener.begin()
        await self._worker.queue_frames([LLMFullResponseStartFrame(), *tokens, LLMFullResponseEndFrame()])

    async def speak(self, text: str) -> dict[str, Any]:
        """Says a text and waits for the end of its speech."""
        await self.say(text)
        await asyncio.wait_for(self._listener.stopped.wait(), PATIENCE_S)
        return self._listener.heard()

    async def interrupt(self, text: str) -> None:
        """Says a text and interrupts it at its first sound."""
        await self.say(text)
        await asyncio.wait_for(self._listener.sounds.wait(), PATIENCE_S)
        await self._worker.queue_frame(InterruptionFrame())
        await asyncio.wait_for(self._listener.interrupted.wait(), PATIENCE_S)


@asynccontextmanager
async def conversation(service: FrameProcessor, errors: list[str]):
    """A pipeline round a service; adds the errors that it reports to a list."""
    listener, sources, is_up = Listener(), Errors(), asyncio.Event()
    worker = PipelineWorker(
        Pipeline([sources, service, listener]),
        params=PipelineParams(audio_out_sample_rate=RATE_HZ),
        cancel_on_idle_timeout=False,
    )

    @worker.event_handler("on_pipeline_started")
    async def on_pipeline_started(*_: object) -> None:
        is_up.set()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    await asyncio.wait_for(is_up.wait(), PATIENCE_S)
    try:
        yield Conversation(worker, listener)
    finally:
        await worker.queue_frame(EndFrame())
        await asyncio.wait_for(running, PATIENCE_S)
        errors += sources.found


async def main(url: str, voice: str, text: str, interrupted: str, following: str) -> None:
    complaints: list[str] = []
    logger.add(complaints.append, level="WARNING", format="{message}")
    answers: dict[str, Any] = {"complaints": complaints, "errors": (errors := [])}

    service = ElevenLabsTTSService(
        api_key="any key",
        url=url.replace("http", "ws", 1),
        settings=ElevenLabsTTSService.Settings(voice=voice),
    )
    async with conversation(service, errors) as speaker:
        answers["websocket"] = await speaker.speak(text)
        await speaker.interrupt(interrupted)
        answers["after_interruption"] = await speaker.speak(following)

    async with aiohttp.ClientSession() as session:
        service = ElevenLabsHttpTTSService(
            api_key="any key",
            base_url=url,
            aiohttp_session=session,
            settings=ElevenLabsHttpTTSService.Settings(voice=voice),
        )
        async with conversation(service, errors) as speaker:
            answers["http"] = await speaker.speak(text)
    print(json.dumps(answers))


asyncio.run(main(*sys.argv[1:]))
