"""The operators' endpoints, over all replicas of a real cluster."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect

from app.client import connect as session
from tests.cluster import Service, eventually

DEPLOYMENTS = {"Ingress", "Speech", "Kokoro"}


async def stats_from_now(service: Service) -> dict[str, Any]:
    """Figures that were sampled after this call."""
    began, found = time.monotonic(), None

    def are_new() -> bool:
        nonlocal found
        asked_at = time.monotonic()
        found = httpx.get(f"{service.url}/stats", timeout=30).raise_for_status().json()
        return asked_at - found["sampled_s_ago"] > began

    await eventually(are_new)
    assert found is not None
    return found


def scraped(service: Service) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Labels and values by the name of the sample."""
    text = httpx.get(f"{service.url}/metrics", timeout=30).raise_for_status().text
    samples = defaultdict(list)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            samples[sample.name].append((sample.labels, sample.value))
    return samples


async def test_stats_count_what_was_spoken_over_all_replicas(service: Service) -> None:
    before = await stats_from_now(service)
    async with httpx.AsyncClient(timeout=60) as http:
        body = {"text": "One for the figures."}
        (await http.post(f"{service.url}/synth_wav", json=body)).raise_for_status()
    after = await stats_from_now(service)

    for count in ("total_requests", "utterances"):
        assert after[count] == before[count] + 1
    # Of the last minutes: while this one came, one from before may have dropped out.
    assert after["first_chunk_count"] > 0
    assert 0 < after["first_chunk_p50_ms"] <= after["first_chunk_p95_ms"]
    assert 0 <= after["cpu_percent"] <= 100
    assert 0 < after["ram_percent"] < 100
    assert after["gpu_memory_mb"] == 0
    assert {replica["deployment"] for replica in after["replicas"]} == DEPLOYMENTS
    memory_mb = {replica["deployment"]: replica["memory_mb"] for replica in after["replicas"]}
    assert memory_mb["Kokoro"] > 500 > memory_mb["Ingress"] > 50
    assert after["missing"] == []


async def test_the_history_has_what_was_spoken(service: Service) -> None:
    async with httpx.AsyncClient(timeout=60) as http:
        (await http.post(f"{service.url}/synth_wav", json={"text": "One for the history."})).raise_for_status()
        await stats_from_now(service)
        points = (await http.get(f"{service.url}/stats/history")).raise_for_status().json()["points"]

    assert set(points[-1]["memory_mb"]) == DEPLOYMENTS
    assert points[-1]["first_chunk_p50_ms"] > 0
    assert max(point["batch_size"] or 0 for point in points) >= 1


async def test_a_session_shows_while_it_is_open(service: Service) -> None:
    before = (await stats_from_now(service))["sessions"]
    async with connect(service.ws) as socket:
        await socket.send(json.dumps({"flush": True}))
        await socket.recv()
        assert (await stats_from_now(service))["sessions"] == before + 1
        await socket.send(json.dumps({"end": True}))
        await socket.wait_closed()
    assert (await stats_from_now(service))["sessions"] == before


def test_metrics_come_from_all_replicas_with_their_names(service: Service) -> None:
    httpx.post(f"{service.url}/synth_wav", json={"text": "One for the metrics."}, timeout=60).raise_for_status()
    httpx.post(f"{service.url}/synth_wav", json={"text": "One.", "voice": "nobody"}, timeout=60)
    samples = scraped(service)
    replicas = {(labels["deployment"], labels["replica"]) for labels, _ in samples["process_resident_memory_bytes"]}
    stages = {labels["stage"] for labels, count in samples["kokoro_serve_stage_seconds_count"] if count}
    errors = {labels["code"]: count for labels, count in samples["kokoro_serve_errors_total"]}

    assert {deployment for deployment, _ in replicas} == DEPLOYMENTS
    assert all(replica for _, replica in replicas)
    assert {"text", "phonemes", "kokoro", "sound", "queue", "prosody", "vocoder"} <= stages
    assert errors["unknown_voice"] >= 1
    assert {
        labels["deployment"]: value for labels, value in samples["kokoro_serve_deployment_answers"]
    } == dict.fromkeys(DEPLOYMENTS, 1.0)
    [(_, waiting)] = samples["kokoro_serve_waiting_utterances"]
    [(_, factors)] = samples["kokoro_serve_real_time_factor_count"]
    [(_, factor_sum)] = samples["kokoro_serve_real_time_factor_sum"]
    assert waiting == 0
    assert 0 < factor_sum / factors < 20
    assert sum(count for _, count in samples["kokoro_serve_first_chunk_seconds_count"]) >= 1


def test_garbage_is_collected_in_every_replica_and_it_speaks_on(service: Service) -> None:
    report = httpx.post(f"{service.url}/gc", timeout=60).raise_for_status().json()

    assert report["status"] == "garbage collection completed"
    assert {replica["deployment"] for replica in report["replicas"]} == DEPLOYMENTS
    assert report["freed_mb"] == pytest.approx(sum(replica["memory_mb"] for replica in report["replicas"]), abs=0.2)
    assert report["missing"] == []
    spoken = httpx.post(f"{service.url}/synth_wav", json={"text": "Still here."}, timeout=60)
    assert spoken.status_code == 200


def lines_about(utterance_id: str) -> list[dict[str, Any]]:
    """What the deployments have logged about an utterance and its parts."""
    import ray

    folder = Path(ray._private.worker._global_node.get_session_dir_path()) / "logs" / "serve"
    lines = [line for file in folder.glob("replica_*.log") for line in file.read_text("utf-8").splitlines()]
    return [found for found in map(json.loads, lines) if found.get("utterance_id", "").startswith(utterance_id)]


async def test_the_logs_of_all_deployments_tell_whose_line_it_is_and_never_the_text(service) -> None:
    text = "Nobody shall find this sentence."
    async with session(service.ws) as client:
        speech = await client.speak(text)
    utterance_id = speech.chunks[0].meta["utterance_id"]
    await eventually(lambda: len({line["deployment"] for line in lines_about(utterance_id)}) == 3)
    lines = lines_about(utterance_id)
    assert len({line["session_id"] for line in lines}) == 1
    [spoken] = [
        line for line in lines if line.get("outcome") == "spoken" and line["deployment"] == "kokoro-serve_Ingress"
    ]
    assert (spoken["characters"], spoken["voice"], spoken["utterance_id"]) == (len(text), "af_heart", utterance_id)
    assert spoken["audio_s"] == pytest.approx(len(speech.pcm) / 2 / 44_100, abs=1e-3)
    assert "sentence" not in json.dumps(lines)
