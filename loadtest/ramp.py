"""One user more at every step, until the objective breaks: how many does this machine carry?

    python -m locust -f loadtest/locustfile.py,loadtest/ramp.py --host http://127.0.0.1:8000 --headless NativeUser

A step holds when the median of the first audio is within ``--first-audio-p50-ms`` and nobody's sound ran out. Every
step is written as a line of JSON into the file of ``--steps``.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from locust import LoadTestShape, events

SETTLING_SHARE = 0.25
"""Of a step, for which its users are new and nothing is counted."""


@dataclass
class Step:
    """What all users heard in one step."""

    users: int
    first_audio_ms: list[float] = field(default_factory=list)
    underrun_ms: float = 0.0
    failures: int = 0

    def holds(self, objective_ms: float) -> bool:
        """Whether the objective was kept."""
        heard = self.first_audio_ms
        return bool(heard) and not self.failures and not self.underrun_ms and float(np.median(heard)) <= objective_ms

    def in_words(self) -> str:
        """One line."""
        if not self.first_audio_ms:
            return f"{self.users} users: no text was heard, {self.failures} failures"
        p50, p95, p99 = np.percentile(self.first_audio_ms, [50, 95, 99])
        return (
            f"{self.users} users: {len(self.first_audio_ms)} texts, first audio p50 {p50:.0f} ms, p95 {p95:.0f} ms, "
            f"p99 {p99:.0f} ms, underrun {self.underrun_ms:.0f} ms, {self.failures} failures"
        )


@events.init_command_line_parser.add_listener
def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--step-s", type=float, default=60.0, help="how long a step lasts")
    parser.add_argument("--max-users", type=int, default=100, help="the last step")
    parser.add_argument("--steps", default="", help="file that every step is written to")


class Ramp(LoadTestShape):
    """Adds a user at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.carried = 0
        self._step: Step | None = None
        self._is_listening = False

    def tick(self) -> tuple[int, float] | None:
        """How many users there shall be now; None ends the test."""
        options = self.runner.environment.parsed_options
        if self._step is None:
            self.runner.environment.events.request.add_listener(self._count)
            self._step = Step(1)
        into_s = self.get_run_time() - (self._step.users - 1) * options.step_s
        self._is_listening = into_s >= options.step_s * SETTLING_SHARE
        if into_s < options.step_s:
            return self._step.users, 1.0
        self._write(options.steps)
        if not self._step.holds(options.first_audio_p50_ms) or self._step.users >= options.max_users:
            print(f"carried: {self.carried} users")
            return None
        self._step = Step(self._step.users + 1)
        return self._step.users, 1.0

    def _write(self, file: str) -> None:
        assert self._step is not None
        print(self._step.in_words(), flush=True)
        if self._step.holds(self.runner.environment.parsed_options.first_audio_p50_ms):
            self.carried = self._step.users
        if file:
            with Path(file).open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(asdict(self._step)) + "\n")

    def _count(self, name: str, response_time: float, exception: Exception | None, **_: Any) -> None:
        if self._step is None or not self._is_listening:
            return
        if exception is not None:
            self._step.failures += 1
        elif name == "first audio":
            self._step.first_audio_ms.append(response_time)
        elif name == "underrun":
            self._step.underrun_ms += response_time
