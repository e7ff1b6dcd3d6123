"""What this very process tells of itself."""

import gc

import numpy as np
import psutil
import pytest

from app.metrics import SpeechMetrics
from app.replica import Replica
from tests.fakes import FakeClock


def test_a_report_names_the_replica_and_its_memory() -> None:
    report = Replica("Speech", "s1", "node-a", SpeechMetrics(), gpu_memory_bytes=lambda: 3 * 2**20).report((0.25,))

    assert (report.deployment, report.replica, report.node) == ("Speech", "s1", "node-a")
    assert report.memory_mb == pytest.approx(psutil.Process().memory_info().rss / 2**20, rel=0.2)
    assert report.gpu_memory_mb == 3
    assert 0 < report.ram_percent < 100
    assert report.first_chunks_s == (0.25,)
    assert "kokoro_serve_speaking_flushes" in {metric.name for metric in report.metrics}


def test_the_load_is_taken_over_a_second_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    loads = iter([0.0, 40.0, 80.0])
    monkeypatch.setattr(psutil, "cpu_percent", lambda interval: next(loads))
    clock = FakeClock()
    replica = Replica("Speech", "s1", "node-a", SpeechMetrics(), clock=clock)

    seen = []
    for _ in range(4):
        clock.advance(0.6)
        seen.append(replica.report().cpu_percent)

    assert seen == [0.0, 40.0, 40.0, 80.0]


def test_freeing_collects_what_only_refers_to_itself_and_tells_how_much() -> None:
    class Node:
        def __init__(self) -> None:
            self.itself = self
            self.weight = np.ones(2**20)

    gpu = [100 * 2**20]
    replica = Replica("Speech", "s1", "node-a", SpeechMetrics(), gpu_memory_bytes=lambda: gpu[0])
    gc.disable()
    try:
        for _ in range(20):
            Node()
        freed = replica.free_memory(lambda: gpu.__setitem__(0, 25 * 2**20))
    finally:
        gc.enable()

    assert freed.objects >= 20
    assert freed.memory_mb > 100
    assert freed.gpu_memory_mb == 75
