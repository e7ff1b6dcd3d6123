"""What the model does next: jobs on a table, a moment, and what steps cost."""

from collections import deque
from itertools import count
from typing import Any

import pytest

from app.kokoro.schedule import Costs, Job, Stage, Step, next_change, next_step
from app.kokoro.windows import Span
from app.settings import KokoroSettings
from tests.kokoro.engine_fakes import utterance

NOW = 1000.0
SETTINGS = KokoroSettings(device="cpu", max_batch=64, first_window_ms=300, margin_ms=250, max_ahead_s=30)
numbers = count(1)


def newcomer(*, phonemes: int = 20, arrived: float = NOW, dry_at: float | None = None, **changes: Any) -> Job:
    """Somebody who waits for the prosody."""
    number = next(numbers)
    return Job(number, utterance(str(number), phonemes=phonemes, **changes), 0, None, arrived, dry_at)


def speaker(*, size: int = 56, dry_at: float | None = NOW, windows: int = 3, unread: int = 0, **changes: Any) -> Job:
    """Somebody whose next window is to be decoded."""
    job = newcomer(dry_at=dry_at, **changes)
    job.spans = deque(Span(size * place, size * (place + 1), size) for place in range(windows))
    job.is_encoded, job.unread = True, unread
    return job


def whole(frames: int, *, dry_at: float | None = NOW) -> Job:
    """Somebody who is decoded at once."""
    job = speaker(dry_at=dry_at)
    job.spans = deque([Span(0, frames, 0)])
    return job


def chosen(*jobs: Job, settings: KokoroSettings = SETTINGS, costs: Costs | None = None) -> Step:
    step = next_step(jobs, NOW, settings, costs or Costs())
    assert step is not None
    return step


def known(*steps: tuple[Stage, int, int, float]) -> Costs:
    costs = Costs()
    for step in steps:
        costs.learn(*step)
    return costs


def changed(**settings: Any) -> KokoroSettings:
    return SETTINGS.model_copy(update=settings)


def test_a_newcomer_is_due_a_fixed_time_after_arrival() -> None:
    assert newcomer(arrived=NOW - 2).due_at(SETTINGS) == NOW - 2 + 0.3


def test_a_newcomer_stays_due_then_until_the_first_window() -> None:
    assert speaker(dry_at=None, arrived=NOW - 2).due_at(SETTINGS) == NOW - 2 + 0.3


def test_a_speaker_is_due_a_margin_before_running_dry() -> None:
    assert speaker(dry_at=NOW + 7).due_at(SETTINGS) == NOW + 7 - 0.25


@pytest.mark.parametrize(
    ("dry_at", "then"),
    [(None, NOW + 1), (NOW + 5, NOW + 6), (NOW - 5, NOW + 1)],
    ids=["the first sound", "more of it", "after a break"],
)
def test_who_gets_a_second_of_sound_runs_dry_a_second_later(dry_at: float | None, then: float) -> None:
    job = speaker(dry_at=dry_at)
    job.heard(40, NOW)
    assert job.dry_at == then


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (newcomer(arrived=NOW - 1), newcomer()),
        (speaker(dry_at=NOW + 1), speaker(dry_at=NOW + 2, size=28)),
        (newcomer(), speaker(dry_at=NOW + 0.6)),
        (speaker(dry_at=NOW + 0.5), newcomer()),
        (newcomer(dry_at=NOW + 1), speaker(dry_at=NOW + 2)),
    ],
    ids=["newcomers", "speakers", "newcomer before speaker", "speaker before newcomer", "sequel before speaker"],
)
def test_the_earliest_deadline_goes_first(earlier: Job, later: Job) -> None:
    for jobs in ((earlier, later), (later, earlier)):
        assert chosen(*jobs).jobs[0] is earlier


def test_who_is_about_to_run_dry_goes_before_a_crowd_of_newcomers_however_late_they_are() -> None:
    crowd = [newcomer(arrived=NOW - 3) for _ in range(20)]
    starving = speaker(dry_at=NOW + 0.2)
    assert chosen(*crowd, starving).jobs[0] is starving
    fed = speaker(dry_at=NOW + 0.3)
    assert chosen(*crowd, fed).jobs[0] is crowd[0]
    assert chosen(*crowd, fed, settings=changed(starving_ms=400)).jobs[0] is fed


def test_of_two_who_are_about_to_run_dry_the_one_who_does_so_first_goes_first() -> None:
    later, earlier = speaker(dry_at=NOW + 0.2), newcomer(dry_at=NOW + 0.1)
    assert chosen(later, earlier).jobs[0] is earlier


def test_equals_go_in_the_order_they_came() -> None:
    first, second = newcomer(), newcomer()
    assert chosen(second, first).jobs == (first, second)


def test_there_is_no_step_without_jobs() -> None:
    assert next_step([], NOW, SETTINGS, Costs()) is None


def test_a_prosody_batch_holds_no_lengths_further_apart_than_the_ratio() -> None:
    # The second and the third fit to the first, but not to each other.
    jobs = [newcomer(phonemes=length - 2) for length in (130, 100, 169, 101)]
    step = chosen(*jobs)
    assert step.jobs == (jobs[0], jobs[1], jobs[3])
    assert step.size == 130


def test_a_prosody_batch_is_as_large_as_its_longest() -> None:
    assert chosen(newcomer(phonemes=98), newcomer(phonemes=118)).size == 120


def test_a_prosody_batch_stays_within_its_phonemes_with_the_padding() -> None:
    # With both pads 125 and 97 each: of the latter four would fit beside the former if they were not padded.
    jobs = [newcomer(phonemes=123), *[newcomer(phonemes=95) for _ in range(8)]]
    assert len(chosen(*jobs, settings=changed(max_batch_phonemes=520)).jobs) == 520 // 125


def test_a_single_utterance_may_be_longer_than_a_batch() -> None:
    assert (
        len(chosen(newcomer(phonemes=510), newcomer(phonemes=510), settings=changed(max_batch_phonemes=512)).jobs) == 1
    )


def test_a_prosody_batch_stays_within_the_steps_time() -> None:
    costs = known(("prosody", 22, 1, 0.04))
    assert len(chosen(*[newcomer() for _ in range(8)], costs=costs).jobs) == 3


def test_a_single_utterance_is_worked_on_however_long_it_takes() -> None:
    costs = known(("prosody", 22, 1, 9.0), ("vocoder", 56, 1, 9.0))
    assert len(chosen(newcomer(), newcomer(), costs=costs).jobs) == 1
    assert len(chosen(speaker(), speaker(), costs=costs).jobs) == 1


def test_windows_of_one_size_share_a_batch_up_to_the_limit() -> None:
    jobs = [speaker() for _ in range(8)]
    step = chosen(*jobs, settings=changed(max_batch=5))
    assert (step.stage, step.jobs, step.size, step.is_whole) == ("vocoder", tuple(jobs[:5]), 56, False)


def test_windows_of_different_sizes_share_no_batch() -> None:
    jobs = [speaker(size=56), speaker(size=28), speaker(size=56), whole(56)]
    assert chosen(*jobs).jobs == (jobs[0], jobs[2])


def test_only_the_next_window_of_an_utterance_is_in_a_batch() -> None:
    job = speaker(windows=9)
    assert chosen(job).jobs == (job,)


def test_a_batch_of_windows_stays_within_the_steps_time() -> None:
    costs = known(("vocoder", 56, 1, 0.025))
    assert len(chosen(*[speaker() for _ in range(8)], costs=costs).jobs) == 4


def test_a_step_of_which_nothing_is_known_is_tried_with_all_there_are() -> None:
    assert len(chosen(*[speaker() for _ in range(8)]).jobs) == 8


def test_stages_share_no_batch() -> None:
    jobs = [speaker(), newcomer()]
    assert chosen(*jobs).jobs == (jobs[0],)


def test_whole_utterances_share_a_batch_when_no_two_are_further_apart_than_the_ratio() -> None:
    # The second and the third fit to the first, but not to each other.
    jobs = [whole(100), whole(77), whole(130), whole(99)]
    step = chosen(*jobs)
    assert step.jobs == (jobs[0], jobs[1], jobs[3])
    assert (step.size, step.is_whole) == (100, True)


def test_a_batch_of_whole_utterances_is_as_large_as_its_longest() -> None:
    assert chosen(whole(100), whole(120)).size == 120


def test_a_batch_of_whole_utterances_stays_within_the_steps_time() -> None:
    costs = known(("vocoder", 50, 1, 0.025))
    assert len(chosen(whole(100), whole(100), whole(100), costs=costs).jobs) == 2
    assert len(chosen(whole(100), whole(125), costs=costs).jobs) == 1


def test_who_has_enough_unread_windows_gets_no_more() -> None:
    settings = changed(max_unread_windows=2)
    assert next_step([speaker(unread=2)], NOW, settings, Costs()) is None
    assert next_step([speaker(unread=1)], NOW, settings, Costs()) is not None


@pytest.mark.parametrize("make", [newcomer, speaker])
def test_nothing_is_made_for_a_listener_who_has_enough_to_hear(make: Any) -> None:
    assert next_step([make(dry_at=NOW + 30.5)], NOW, SETTINGS, Costs()) is None
    assert next_step([make(dry_at=NOW + 30)], NOW, SETTINGS, Costs()) is not None


def test_who_waits_for_a_listener_takes_no_place_in_anothers_batch() -> None:
    jobs = [speaker(), speaker(dry_at=NOW + 31)]
    assert chosen(*jobs).jobs == (jobs[0],)


def test_a_file_is_made_any_time_ahead() -> None:
    assert next_step([speaker(dry_at=NOW + 500, paced=False)], NOW, SETTINGS, Costs()) is not None


def test_the_next_change_is_when_the_first_listener_needs_more() -> None:
    jobs = [speaker(dry_at=NOW + 34), speaker(dry_at=NOW + 32), speaker(dry_at=NOW + 31, unread=16)]
    assert next_change(jobs, NOW, SETTINGS) == 2.0


def test_there_is_no_next_change_without_somebody_who_waits_for_time() -> None:
    assert next_change([speaker(unread=16)], NOW, SETTINGS) is None


def test_a_cost_that_was_seen_is_what_was_seen() -> None:
    assert known(("vocoder", 56, 4, 0.02), ("vocoder", 56, 1, 0.01)).predict("vocoder", 56, 4) == 0.02


def test_a_cost_follows_what_is_seen_slowly() -> None:
    costs = known(("vocoder", 56, 1, 0.01), ("vocoder", 56, 1, 0.02))
    assert costs.predict("vocoder", 56, 1) == pytest.approx(0.01 + Costs.SMOOTHING * 0.01)


def test_a_larger_batch_is_taken_to_cost_in_proportion_to_the_largest_below_it() -> None:
    costs = known(("vocoder", 56, 1, 0.01), ("vocoder", 56, 4, 0.02), ("vocoder", 56, 16, 0.03))
    assert costs.predict("vocoder", 56, 8) == pytest.approx(0.04)


def test_a_smaller_batch_is_taken_to_cost_what_the_smallest_above_it_did() -> None:
    assert known(("vocoder", 56, 16, 0.05), ("vocoder", 56, 4, 0.02)).predict("vocoder", 56, 2) == 0.02


def test_a_size_that_was_not_seen_costs_in_proportion_to_the_nearest() -> None:
    costs = known(("prosody", 20, 1, 0.01), ("prosody", 100, 1, 0.03))
    assert costs.predict("prosody", 90, 2) == pytest.approx(0.03 * 2 * 90 / 100)


def test_the_stages_costs_are_apart() -> None:
    assert known(("prosody", 56, 1, 0.01)).predict("vocoder", 56, 1) == 0.0


def test_a_cpu_never_decodes_two_long_windows_at_once() -> None:
    costs = known(("vocoder", 56, 1, 0.11))
    for seconds in (0.10, 0.12, 0.11) * 20:
        step = chosen(*[speaker() for _ in range(4)], costs=costs)
        assert len(step.jobs) == 1
        costs.learn("vocoder", 56, 1, seconds)


def batches(costs: Costs, seconds: dict[int, float], steps: int) -> list[int]:
    """How many of 64 speakers a GPU decodes at once, where some batches take long for the first time."""
    seconds, found = dict(seconds), []
    for _ in range(steps):
        found.append(
            batch := len(chosen(*[speaker() for _ in range(64)], settings=changed(device="cuda"), costs=costs).jobs)
        )
        costs.learn("vocoder", 56, batch, seconds.pop(batch, 0.004 + 0.0002 * batch))
    return found


def test_a_gpu_decodes_ever_more_windows_at_once() -> None:
    found = batches(known(("vocoder", 56, 1, 0.0042)), {}, 5)
    assert found[0] == 7  # seven times the time of one is within 30 ms
    assert found == sorted(found)
    assert found[-1] == 64


def test_a_batch_that_was_slow_once_is_tried_again() -> None:
    found = batches(known(("vocoder", 56, 1, 0.0042)), {7: 5.0, 64: 5.0}, 100)
    assert found[1] < 7
    assert found[-1] == 64


def test_a_cpu_takes_one_at_a_time_and_a_gpu_many_unless_a_setting_says_otherwise() -> None:
    assert KokoroSettings(device="cpu").batch_limit == 1
    assert KokoroSettings(device="cuda").batch_limit == 64
    assert KokoroSettings(device="cpu", max_batch=3).batch_limit == 3
