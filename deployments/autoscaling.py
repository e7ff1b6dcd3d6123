"""How many Kokoro replicas there should be. Ingress and Speech scale by Serve's own count of what they have open: a
WebSocket is one request for as long as it lasts, a flush one for as long as it is spoken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ray.serve.config import AutoscalingContext

WAITING, ACTIVE, FIRST_WINDOW = "waiting_audio_s", "active_audio_s", "first_window_ms"
"""What a Kokoro replica records."""


@dataclass(frozen=True, slots=True)
class Load:
    """Of one replica."""

    waiting_audio_s: float
    """Audio of utterances that nothing was done for yet, estimated."""
    active_audio_s: float
    """Audio still to be made now of utterances that are begun; what is held back for a listener is not counted."""
    first_window_ms: float
    """From asking to the first window, 95th percentile of the last seconds; 0 where nobody asked."""


def wanted(loads: Sequence[Load], target_audio_s: float, late_above_ms: float) -> float:
    """Replicas for a load, one more than there are where newcomers wait too long.

    Args:
        loads: of all replicas that run; at least one.
        target_audio_s: audio that one replica should have before it at most.
        late_above_ms: a first window that takes longer is too late.
    """
    by_audio = sum(load.waiting_audio_s + load.active_audio_s for load in loads) / target_audio_s
    if max(load.first_window_ms for load in loads) > late_above_ms:
        return max(by_audio, len(loads) + 1)
    return max(by_audio, 1.0)


def loads(recorded: Mapping[str, Mapping[Any, float]]) -> list[Load]:
    """The loads in what Serve has gathered: the name of a figure to the replica to its value."""
    replicas = recorded.get(WAITING, {})
    return [
        Load(waiting, recorded.get(ACTIVE, {}).get(replica, 0.0), recorded.get(FIRST_WINDOW, {}).get(replica, 0.0))
        for replica, waiting in replicas.items()
    ]


class KokoroPolicy:
    """Serve's autoscaling policy for Kokoro; bounds and delays are Serve's own.

    Args:
        target_audio_s: see ``wanted``; about what a replica makes in two or three seconds.
        late_above_ms: see ``wanted``.
    """

    def __init__(self, target_audio_s: float = 10.0, late_above_ms: float = 500.0) -> None:
        self._target_audio_s = target_audio_s
        self._late_above_ms = late_above_ms

    def __call__(self, context: AutoscalingContext) -> tuple[float, dict[str, Any]]:
        """Replicas that there should be; as many as there are to be already while none has said how it is."""
        found = loads(context.aggregated_metrics or {})
        if not found:
            return context.target_num_replicas, {}
        # Replicas that start add nothing yet: while they do, what the others have before them asks for no more.
        if len(found) < context.target_num_replicas:
            by_audio = wanted(found, self._target_audio_s, float("inf"))
            return max(by_audio, context.target_num_replicas), {}
        return wanted(found, self._target_audio_s, self._late_above_ms), {}
