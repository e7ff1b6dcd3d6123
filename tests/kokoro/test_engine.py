"""The engine with a model that the test holds in its hands."""

import asyncio
import threading
from collections.abc import AsyncIterator

import numpy as np
import pytest

from app.kokoro.engine import STUCK_AFTER_S, Engine, ModelLost
from app.messages import MAX_PHONEMES, Overloaded, SynthesisFailed, Utterance, Window
from app.metrics import KokoroMetrics
from tests.fakes import FakeClock


class HeldModel:
    """Decodes when it is let: each decode waits for a permit, and all names are kept in order."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.threads: set[int] = set()
        self.permits = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)

    def decode(self, utterance, first_frame=0, prosody=None):
        self.started.append(utterance.id)
        self.threads.add(threading.get_ident())
        self.begun.release()
        self.permits.acquire()
        if utterance.id == "lost":
            raise ModelLost("CUDA error: an illegal memory access was encountered")
        if utterance.id == "poison":
            raise RuntimeError("matrix shapes do not fit")
        return Window(samples=np.zeros(600, np.float32), first_frame=first_frame, last=True, prosody=prosody)


def utterance(name: str, *, phonemes: int = 5, deadline_s: float | None = None, **changes) -> Utterance:
    fields = {
        "id": name,
        "phoneme_ids": (43,) * phonemes,
        "style": np.zeros(256, np.float32),
        "voice": "af_heart",
        "speed": 1.0,
        "seed": 0,
        "deadline_s": deadline_s,
    }
    return Utterance(**{**fields, **changes})


@pytest.fixture
def model() -> HeldModel:
    return HeldModel()


@pytest.fixture
async def engine(model: HeldModel) -> AsyncIterator[Engine]:
    loaded_on = []

    def load() -> HeldModel:
        loaded_on.append(threading.get_ident())
        return model

    engine = Engine(load, vocabulary_size=178, metrics=KokoroMetrics(), max_waiting=4)
    await engine.start()
    model.threads.update(loaded_on)
    yield engine
    for _ in range(20):
        model.permits.release()
    await engine.close()


async def windows_of(engine: Engine, *args, **kwargs) -> list[Window]:
    return [window async for window in engine.submit(*args, **kwargs)]


async def begun(model: HeldModel) -> None:
    assert await asyncio.to_thread(model.begun.acquire, True, 10), "the model was not asked"


async def queued(engine: Engine, number: int) -> None:
    while engine.waiting < number:
        await asyncio.sleep(0)


async def test_loading_and_decoding_share_one_thread(engine: Engine, model: HeldModel) -> None:
    model.permits.release()
    await windows_of(engine, utterance("a"))
    assert len(model.threads) == 1
    assert threading.get_ident() not in model.threads


async def test_who_has_heard_nothing_goes_before_who_runs_dry_soon(engine: Engine, model: HeldModel) -> None:
    first = asyncio.create_task(windows_of(engine, utterance("running")))
    await begun(model)
    others = []
    for name, deadline_s in [("late", 9.0), ("dry", 0.0), ("silent", None)]:
        others.append(asyncio.create_task(windows_of(engine, utterance(name, deadline_s=deadline_s))))
        await queued(engine, len(others))
    for _ in range(4):
        model.permits.release()
    await asyncio.gather(first, *others)
    assert model.started == ["running", "silent", "dry", "late"]


async def test_equals_are_served_in_the_order_they_came(engine: Engine, model: HeldModel) -> None:
    names = ["running", "one", "two", "three"]
    tasks = [asyncio.create_task(windows_of(engine, utterance(names[0])))]
    await begun(model)
    for name in names[1:]:
        tasks.append(asyncio.create_task(windows_of(engine, utterance(name))))
        await queued(engine, len(tasks) - 1)
    for _ in names:
        model.permits.release()
    await asyncio.gather(*tasks)
    assert model.started == names


async def test_a_cancelled_utterance_that_waits_is_never_decoded(engine: Engine, model: HeldModel) -> None:
    running = asyncio.create_task(windows_of(engine, utterance("running")))
    await begun(model)
    leaving = asyncio.create_task(windows_of(engine, utterance("left")))
    await queued(engine, 1)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert engine.waiting == 0
    model.permits.release()
    await running
    model.permits.release()
    await windows_of(engine, utterance("next"))
    assert model.started == ["running", "next"]


async def test_leaving_while_decoding_does_not_stop_the_engine(engine: Engine, model: HeldModel) -> None:
    leaving = asyncio.create_task(windows_of(engine, utterance("left")))
    await begun(model)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    model.permits.release(2)
    assert len(await windows_of(engine, utterance("next"))) == 1


async def test_a_bad_utterance_fails_alone(engine: Engine, model: HeldModel) -> None:
    model.permits.release(2)
    with pytest.raises(SynthesisFailed, match="failed on this part") as failure:
        await windows_of(engine, utterance("poison"))
    assert "matrix" not in str(failure.value)
    assert len(await windows_of(engine, utterance("healthy"))) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"phoneme_ids": ()}, "has 0"),
        ({"phoneme_ids": (43,) * (MAX_PHONEMES + 1)}, "has 511"),
        ({"phoneme_ids": (178,)}, "outside 1 to 177"),
        ({"phoneme_ids": (0,)}, "outside 1 to 177"),
        ({"style": np.zeros(128, np.float32)}, "shape"),
        ({"speed": float("nan")}, "speed"),
        ({"speed": 0.0}, "speed"),
    ],
)
async def test_what_the_model_cannot_take_never_reaches_it(engine, model, changes, message) -> None:
    with pytest.raises(SynthesisFailed, match=message):
        await windows_of(engine, utterance("bad", **changes))
    assert model.started == []


async def test_more_than_the_limit_waiting_is_refused_at_once(engine: Engine, model: HeldModel) -> None:
    tasks = [asyncio.create_task(windows_of(engine, utterance("running")))]
    await begun(model)
    for number in range(4):
        tasks.append(asyncio.create_task(windows_of(engine, utterance(f"waits-{number}"))))
    await queued(engine, 4)
    with pytest.raises(Overloaded, match="4 utterances are waiting"):
        await windows_of(engine, utterance("too many"))
    model.permits.release(5)
    await asyncio.gather(*tasks)


async def test_closing_fails_what_is_not_decoded_yet(engine: Engine, model: HeldModel) -> None:
    running = asyncio.create_task(windows_of(engine, utterance("running")))
    await begun(model)
    waiting = asyncio.create_task(windows_of(engine, utterance("waiting")))
    await queued(engine, 1)
    await engine.close()
    for task in (running, waiting):
        with pytest.raises(SynthesisFailed, match="stopped"):
            await task
    with pytest.raises(RuntimeError, match="scheduler has stopped"):
        engine.check()


async def test_a_lost_model_makes_the_engine_unhealthy(engine: Engine, model: HeldModel) -> None:
    engine.check()
    model.permits.release()
    with pytest.raises(SynthesisFailed, match="failed on this part"):
        await windows_of(engine, utterance("lost"))
    with pytest.raises(RuntimeError, match="illegal memory access"):
        engine.check()


async def test_an_utterance_that_never_ends_makes_the_engine_unhealthy(model: HeldModel) -> None:
    clock = FakeClock()
    engine = Engine(lambda: model, vocabulary_size=178, metrics=KokoroMetrics(), clock=clock)
    await engine.start()
    running = asyncio.create_task(windows_of(engine, utterance("running")))
    await begun(model)
    clock.advance(STUCK_AFTER_S - 1)
    engine.check()
    clock.advance(2)
    with pytest.raises(RuntimeError, match="more than 120 s"):
        engine.check()
    model.permits.release()
    await running
    engine.check()
    await engine.close()


async def test_an_engine_that_was_not_started_refuses() -> None:
    with pytest.raises(RuntimeError, match="not started"):
        await windows_of(Engine(HeldModel, vocabulary_size=178, metrics=KokoroMetrics()), utterance("a"))


async def test_the_reason_why_a_model_cannot_load_comes_out_of_start() -> None:
    def load() -> HeldModel:
        raise OSError("no such file: kokoro-v1_0.pth")

    with pytest.raises(OSError, match="kokoro-v1_0"):
        await Engine(load, vocabulary_size=178, metrics=KokoroMetrics()).start()
