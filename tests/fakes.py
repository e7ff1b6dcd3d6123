"""Stand-ins that tests control by events, never by sleeping: Speech, the clock, the service, and a server for it."""

from __future__ import annotations

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

import uvicorn
from websockets.protocol import State

from app.api.application import create_app
from app.api.service import HealthReport
from app.drain import Drain
from app.fleet import Answers
from app.keys import Keys, hash_of, new_key
from app.messages import Alignment, SegmentTiming, SpeechChunk, SpeechRequest
from app.metrics import IngressMetrics, KokoroMetrics
from app.monitor import Monitor
from app.replica import FreedMemory, ReplicaReport
from app.settings import KeyEntry, Settings

Answer = TypeVar("Answer")

VOICES = ("af_bella", "af_heart", "am_michael", "bf_emma")
CHUNK_MS = 100
PATIENCE_S = 10.0
"""After this a test that waits for something fails instead of hanging."""


class FakeClock:
    """Seconds that pass only when a test says so."""

    def __init__(self, now_s: float = 1000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds


class Gate:
    """A point that the fake Speech does not pass before it is opened."""

    def __init__(self) -> None:
        self._reached = asyncio.Event()
        self._opened = asyncio.Event()

    async def reached(self) -> None:
        await asyncio.wait_for(self._reached.wait(), PATIENCE_S)

    def open(self) -> None:
        self._opened.set()

    async def passed(self) -> None:
        self._reached.set()
        await self._opened.wait()


class FakeSpeech:
    """Speech that says every word in a list of one chunk of 100 ms.

    Calls are counted from 0 in the order in which their streams are first read, and the lists of a call from 0.
    """

    def __init__(self) -> None:
        self.requests: list[SpeechRequest] = []
        self.open = 0
        self.closed: list[str] = []
        """The texts of the streams that are closed, whether they came to their end or not."""
        self.is_mute = False
        """Whether it finds nothing in a text that has a sound."""
        self._gates: dict[tuple[int, int], Gate] = {}
        self._failures: dict[tuple[int, int], BaseException | None] = {}
        self._started: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self._idle = asyncio.Event()
        self._idle.set()

    def hold(self, call: int, part: int) -> Gate:
        """Makes a call wait before the list ``part``."""
        return self._gates.setdefault((call, part), Gate())

    def fail(self, call: int, part: int, error: BaseException | None) -> None:
        """Makes a call raise, or with None just stop, in place of the list ``part``."""
        self._failures[call, part] = error

    async def started(self, call: int) -> SpeechRequest:
        """Waits for a call and returns what it asked for."""
        await asyncio.wait_for(self._started[call].wait(), PATIENCE_S)
        return self.requests[call]

    async def idle(self) -> None:
        """Waits until every stream is closed."""
        await asyncio.wait_for(self._idle.wait(), PATIENCE_S)

    async def speak(self, request: SpeechRequest) -> AsyncGenerator[list[SpeechChunk], None]:
        call = len(self.requests)
        self.requests.append(request)
        self.open += 1
        self._idle.clear()
        self._started[call].set()
        try:
            chunks = [silence_of(request)] if self.is_mute else chunks_of(request)
            skipped = request.from_sample * 1000 // request.sample_rate_hz // CHUNK_MS
            for part, chunk in enumerate(chunks[skipped:]):
                if gate := self._gates.get((call, part)):
                    await gate.passed()
                if (call, part) in self._failures:
                    if error := self._failures[call, part]:
                        raise error
                    return
                yield [chunk]
        finally:
            self.open -= 1
            self.closed.append(request.text)
            if not self.open:
                self._idle.set()


def chunks_of(request: SpeechRequest) -> list[SpeechChunk]:
    """What the fake Speech says: every word is a chunk of 100 ms, its characters spread over it evenly, and every
    sentence is a segment."""
    words = request.text.split(" ")
    samples = request.sample_rate_hz * CHUNK_MS // 1000
    chunks: list[SpeechChunk] = []
    for index, word in enumerate(words):
        last = index == len(words) - 1
        characters = tuple(word if last else word + " ")
        step = CHUNK_MS // max(1, len(characters))
        starts = tuple(index * CHUNK_MS + place * step for place in range(len(characters)))
        alignment = Alignment(characters, starts, (step,) * len(characters))
        pcm = (index + 1).to_bytes(2, "little") * samples
        chunks.append(SpeechChunk(pcm, float(index * CHUNK_MS), 0, 0.0, alignment, alignment, final=last))
    starts_sentence = [True, *(word.endswith((".", "!", "?")) for word in words[:-1])]
    edges = [index for index, starts in enumerate(starts_sentence) if starts] + [len(words)]
    for number, (first, end) in enumerate(pairwise(edges)):
        for index in range(first, end):
            chunks[index] = replace(chunks[index], segment=number, segment_start_ms=float(first * CHUNK_MS))
        whole = _joined([chunk.alignment for chunk in chunks[first:end]])
        segment = SegmentTiming(float(first * CHUNK_MS), float(end * CHUNK_MS), whole, whole)
        chunks[first] = replace(chunks[first], segments=(segment,))
    return chunks


def _joined(parts: list[Alignment]) -> Alignment:
    return Alignment(
        sum((part.characters for part in parts), ()),
        sum((part.start_ms for part in parts), ()),
        sum((part.duration_ms for part in parts), ()),
    )


def silence_of(request: SpeechRequest) -> SpeechChunk:
    """What Speech says of a text that has no sound: its characters."""
    nothing = (0,) * len(request.text)
    alignment = Alignment(tuple(request.text), nothing, nothing)
    segments = (SegmentTiming(0.0, 0.0, alignment, alignment),)
    return SpeechChunk(b"", 0.0, 0, 0.0, alignment, alignment, segments, final=True)


class FakeFleet:
    """An ingress on one machine and a Kokoro replica with a GPU on another one; a test may take one away."""

    def __init__(self, metrics: IngressMetrics) -> None:
        self.ingress = metrics
        self.kokoro = KokoroMetrics()
        self.missing: set[str] = set()
        self.incomplete: set[str] = set()
        """Deployments that seem to have another replica, which does not answer."""
        self.asked = 0

    async def reports(self) -> dict[str, Answers[ReplicaReport]]:
        self.asked += 1
        recent = self.ingress.recent_first_chunks.values()
        reports = {
            "Ingress": ReplicaReport(
                "Ingress", "i1", "node-a", 6, 100.0, 0.0, 20.0, 50.0, 8192.0, self.ingress.snapshot(), recent
            ),
            "Kokoro": ReplicaReport(
                "Kokoro", "k1", "node-b", 7, 900.0, 512.0, 60.0, 30.0, 16384.0, self.kokoro.snapshot()
            ),
        }
        return {name: self._answers(name, report) for name, report in reports.items()}

    async def free_memory(self) -> dict[str, Answers[FreedMemory]]:
        freed = {
            "Ingress": FreedMemory("Ingress", "i1", 7, 1.25, 0.0),
            "Kokoro": FreedMemory("Kokoro", "k1", 3, 40, 64),
        }
        return {name: self._answers(name, part) for name, part in freed.items()}

    def _answers(self, name: str, answer: Answer) -> Answers[Answer]:
        if name in self.missing:
            return Answers([], complete=False)
        return Answers([answer], complete=name not in self.incomplete)


class FakeService:
    """A service that is warm, with the fake Speech behind it; a test changes what it likes."""

    def __init__(self) -> None:
        self.speech = FakeSpeech()
        self.settings = Settings()
        self.keys = Keys(lambda: self.settings.auth)
        self.metrics = IngressMetrics(self.settings.monitor.window_s)
        self.metrics.ready.set_function(lambda: float(self.reason is None))
        self.drain = Drain(lambda: self.settings.session, chance=lambda: 0.0)
        self.fleet = FakeFleet(self.metrics)
        self.monitor = Monitor(self.fleet, self.settings.monitor)
        self.voices = VOICES
        self.reason: str | None = None

    def configure(self, **session: object) -> None:
        """Changes session settings, as a live change does."""
        changed = self.settings.session.model_copy(update=session)
        self.settings = self.settings.model_copy(update={"session": changed})

    def configure_elevenlabs(self, **elevenlabs: object) -> None:
        """Changes settings of ElevenLabs' WebSockets, as a live change does."""
        changed = self.settings.elevenlabs.model_copy(update=elevenlabs)
        self.settings = self.settings.model_copy(update={"elevenlabs": changed})

    def configure_auth(self, **auth: object) -> None:
        """Changes settings of keys and limits, as a live change does."""
        changed = self.settings.auth.model_copy(update=auth)
        self.settings = self.settings.model_copy(update={"auth": changed})

    def add_key(self, name: str = "someone", **fields: object) -> str:
        """Makes a key known, and so shuts out everybody without one; returns it."""
        key = new_key()
        entry = KeyEntry.model_validate({"name": name, "hash": hash_of(key), **fields})
        self.configure_auth(keys=[*self.settings.auth.keys, entry])
        return key

    async def break_off(self) -> None:
        """Ends all sessions as a killed ingress does, and takes new ones."""
        self.configure(drain_jitter_s=0.0, drain_s=0.0)
        self.drain.begin()
        await self.speech.idle()
        self.drain = Drain(lambda: self.settings.session)

    async def health(self) -> HealthReport:
        return HealthReport(
            ok=self.reason is None,
            reason=self.reason,
            device="cpu",
            version="1.2.3",
            weights="packages",
            voices=list(self.voices),
            needs_key=self.keys.exist,
            torch_threads=2,
            replicas={"Ingress": 1, "Speech": 1, "Kokoro": 1},
            server_min_send_ms=self.settings.speech.chunk_ms,
            first_burst_ms=self.settings.speech.first_chunk_ms,
        )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()
        self.stop = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn fails on a WebSocket whose closing handshake is not over yet.
        while any(_is_closing(connection) for connection in self.server_state.connections):
            await asyncio.sleep(0.005)
        await super().shutdown(sockets)

    async def main_loop(self) -> None:
        await self.stop.wait()  # uvicorn's own loop looks ten times a second, which adds up over many tests


def _is_closing(connection: object) -> bool:
    return getattr(getattr(connection, "conn", None), "state", None) is State.CLOSING


@asynccontextmanager
async def serving(service: FakeService) -> AsyncIterator[str]:
    """A real server on a free loopback port; yields its ``127.0.0.1:port``."""
    # Where the protocol is not named, asyncio lets each small answer wait 40 ms for an acknowledgement.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(create_app(service), log_level="warning", lifespan="off"))
        running = asyncio.create_task(server.serve([listener]))
        await asyncio.wait_for(server.is_up.wait(), PATIENCE_S)
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.stop.set()
            await running
