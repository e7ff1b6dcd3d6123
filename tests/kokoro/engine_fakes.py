"""What the engine's tests hold in their hands: the model, the time, and those who listen."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.kokoro import windows
from app.kokoro.engine import IDLE_AFTER_S, Engine
from app.kokoro.interface import ModelLost
from app.kokoro.schedule import Stage
from app.kokoro.windows import Span
from app.messages import FRAME_SAMPLES, FloatArray, Prosody, SynthesisFailed, Utterance, Window
from app.metrics import KokoroMetrics
from app.settings import KokoroSettings
from tests.fakes import PATIENCE_S, FakeClock

FRAMES_PER_PHONEME = 10
"""Four phonemes of a fake utterance last a second."""

LOSS = ModelLost("CUDA error: an illegal memory access was encountered")

Step = tuple[str, frozenset[str]]
"""``prosody``, ``vocoder`` or ``tidy``, and the names of the utterances."""


def utterance(name: str, *, phonemes: int = 8, **changes: Any) -> Utterance:
    """Ten frames for each phoneme: the usual one lasts 2 s."""
    fields: dict[str, Any] = {
        "id": name,
        "phoneme_ids": (43,) * phonemes,
        "style": np.zeros(256, np.float32),
        "voice": "af_heart",
        "speed": 1.0,
        "seed": 0,
    }
    return Utterance(**{**fields, **changes})


def prosody(phonemes: int, *, f0: float = 0.0) -> Prosody:
    durations = np.array([0, *[FRAMES_PER_PHONEME] * phonemes, 0])
    curve = np.full(2 * durations.sum(), f0, np.float32)
    return Prosody(durations, curve, np.zeros_like(curve))


def step(stage: str, *names: str) -> Step:
    return stage, frozenset(names)


@dataclass
class FakeEncoded:
    utterance: Utterance
    prosody: Prosody
    sizes: Sequence[int]

    def plan(self, first_frame: int, *, grows: bool) -> list[Span]:
        if not 0 <= first_frame < self.prosody.frames:
            raise SynthesisFailed("first_frame is outside the utterance")
        if not self.sizes:
            return [Span(first_frame, self.prosody.frames, 0)]
        return windows.plan(first_frame, self.prosody.frames, self.sizes, grows=grows)


@dataclass
class FakeModel:
    """Says every utterance in windows of a second. Once ``hold`` was called each step waits until it is let.

    A sample is the number of the frame that it is in, so that order and place can be seen.
    """

    clock: FakeClock
    sizes: Sequence[int] = (40,)
    """Of windows; none: whole utterances."""
    cost: Callable[[str, int], float] = lambda stage, batch: 0.0
    """Seconds by which a step moves the clock on."""
    warm_up_costs: Sequence[tuple[Stage, int, int, float]] = ()
    untidy: int = 0
    """Pieces of work that can wait."""
    failures: dict[tuple[str, str], Exception] = field(default_factory=dict)
    """What a step raises with this utterance in it, by stage and name; of ``tidy`` the name is empty."""
    fails_batches: bool = False
    """Raises whenever there is more than one utterance, as where memory runs out."""
    loses_sounds: bool = False
    """Gives one sound less than it was asked for, but where it was asked for one."""
    not_finite: set[str] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)
    given: dict[str, Prosody | None] = field(default_factory=dict)
    """The prosody that came with each utterance."""
    threads: dict[str, int] = field(default_factory=dict)
    """Where each kind of call was made."""

    def __post_init__(self) -> None:
        self._is_held = False
        self._permits = threading.Semaphore(0)
        self._begun = threading.Semaphore(0)

    def hold(self) -> None:
        """Hold every step from now on; what has begun before does not count as begun."""
        self._is_held = True
        while self._begun.acquire(blocking=False):
            pass

    def let(self, steps: int = 1) -> None:
        for _ in range(steps):
            self._permits.release()

    def free(self) -> None:
        """Hold nothing from now on."""
        self._is_held = False
        self._permits.release(100)

    def times(self, stage: str, name: str) -> int:
        """In how many steps an utterance was."""
        return sum(kind == stage and name in names for kind, names in self.steps)

    def batches(self, stage: str) -> list[int]:
        """How many utterances were in each step."""
        return [len(names) for kind, names in self.steps if kind == stage]

    async def begun(self, steps: int = 1) -> None:
        """Waits until so many more steps have begun since the test asked last."""
        for _ in range(steps):
            assert await asyncio.to_thread(self._begun.acquire, timeout=PATIENCE_S), f"only these began: {self.steps}"

    def encode(self, utterances: Sequence[Utterance], prosodies: Sequence[Prosody | None]) -> list[FakeEncoded]:
        self.given.update({each.id: given for each, given in zip(utterances, prosodies, strict=True)})
        self._step("prosody", [each.id for each in utterances])
        return [
            FakeEncoded(each, given or prosody(len(each.phoneme_ids)), self.sizes)
            for each, given in zip(utterances, prosodies, strict=True)
        ]

    def decode(self, parts: Sequence[tuple[FakeEncoded, Span]]) -> list[FloatArray]:
        self._step("vocoder", [encoded.utterance.id for encoded, _ in parts])
        sounds = [self._sound(encoded.utterance.id, span) for encoded, span in parts]
        return sounds[:-1] if self.loses_sounds and len(sounds) > 1 else sounds

    def tidy_up(self) -> bool:
        self.untidy -= 1
        self._step("tidy", [])
        return self.untidy > 0

    def warm_up(self) -> Iterable[tuple[Stage, int, int, float]]:
        self.threads["warm_up"] = threading.get_ident()
        yield from self.warm_up_costs

    def _sound(self, name: str, span: Span) -> FloatArray:
        sound = np.repeat(np.arange(span.start, span.stop, dtype=np.float32), FRAME_SAMPLES)
        return np.full_like(sound, np.nan) if name in self.not_finite else sound

    def _step(self, stage: str, names: Sequence[str]) -> None:
        self.steps.append(step(stage, *names))
        self.threads[stage] = threading.get_ident()
        is_held = self._is_held
        self._begun.release()
        if is_held:
            assert self._permits.acquire(timeout=PATIENCE_S), "the test did not let this step go on"
        self.clock.advance(self.cost(stage, len(names)))
        if self.fails_batches and len(names) > 1:
            raise RuntimeError("out of memory")
        for name in names or [""]:
            if error := self.failures.get((stage, name)):
                raise error


class FakeSleep:
    """Sleepers that wake when the test moves the clock far enough."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._sleepers: dict[asyncio.Event, float] = {}
        self._asleep = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        wake = asyncio.Event()
        self._sleepers[wake] = self._clock() + seconds
        self._asleep.set()
        try:
            await wake.wait()
        finally:
            self._sleepers.pop(wake)
            if not self._sleepers:
                self._asleep.clear()

    async def asleep(self) -> float:
        """Waits until somebody sleeps; seconds until they wake."""
        # Who was woken by something else, and is about to sleep anew, needs a few turns of the event loop.
        for _ in range(20):
            await asyncio.sleep(0)
        await asyncio.wait_for(self._asleep.wait(), PATIENCE_S)
        return min(self._sleepers.values()) - self._clock()

    def pass_by(self, seconds: float) -> None:
        """Move the clock on."""
        self._clock.advance(seconds)
        for wake, at in self._sleepers.items():
            if at <= self._clock():
                wake.set()


class World:
    """An engine with all that it depends on."""

    def __init__(self, **settings: Any) -> None:
        self.clock = FakeClock()
        self.sleep = FakeSleep(self.clock)
        self.model = FakeModel(self.clock)
        self.metrics = KokoroMetrics()
        self.loaded_on: int | None = None
        self.engine = Engine(
            self._load,
            vocabulary_size=178,
            metrics=self.metrics,
            settings=KokoroSettings(**settings),
            clock=self.clock,
            sleep=self.sleep,
        )
        self._tasks: list[asyncio.Task[list[Window]]] = []

    def _load(self) -> FakeModel:
        self.loaded_on = threading.get_ident()
        return self.model

    def configure(self, **settings: Any) -> None:
        """Change settings while the engine runs."""
        self.engine.settings = self.engine.settings.model_copy(update=settings)

    async def speak(self, *args: Any) -> list[Window]:
        """All windows of one utterance."""
        return [window async for window in self.engine.submit(*args)]

    async def asked(self, *args: Any) -> asyncio.Task[list[Window]]:
        """The same in the background; it is with the engine now."""
        self._tasks.append(task := asyncio.create_task(self.speak(*args)))
        # A new task runs before one that becomes ready later, up to where it waits for its first window.
        await asyncio.sleep(0)
        return task

    async def occupied(self, name: str = "first") -> asyncio.Task[list[Window]]:
        """Keep the model busy with the prosody of an utterance of 2 s, until it is let go on."""
        self.model.hold()
        task = await self.asked(utterance(name))
        await self.model.begun()
        return task

    def count(self, name: str, **labels: str) -> float:
        """A sample of the metrics; 0 where there is none yet."""
        for metric in self.metrics.snapshot():
            for sample in metric.samples:
                if sample.name == f"kokoro_serve_{name}" and sample.labels == labels:
                    return sample.value
        return 0.0

    async def long_quiet(self) -> None:
        """Nobody came for so long that work that can wait is begun."""
        await self.sleep.asleep()
        self.sleep.pass_by(IDLE_AFTER_S)
        await self.model.begun()

    async def __aenter__(self) -> World:
        await self.engine.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.model.free()
        await self.engine.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def failure_of(task: asyncio.Task[Any]) -> BaseException:
    [result] = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(result, BaseException)
    return result


async def speak_at_once(world: World, number: int, **changes: Any) -> None:
    tasks = [await world.occupied("0")]
    tasks += [await world.asked(utterance(str(count + 1), phonemes=16, **changes)) for count in range(number - 1)]
    world.model.free()
    await asyncio.gather(*tasks)


async def leave(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
