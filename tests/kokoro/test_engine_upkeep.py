"""The engine beside its work: what it does when it is quiet, how it starts and ends, and what it counts."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from app.kokoro.engine import IDLE_AFTER_S, STUCK_AFTER_S
from app.messages import ReplicaLost, SynthesisFailed
from tests.kokoro.engine_fakes import LOSS, FakeModel, World, failure_of, speak_at_once, step, utterance

pytestmark = pytest.mark.timeout(30)


async def test_work_that_can_wait_is_begun_after_a_long_quiet(world: World) -> None:
    world.model.untidy = 1
    await world.sleep.asleep()
    world.sleep.pass_by(IDLE_AFTER_S - 1)
    assert await world.sleep.asleep() == 1.0
    assert world.model.steps == []
    world.sleep.pass_by(1.0)
    await world.model.begun()
    assert world.model.steps == [step("tidy")]


async def test_the_quiet_begins_anew_after_an_utterance(world: World) -> None:
    await world.sleep.asleep()
    world.sleep.pass_by(IDLE_AFTER_S - 1)
    await world.speak(utterance("a"))
    assert await world.sleep.asleep() == IDLE_AFTER_S


async def test_who_leaves_at_once_does_not_set_off_work_that_can_wait(world: World) -> None:
    await world.sleep.asleep()
    coming: Any = anext(world.engine.submit(utterance("a")))
    coming.send(None)  # by hand, so that the engine has no turn before they leave
    with pytest.raises(asyncio.CancelledError):
        coming.throw(asyncio.CancelledError())
    assert await world.sleep.asleep() == IDLE_AFTER_S
    assert world.model.steps == []


async def test_work_that_can_wait_is_done_piece_by_piece_until_none_is_left(world: World) -> None:
    world.model.untidy = 3
    await world.long_quiet()
    await world.model.begun(2)
    await world.speak(utterance("a"))
    assert world.model.batches("tidy") == [0, 0, 0]


async def test_work_that_can_wait_stops_when_somebody_arrives(world: World) -> None:
    world.model.untidy = 100
    world.model.hold()
    await world.long_quiet()
    await world.asked(utterance("a"))
    world.model.let()
    await world.model.begun()
    assert world.model.steps == [step("tidy"), step("prosody", "a")]


async def test_work_that_can_wait_may_fail(world: World) -> None:
    world.model.failures["tidy", ""] = RuntimeError("the disk is full")
    await world.long_quiet()
    assert len(await world.speak(utterance("a"))) == 2
    world.engine.check()


async def test_a_model_that_was_lost_in_the_quiet_makes_the_engine_unhealthy(world: World) -> None:
    world.model.failures["tidy", ""] = LOSS
    await world.long_quiet()
    with pytest.raises(ReplicaLost):
        await world.speak(utterance("a"))
    with pytest.raises(RuntimeError, match="illegal memory access"):
        world.engine.check()


async def test_work_that_can_wait_and_never_ends_makes_the_engine_unhealthy(world: World) -> None:
    world.model.hold()
    await world.long_quiet()
    world.clock.advance(STUCK_AFTER_S + 1)
    with pytest.raises(RuntimeError, match="more than 120 s"):
        world.engine.check()


async def test_closing_fails_what_is_not_decoded_yet(world: World) -> None:
    running = await world.occupied()
    waiting = await world.asked(utterance("waits"))
    await world.engine.close()
    for task in (running, waiting):
        assert str(await failure_of(task)).startswith("The service was stopped")
    with pytest.raises(RuntimeError, match="scheduler has stopped"):
        world.engine.check()


async def test_what_was_decoded_can_be_taken_after_closing(world: World) -> None:
    async with aclosing(world.engine.submit(utterance("a"))) as stream:
        await anext(stream)
        await world.speak(utterance("b", deadline_s=100.0, paced=False))
        await world.engine.close()
        assert [window.last async for window in stream] == [True]


async def test_nobody_waits_for_a_scheduler_that_failed(world: World, monkeypatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.kokoro.engine.next_step", broken)
    assert type(await failure_of(await world.asked(utterance("a")))) is ReplicaLost
    with pytest.raises(RuntimeError, match="scheduler has stopped"):
        world.engine.check()


async def test_an_engine_that_was_not_started_refuses() -> None:
    with pytest.raises(RuntimeError, match="not started"):
        await World().speak(utterance("a"))


@pytest.mark.parametrize("method", ["_load", "warm_up"])
async def test_the_reason_why_a_model_cannot_start_comes_out_of_start(monkeypatch, method: str) -> None:
    def fail(_: object) -> None:
        raise OSError("no such file: kokoro-v1_0.pth")

    monkeypatch.setattr(World if method == "_load" else FakeModel, method, fail)
    with pytest.raises(OSError, match="kokoro-v1_0"):
        await World().engine.start()


async def test_what_was_spoken_is_counted_with_its_windows_and_seconds(world: World) -> None:
    await world.speak(utterance("a"))
    counts = [world.count(name) for name in ("windows_total", "decoded_audio_seconds_total")]
    assert [world.count("utterances_total", outcome="spoken"), *counts] == [1, 2, 2.0]


async def test_what_failed_is_counted(world: World) -> None:
    world.model.not_finite = {"a"}
    with pytest.raises(SynthesisFailed):
        await world.speak(utterance("a"))
    assert world.count("utterances_total", outcome="failed") == 1


async def test_the_utterances_of_each_step_are_counted(world: World) -> None:
    await speak_at_once(world, 4)
    for stage in ("prosody", "vocoder"):
        batches = world.model.batches(stage)
        counts = [world.count(f"batch_size_{kind}", stage=stage) for kind in ("count", "sum")]
        assert counts == [len(batches), sum(batches)]
        assert max(batches) == (3 if stage == "prosody" else 4)


async def test_padding_is_counted(world: World) -> None:
    tasks = [await world.occupied()]
    tasks += [await world.asked(utterance(str(phonemes), phonemes=phonemes)) for phonemes in (10, 13)]
    world.model.free()
    await asyncio.gather(*tasks)
    kinds = [world.count("prosody_phonemes_total", kind=kind) for kind in ("real", "padding")]
    assert kinds == [10 + 12 + 15, 3]


async def test_those_of_a_failed_batch_are_counted(world: World) -> None:
    world.model.fails_batches = True
    await world.occupied()
    tasks = [await world.asked(utterance(name, deadline_s=0.1)) for name in ("a", "b")]
    world.model.let()
    await world.model.begun()
    world.model.fails_batches = False
    world.model.failures["prosody", "b"] = RuntimeError("matrix shapes do not fit")
    world.model.free()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert world.count("retried_utterances_total") == 2


async def test_the_real_time_factor_of_an_utterance_is_its_time_on_the_model_to_its_length(world: World) -> None:
    world.model.cost = lambda stage, batch: 0.1 if stage == "prosody" else 0.2
    await world.speak(utterance("a"))
    counts = [world.count(f"real_time_factor_{kind}") for kind in ("count", "sum")]
    assert counts == pytest.approx([1, (0.1 + 2 * 0.2) / 2.0])


async def test_those_in_a_step_share_its_time(world: World) -> None:
    world.model.cost = lambda stage, batch: 0.01
    tasks = [await world.occupied("a"), await world.asked(utterance("b"))]
    world.model.free()
    await asyncio.gather(*tasks)
    assert max(world.model.batches("vocoder")) == 2
    assert world.count("real_time_factor_sum") == pytest.approx(0.01 * len(world.model.steps) / 2.0)


async def test_what_failed_has_no_real_time_factor(world: World) -> None:
    world.model.failures["vocoder", "a"] = RuntimeError("matrix shapes do not fit")
    with pytest.raises(SynthesisFailed):
        await world.speak(utterance("a"))
    assert world.count("real_time_factor_count") == 0


async def test_the_time_in_the_queue_is_told(world: World) -> None:
    first = await world.occupied()
    second = await world.asked(utterance("second"))
    world.clock.advance(0.5)
    world.model.free()
    await asyncio.gather(first, second)
    assert world.count("stage_seconds_sum", stage="queue") == 0.5


async def test_those_who_wait_are_told(world: World) -> None:
    await world.occupied()
    await world.asked(utterance("waits"))
    assert world.count("waiting_utterances") == 2
