"""Kokoro's autoscaling policy as a function."""

import pytest
from ray.serve._private.common import DeploymentID, ReplicaID
from ray.serve.config import AutoscalingContext

from deployments.autoscaling import ACTIVE, FIRST_WINDOW, WAITING, KokoroPolicy, Load, wanted

CALM = Load(0.0, 0.0, 120.0)
DEPLOYMENT = DeploymentID("Kokoro", "kokoro-serve")


@pytest.mark.parametrize(
    ("loads", "expected"),
    [
        ([CALM], 1),
        ([CALM, CALM], 1),
        ([Load(4.0, 4.0, 200.0)], 1),
        ([Load(12.0, 10.0, 200.0)], 2.2),
        ([Load(12.0, 10.0, 200.0), Load(11.0, 12.0, 200.0)], 4.5),
        ([Load(1.0, 1.0, 700.0)], 2),
        ([Load(1.0, 1.0, 700.0), CALM, CALM], 4),
        ([Load(60.0, 0.0, 900.0), CALM], 6),
    ],
)
def test_audio_that_waits_and_newcomers_that_wait_ask_for_replicas(loads: list[Load], expected: float) -> None:
    assert wanted(loads, target_audio_s=10.0, late_above_ms=500.0) == pytest.approx(expected)


def context(target: int, recorded: dict[str, list[float]]) -> AutoscalingContext:
    """What Serve would pass, with these figures of the replicas that run."""
    ids = [ReplicaID(str(number), DEPLOYMENT) for number in range(max(map(len, recorded.values()), default=0))]
    metrics = {name: dict(zip(ids, values, strict=True)) for name, values in recorded.items()}
    return AutoscalingContext(
        deployment_id=DEPLOYMENT,
        deployment_name="Kokoro",
        app_name="kokoro-serve",
        current_num_replicas=len(ids),
        target_num_replicas=target,
        running_replicas=ids,
        total_num_requests=0.0,
        total_queued_requests=0.0,
        aggregated_metrics=metrics,
        raw_metrics={},
        capacity_adjusted_min_replicas=1,
        capacity_adjusted_max_replicas=8,
        policy_state={},
        last_scale_up_time=None,
        last_scale_down_time=None,
        current_time=None,
        config=None,
    )


def test_without_figures_it_stays_as_it_is() -> None:
    assert KokoroPolicy()(context(3, {})) == (3, {})


def test_while_replicas_start_late_newcomers_ask_for_no_more() -> None:
    late = {WAITING: [2.0], ACTIVE: [2.0], FIRST_WINDOW: [900.0]}
    assert KokoroPolicy(10.0, 500.0)(context(1, late)) == (2, {})
    assert KokoroPolicy(10.0, 500.0)(context(2, late)) == (2, {})
    flooded = {WAITING: [50.0], ACTIVE: [2.0], FIRST_WINDOW: [900.0]}
    assert KokoroPolicy(10.0, 500.0)(context(2, flooded))[0] == pytest.approx(5.2)


def test_quiet_asks_for_one() -> None:
    quiet = {WAITING: [0.0, 0.0], ACTIVE: [1.0, 0.0], FIRST_WINDOW: [0.0, 150.0]}
    assert KokoroPolicy(10.0, 500.0)(context(2, quiet)) == (1.0, {})
