"""The engine with a model that the test holds in its hands, and a clock that goes when the test says so."""

import asyncio
import threading
from contextlib import aclosing

import numpy as np
import pytest
import torch

from app.kokoro.engine import STUCK_AFTER_S
from app.messages import FRAME_SAMPLES, MAX_PHONEMES, Overloaded, ReplicaLost, SynthesisFailed
from tests.kokoro.engine_fakes import LOSS, World, failure_of, leave, prosody, speak_at_once, step, utterance

pytestmark = pytest.mark.timeout(30)


async def test_everything_of_the_model_is_done_on_one_thread_that_is_not_the_event_loops(world: World) -> None:
    world.model.untidy = 1
    await world.speak(utterance("a"))
    world.model.hold()
    await world.long_quiet()
    assert world.model.threads == dict.fromkeys(("warm_up", "prosody", "vocoder", "tidy"), world.loaded_on)
    assert world.loaded_on != threading.get_ident()


async def test_windows_come_in_order_without_a_gap(world: World) -> None:
    windows = await world.speak(utterance("a", phonemes=11))
    assert [window.first_frame for window in windows] == [0, 40, 80]
    samples = np.concatenate([window.samples for window in windows])
    assert np.array_equal(samples, np.repeat(np.arange(110, dtype=np.float32), FRAME_SAMPLES))


async def test_only_the_last_window_is_marked(world: World) -> None:
    assert [window.last for window in await world.speak(utterance("a", phonemes=11))] == [False, False, True]


async def test_only_the_first_window_has_the_prosody(world: World) -> None:
    first, *others = await world.speak(utterance("a", phonemes=11))
    assert first.prosody is not None
    assert first.prosody.frames == 110
    assert [window.prosody for window in others] == [None, None]


async def test_where_only_the_prosody_is_wanted_nothing_is_decoded(world: World) -> None:
    [window] = await world.speak(utterance("a", prosody_only=True))
    assert len(window.samples) == 0
    assert window.last
    assert window.prosody is not None
    assert world.model.steps == [step("prosody", "a")]
    assert world.engine.waiting == 0


async def test_an_utterance_that_is_decoded_whole_is_one_window(world: World) -> None:
    world.model.sizes = ()
    [window] = await world.speak(utterance("a", phonemes=11))
    assert (len(window.samples), window.last) == (110 * FRAME_SAMPLES, True)


@pytest.mark.parametrize(("deadline_s", "frames"), [(None, 12), (1.0, 40)])
async def test_a_small_window_comes_first_where_nothing_was_heard_yet(world: World, deadline_s, frames) -> None:
    world.model.sizes = (12, 40)
    windows = await world.speak(utterance("a", phonemes=20, deadline_s=deadline_s))
    assert len(windows[0].samples) == frames * FRAME_SAMPLES


async def test_resuming_yields_nothing_before_the_frame(world: World) -> None:
    windows = await world.speak(utterance("a"), 30)
    samples = np.concatenate([window.samples for window in windows])
    assert windows[0].first_frame == 30
    assert np.array_equal(samples, np.repeat(np.arange(30, 80, dtype=np.float32), FRAME_SAMPLES))


async def test_resuming_keeps_the_prosody_of_the_first_try(world: World) -> None:
    earlier = prosody(8, f0=123.0)
    windows = await world.speak(utterance("a"), 30, earlier)
    assert world.model.given["a"] is earlier
    assert windows[0].prosody is earlier


async def test_resuming_outside_the_utterance_fails_it_alone_and_repeats_nothing(world: World) -> None:
    await world.occupied()
    outside, inside = await world.asked(utterance("a"), 80), await world.asked(utterance("b"), 79)
    world.model.free()
    assert "first_frame" in str(await failure_of(outside))
    assert len(await inside) == 1
    assert world.model.batches("prosody") == [1, 2]


async def test_a_newcomer_joins_at_the_next_step(world: World) -> None:
    a = await world.occupied("a")
    world.model.let()
    await world.model.begun()
    b = await world.asked(utterance("b"))
    world.model.free()
    await asyncio.gather(a, b)
    assert world.model.steps == [
        step("prosody", "a"),
        step("vocoder", "a"),
        step("prosody", "b"),
        step("vocoder", "a", "b"),
        step("vocoder", "b"),
    ]


async def test_the_earliest_deadline_goes_first_in_both_stages(world: World) -> None:
    world.model.sizes = ()
    newcomers_due_in_s, margin_s = 0.3, 0.25
    tasks = [await world.occupied("first")]
    for name, phonemes, deadline_s in [("late", 8, 9.0), ("dry", 16, newcomers_due_in_s + margin_s - 0.01)]:
        tasks.append(await world.asked(utterance(name, phonemes=phonemes, deadline_s=deadline_s)))
    tasks.append(await world.asked(utterance("new", phonemes=32)))
    world.model.free()
    await asyncio.gather(*tasks)
    order = ["first", "dry", "dry", "first", "new", "new", "late", "late"]
    assert [names for _, names in world.model.steps] == [frozenset([name]) for name in order]


async def test_where_a_window_takes_nearly_the_limit_two_are_never_decoded_at_once() -> None:
    world = World(device="cpu")
    world.model.warm_up_costs = [("vocoder", 40, 1, 0.11)]
    world.model.cost = lambda stage, batch: 0.11 * batch if stage == "vocoder" else 0.0
    async with world:
        # The two that come together are decoded first: what the warm-up took is all that is known then.
        await speak_at_once(world, 3, deadline_s=0.1)
    assert set(world.model.batches("vocoder")) == {1}


async def test_batches_grow_as_far_as_the_steps_turn_out_to_be_short() -> None:
    world = World(device="cuda")
    world.model.warm_up_costs = [("vocoder", 40, 1, 0.004)]
    world.model.cost = lambda stage, batch: 0.004 if stage == "vocoder" else 0.0
    async with world:
        await speak_at_once(world, 20)
    several = [batch for batch in world.model.batches("vocoder") if batch > 1]
    assert several[0] == 7  # as many as stay within 30 ms if each takes as long as one
    assert max(several) > 14


async def test_what_is_far_enough_ahead_waits_until_its_listener_needs_more() -> None:
    async with World(max_ahead_s=1.0) as world, aclosing(world.engine.submit(utterance("a", phonemes=16))) as stream:
        await anext(stream)
        await anext(stream)
        assert await world.sleep.asleep() == 1.0
        assert world.model.times("vocoder", "a") == 2
        world.sleep.pass_by(1.0)
        assert (await anext(stream)).first_frame == 80
        assert await world.sleep.asleep() == 1.0


async def test_a_file_is_made_as_far_ahead_as_there_is() -> None:
    async with World(max_ahead_s=1.0) as world:
        assert len(await world.speak(utterance("a", phonemes=16, paced=False))) == 4


async def test_nothing_more_is_decoded_for_a_reader_who_takes_nothing() -> None:
    async with World(max_unread_windows=2) as world, aclosing(world.engine.submit(utterance("a", phonemes=20))) as slow:
        await anext(slow)
        # Decoded to its end only when nothing more is done for the other one, who is due long before.
        await world.speak(utterance("b", deadline_s=100.0, paced=False))
        assert world.model.times("vocoder", "a") == 3


async def test_decoding_goes_on_when_the_reader_takes_a_window() -> None:
    async with World(max_unread_windows=2) as world, aclosing(world.engine.submit(utterance("a", phonemes=20))) as slow:
        await anext(slow)
        await world.speak(utterance("b", deadline_s=100.0, paced=False))
        assert len([window async for window in slow]) == 4


async def test_who_leaves_before_the_first_step_is_never_worked_on(world: World) -> None:
    first = await world.occupied()
    leaving = await world.asked(utterance("left"))
    await leave(leaving)
    assert world.engine.waiting == 1
    world.model.free()
    await first
    assert world.model.times("prosody", "left") == 0


async def test_who_leaves_between_windows_gets_no_more_of_them() -> None:
    async with World(max_unread_windows=1) as world:
        async with aclosing(world.engine.submit(utterance("left"))) as stream:
            await anext(stream)
        await world.speak(utterance("next"))
        assert world.model.times("vocoder", "left") == 1


@pytest.mark.parametrize("steps_before", [0, 1])
async def test_leaving_in_the_middle_of_a_step_does_not_stop_the_engine(world: World, steps_before: int) -> None:
    leaving = await world.occupied("left")
    world.model.let(steps_before)
    await world.model.begun(steps_before)
    await leave(leaving)
    world.model.free()
    assert len(await world.speak(utterance("next"))) == 2


async def test_who_leaves_counts_as_dropped(world: World) -> None:
    await leave(await world.occupied("left"))
    assert world.count("utterances_total", outcome="dropped") == 1


@pytest.mark.parametrize("stage", ["prosody", "vocoder"])
@pytest.mark.parametrize(
    "error", [RuntimeError("matrix shapes do not fit"), torch.OutOfMemoryError("CUDA out of memory")]
)
async def test_a_poisoned_utterance_fails_alone(world: World, stage: str, error: Exception) -> None:
    world.model.failures[stage, "poison"] = error
    others = [await world.occupied("a")]
    poison = await world.asked(utterance("poison"))
    others.append(await world.asked(utterance("b")))
    world.model.free()
    failure = await failure_of(poison)
    assert isinstance(failure, SynthesisFailed)
    assert str(failure).startswith("The model failed on this part of the text.")
    assert [len(windows) for windows in await asyncio.gather(*others)] == [2, 2]
    assert max(world.model.batches(stage)) > 1


async def test_who_left_is_not_tried_again_with_the_rest_of_a_failed_batch(world: World) -> None:
    world.model.fails_batches = True
    await world.occupied()
    leaving, staying = [await world.asked(utterance(name, deadline_s=0.1)) for name in ("left", "stays")]
    world.model.let()
    await world.model.begun()
    assert world.model.steps[-1] == step("prosody", "left", "stays")
    await leave(leaving)
    world.model.free()
    assert len(await staying) == 2
    assert world.model.times("prosody", "left") == 1


async def test_a_batch_that_lacks_a_sound_is_made_again_one_by_one(world: World) -> None:
    world.model.sizes = ()
    world.model.loses_sounds = True
    tasks = [await world.occupied()]
    tasks += [await world.asked(utterance(name, deadline_s=0.1)) for name in ("a", "b")]
    world.model.free()
    for [window] in await asyncio.gather(*tasks):
        assert len(window.samples) == 80 * FRAME_SAMPLES


async def test_samples_that_are_not_finite_fail_their_utterance_alone(world: World) -> None:
    world.model.not_finite = {"silent"}
    first = await world.occupied("first")
    silent = await world.asked(utterance("silent"))
    world.model.free()
    assert "no valid sound" in str(await failure_of(silent))
    assert len(await first) == 2


async def test_what_the_model_tells_the_user_reaches_them(world: World) -> None:
    world.model.failures["prosody", "a"] = SynthesisFailed("This prosody is of another text.")
    with pytest.raises(SynthesisFailed, match="of another text"):
        await world.speak(utterance("a"))


async def test_a_lost_model_makes_the_engine_unhealthy(world: World) -> None:
    world.engine.check()
    world.model.failures["vocoder", "a"] = LOSS
    with pytest.raises(SynthesisFailed):
        await world.speak(utterance("a"))
    with pytest.raises(RuntimeError, match="illegal memory access"):
        world.engine.check()


@pytest.mark.parametrize("fails_batches", [False, True])
async def test_only_those_whose_step_lost_the_model_have_failed_with_it(world: World, fails_batches: bool) -> None:
    # Where the batch fails first, the model is lost when the culprit is tried alone.
    world.model.fails_batches = fails_batches
    waiting = await world.occupied()
    culprit, beside = [await world.asked(utterance(name, deadline_s=0.1)) for name in ("culprit", "beside")]
    world.model.failures["prosody", "culprit"] = LOSS
    world.model.free()
    assert type(await failure_of(culprit)) is SynthesisFailed
    assert type(await failure_of(beside)) is (ReplicaLost if fails_batches else SynthesisFailed)
    assert type(await failure_of(waiting)) is ReplicaLost
    assert world.model.steps[-1][1] == ({"culprit"} if fails_batches else {"culprit", "beside"})


async def test_who_comes_after_the_loss_can_go_to_another_replica(world: World) -> None:
    world.model.failures["prosody", "a"] = LOSS
    with pytest.raises(SynthesisFailed):
        await world.speak(utterance("a"))
    with pytest.raises(ReplicaLost):
        await world.speak(utterance("b"))


async def test_a_step_that_never_ends_makes_the_engine_unhealthy_until_it_does(world: World) -> None:
    running = await world.occupied()
    world.clock.advance(STUCK_AFTER_S)
    world.engine.check()
    world.clock.advance(1)
    with pytest.raises(RuntimeError, match="more than 120 s"):
        world.engine.check()
    world.model.free()
    await running
    world.clock.advance(STUCK_AFTER_S + 1)
    world.engine.check()


async def test_more_waiting_than_the_limit_are_refused_at_once(world: World) -> None:
    world.configure(max_waiting=2)
    await world.occupied()
    await world.asked(utterance("waits"))
    with pytest.raises(Overloaded, match="2 utterances are waiting"):
        await world.speak(utterance("too many"))
    assert world.count("utterances_total", outcome="refused") == 1


async def test_who_is_being_decoded_does_not_count_as_waiting(world: World) -> None:
    world.configure(max_waiting=1)
    first = await world.occupied()
    world.model.let()
    await world.model.begun()
    second = await world.asked(utterance("second"))
    world.model.free()
    assert [len(windows) for windows in await asyncio.gather(first, second)] == [2, 2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"phoneme_ids": ()}, "has 0"),
        ({"phoneme_ids": (43,) * (MAX_PHONEMES + 1)}, "has 511"),
        ({"phoneme_ids": (178,)}, "outside 1 to 177"),
        ({"phoneme_ids": (0,)}, "outside 1 to 177"),
        ({"style": np.zeros(128, np.float32)}, "shape"),
        ({"speed": float("nan")}, "speed"),
        ({"speed": float("inf")}, "speed"),
        ({"speed": 0.0}, "speed"),
    ],
)
async def test_what_the_model_cannot_take_never_reaches_it(world: World, changes, message) -> None:
    with pytest.raises(SynthesisFailed, match=message):
        await world.speak(utterance("bad", **changes))
    assert world.model.steps == []
