"""Metrics: what a registry tells, and many of them in one text."""

import pickle

from prometheus_client.parser import text_string_to_metric_families

from app.metrics import (
    DIALECTS,
    REQUESTS,
    IngressMetrics,
    KokoroMetrics,
    RecentTimes,
    SpeechMetrics,
    exposition,
    totals,
)
from tests.fakes import FakeClock


def samples_of(text: bytes, name: str) -> list[tuple[dict[str, str], float]]:
    families = text_string_to_metric_families(text.decode())
    return [(found.labels, found.value) for family in families for found in family.samples if found.name == name]


def test_every_replica_keeps_its_own_counts_and_all_come_in_one_text() -> None:
    one, other = KokoroMetrics(), KokoroMetrics()
    one.utterances.labels("spoken").inc(2)
    other.utterances.labels("spoken").inc(3)

    text = exposition([("Kokoro", "k1", one.snapshot()), ("Kokoro", "k2", other.snapshot())], {"Kokoro": True})

    assert samples_of(text, "kokoro_serve_utterances_total") == [
        ({"outcome": "spoken", "deployment": "Kokoro", "replica": "k1"}, 2.0),
        ({"outcome": "spoken", "deployment": "Kokoro", "replica": "k2"}, 3.0),
    ]
    assert text.count(b"# TYPE kokoro_serve_utterances_total counter") == 1


def test_a_stage_has_one_name_in_all_deployments() -> None:
    speech, kokoro = SpeechMetrics(), KokoroMetrics()
    with speech.timed("text"):
        pass
    kokoro.took("decode", 0.3)

    text = exposition([("Speech", "s", speech.snapshot()), ("Kokoro", "k", kokoro.snapshot())], {})

    counts = samples_of(text, "kokoro_serve_stage_seconds_count")
    assert [(labels["deployment"], labels["stage"], count) for labels, count in counts] == [
        ("Speech", "text", 1.0),
        ("Kokoro", "decode", 1.0),
    ]


def test_the_first_chunk_is_counted_in_buckets_round_what_a_listener_notices() -> None:
    metrics = IngressMetrics(300)
    metrics.dialect("native").first_chunk(0.31)

    buckets = samples_of(
        exposition([("Ingress", "i", metrics.snapshot())], {}), "kokoro_serve_first_chunk_seconds_bucket"
    )
    reached = [float(labels["le"]) for labels, count in buckets if count]

    assert min(reached) == 0.35
    limits = [float(labels["le"]) for labels, _ in buckets]
    assert min(limits) <= 0.05
    assert {0.3, 0.6, 1.0} <= set(limits)


def test_a_series_is_there_before_its_first_event() -> None:
    text = exposition([("Ingress", "i", IngressMetrics(300).snapshot())], {})

    for name in ("requests_total", "characters_total", "sent_audio_seconds_total", "first_chunk_seconds_count"):
        counts = {labels["dialect"]: count for labels, count in samples_of(text, f"kokoro_serve_{name}")}
        assert counts == dict.fromkeys(DIALECTS, 0)
    ended = samples_of(text, "kokoro_serve_requests_ended_total")
    outcomes = {(labels["dialect"], labels["outcome"]) for labels, _ in ended}
    assert outcomes == {(d, o) for d in DIALECTS for o in ("spoken", "failed", "dropped")}


def test_a_deployment_that_does_not_answer_is_told() -> None:
    text = exposition([], {"Kokoro": False, "Speech": True})

    assert samples_of(text, "kokoro_serve_deployment_answers") == [
        ({"deployment": "Kokoro"}, 0.0),
        ({"deployment": "Speech"}, 1.0),
    ]


def test_every_process_tells_its_memory() -> None:
    text = exposition([("Speech", "s", SpeechMetrics().snapshot())], {})

    [(labels, value)] = samples_of(text, "process_resident_memory_bytes")
    assert labels == {"deployment": "Speech", "replica": "s"}
    assert value > 2**20


def test_a_snapshot_can_be_sent_and_does_not_change_any_more() -> None:
    metrics = IngressMetrics(300)
    metrics.dialect("native").asked("one")
    snapshot = pickle.loads(pickle.dumps(metrics.snapshot()))
    metrics.dialect("synth_wav").asked("two")

    assert totals(snapshot)[REQUESTS] == 1
    assert totals(metrics.snapshot())[REQUESTS] == 2


def test_only_the_times_of_the_window_are_recent() -> None:
    clock = FakeClock()
    times = RecentTimes(60, clock)
    times.add(0.1)
    clock.advance(50)
    times.add(0.2)
    clock.advance(20)

    assert times.values() == (0.2,)
