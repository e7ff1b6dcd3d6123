"""All replicas of all deployments, and what they answered at one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from app.metrics import totals
from app.replica import FreedMemory, ReplicaReport

Answer = TypeVar("Answer", covariant=True)


@dataclass(frozen=True)
class Answers(Generic[Answer]):
    """What the replicas of one deployment answered."""

    came: Sequence[Answer]
    """Of those that answered in time."""
    complete: bool
    """Whether there are replicas, and all of them answered in time."""


class Fleet(Protocol):
    """All replicas of all deployments, by the name of the deployment."""

    async def reports(self) -> Mapping[str, Answers[ReplicaReport]]: ...

    async def free_memory(self) -> Mapping[str, Answers[FreedMemory]]: ...


class Sample:
    """The reports of all replicas that answered at one moment, sorted by deployment."""

    def __init__(self, answers: Mapping[str, Answers[ReplicaReport]], taken_at: float) -> None:
        """Args:
        answers: by deployment.
        taken_at: seconds, monotonic.
        """
        self.taken_at = taken_at
        self.deployments = sorted(answers)
        self.reports, self.missing = sorted_out(answers)
        self.totals = [totals(report.metrics) for report in self.reports]
        """The sum of all samples of each name, for each of ``reports``."""

    def total(self, name: str) -> float | None:
        """The sum of all samples of one name over all replicas; None where none that answered knows it."""
        known = [found[name] for found in self.totals if name in found]
        return sum(known) if known else None

    def mean_of_nodes(self, value: Callable[[ReplicaReport], float]) -> float:
        """The replicas of one machine looked at it at different moments: the mean of each machine, then of all."""
        nodes: defaultdict[str, list[float]] = defaultdict(list)
        for report in self.reports:
            nodes[report.node].append(value(report))
        return round(float(np.mean([np.mean(values) for values in nodes.values()])), 1) if nodes else 0.0


def sorted_out(answers: Mapping[str, Answers[Answer]]) -> tuple[list[Answer], list[str]]:
    """All answers, and the names of the deployments that some are missing of; both sorted by deployment."""
    names = sorted(answers)
    came = [answer for name in names for answer in answers[name].came]
    return came, [name for name in names if not answers[name].complete]
