"""Calm and bursts by turns: ``--users`` speak, and every half minute for ten seconds three times as many.

python -m locust -f loadtest/locustfile.py,loadtest/burst.py --host http://127.0.0.1:8000 --headless NativeUser
"""

from __future__ import annotations

from locust import LoadTestShape

PERIOD_S, BURST_S, TIMES = 30, 10, 3


class Burst(LoadTestShape):
    """All of a burst come at once."""

    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        """How many users there shall be now; None ends the test."""
        options = self.runner.environment.parsed_options
        now = self.get_run_time()
        if options.run_time and now >= options.run_time:
            return None
        users = options.num_users or 1
        is_burst = now % PERIOD_S >= PERIOD_S - BURST_S
        return (users * TIMES if is_burst else users), float(users * TIMES)
