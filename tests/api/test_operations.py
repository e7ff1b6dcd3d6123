"""What operators ask, over a real server with a fake fleet."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect

from app.messages import Overloaded
from tests.fakes import FakeService


async def scraped(http: httpx.AsyncClient) -> dict[tuple[str, str], float]:
    """Samples by name and dialect or code, of those that have a value."""
    response = await http.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    samples = [sample for family in text_string_to_metric_families(response.text) for sample in family.samples]
    return {
        (
            sample.name,
            sample.labels.get("code") or sample.labels.get("outcome") or sample.labels.get("dialect", ""),
        ): value
        for sample in samples
        if (value := sample.value) and "le" not in sample.labels
    }


async def test_health_tells_what_a_client_and_an_operator_need(http: httpx.AsyncClient) -> None:
    response = await http.get("/health")

    assert response.status_code == 200
    assert response.json() == {
        "ok": True,
        "reason": None,
        "device": "cpu",
        "version": "1.2.3",
        "weights": "packages",
        "voices": ["af_bella", "af_heart", "am_michael", "bf_emma"],
        "needs_key": False,
        "torch_threads": 2,
        "replicas": {"Ingress": 1, "Speech": 1, "Kokoro": 1},
        "server_min_send_ms": 100,
        "first_burst_ms": 200,
    }


async def test_health_is_503_with_the_reason_until_the_service_is_ready(
    http: httpx.AsyncClient, service: FakeService
) -> None:
    service.reason = "The model is being loaded."

    response = await http.get("/health")

    assert response.status_code == 503
    assert response.json()["ok"] is False
    assert response.json()["reason"] == "The model is being loaded."


async def test_stats_sum_up_all_replicas(http: httpx.AsyncClient, service: FakeService) -> None:
    service.fleet.kokoro.utterances.labels("spoken").inc(5)
    service.fleet.kokoro.utterances.labels("failed").inc()
    await http.post("/synth_wav", json={"text": "one two"})

    stats = (await http.get("/stats")).json()

    assert stats.pop("sampled_s_ago") >= 0
    assert stats.pop("first_chunk_p50_ms") > 0
    assert stats.pop("first_chunk_p95_ms") > 0
    assert stats == {
        "gpu_memory_mb": 512.0,
        "memory_mb": 1000.0,
        "cpu_percent": 40.0,
        "ram_percent": 40.0,
        "total_requests": 1,
        "sessions": 0,
        "open_flushes": 0,
        "utterances": 6,
        "waiting_utterances": 0,
        "waiting_audio_s": 0.0,
        "batch_size": None,
        "real_time_factor": None,
        "first_chunk_count": 1,
        "first_chunk_window_s": 300.0,
        "sample_period_s": 2.0,
        "replicas": [
            {
                "deployment": "Ingress",
                "replica": "i1",
                "node": "node-a",
                "process_id": 6,
                "state": "idle",
                "sessions": 0,
                "open_flushes": 0,
                "active_utterances": None,
                "waiting_utterances": None,
                "waiting_audio_s": None,
                "batch_size": None,
                "real_time_factor": None,
                "memory_mb": 100.0,
                "gpu_memory_mb": 0.0,
                "node_memory_mb": 8192.0,
                "node_ram_percent": 50.0,
                "node_cpu_percent": 20.0,
            },
            {
                "deployment": "Kokoro",
                "replica": "k1",
                "node": "node-b",
                "process_id": 7,
                "state": "idle",
                "sessions": None,
                "open_flushes": None,
                "active_utterances": 0,
                "waiting_utterances": 0,
                "waiting_audio_s": 0.0,
                "batch_size": None,
                "real_time_factor": None,
                "memory_mb": 900.0,
                "gpu_memory_mb": 512.0,
                "node_memory_mb": 16384.0,
                "node_ram_percent": 30.0,
                "node_cpu_percent": 60.0,
            },
        ],
        "missing": [],
    }


async def test_garbage_collection_tells_what_was_freed(http: httpx.AsyncClient) -> None:
    response = await http.post("/gc")

    assert response.status_code == 200
    assert response.json() == {
        "status": "garbage collection completed",
        "freed_mb": 41.2,
        "freed_gpu_mb": 64.0,
        "replicas": [
            {"deployment": "Ingress", "replica": "i1", "objects": 7, "memory_mb": 1.2, "gpu_memory_mb": 0.0},
            {"deployment": "Kokoro", "replica": "k1", "objects": 3, "memory_mb": 40.0, "gpu_memory_mb": 64.0},
        ],
        "missing": [],
    }


async def test_garbage_collection_that_a_deployment_did_not_do_is_not_called_complete(
    http: httpx.AsyncClient, service: FakeService
) -> None:
    service.fleet.missing = {"Kokoro"}

    response = await http.post("/gc")

    assert response.status_code == 503
    assert response.json()["status"] == "garbage collection incomplete"
    assert response.json()["missing"] == ["Kokoro"]


async def test_garbage_is_not_collected_for_a_page_of_another_host(
    http: httpx.AsyncClient, address: str, service: FakeService
) -> None:
    refused = await http.post("/gc", headers={"Origin": "https://elsewhere.example"})
    own = await http.post("/gc", headers={"Origin": f"http://{address}"})
    service.configure(allowed_origins=["https://elsewhere.example"])
    allowed = await http.post("/gc", headers={"Origin": "https://elsewhere.example"})

    assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin")
    assert "https://elsewhere.example is not in the setting session.allowed_origins." in refused.json()["error"]
    assert (own.status_code, allowed.status_code) == (200, 200)


async def test_garbage_is_not_collected_by_a_link(http: httpx.AsyncClient) -> None:
    assert (await http.get("/gc")).status_code == 405


async def test_metrics_count_what_a_session_does(http: httpx.AsyncClient, address: str) -> None:
    async with connect(f"ws://{address}/ws") as socket:
        await socket.send(json.dumps({"text": "one two", "flush": True}))
        while "final" not in json.loads(await socket.recv()):
            pass
        open_session = await scraped(http)
        await socket.send("{")
        await socket.recv()
    samples = await scraped(http)

    assert open_session["kokoro_serve_sessions", ""] == 1
    assert ("kokoro_serve_sessions", "") not in samples
    assert samples["kokoro_serve_requests_total", "native"] == 1
    assert samples["kokoro_serve_requests_ended_total", "spoken"] == 1
    assert samples["kokoro_serve_characters_total", "native"] == len("one two")
    assert samples["kokoro_serve_sent_audio_seconds_total", "native"] == pytest.approx(0.2)
    assert samples["kokoro_serve_first_chunk_seconds_count", "native"] == 1
    assert samples["kokoro_serve_errors_total", "bad_message"] == 1


@pytest.mark.parametrize("known", ["overloaded", "unknown_voice", "not_found"])
async def test_errors_over_http_are_counted_by_their_code(
    http: httpx.AsyncClient, service: FakeService, known: str
) -> None:
    service.speech.fail(0, 0, Overloaded("The service is busy."))
    body = {"text": "one", "voice": "nobody" if known == "unknown_voice" else "af_heart"}

    response = await (http.get("/nothing") if known == "not_found" else http.post("/synth_wav", json=body))

    assert response.json()["code"] == known
    assert (await scraped(http))["kokoro_serve_errors_total", known] == 1


async def test_a_session_too_many_is_counted(http: httpx.AsyncClient, address: str, service: FakeService) -> None:
    service.configure(max_sessions=1)
    async with connect(f"ws://{address}/ws"), connect(f"ws://{address}/ws") as refused:
        await refused.wait_closed()
        samples = await scraped(http)

    assert samples["kokoro_serve_errors_total", "too_many_sessions"] == 1
    assert samples["kokoro_serve_sessions", ""] == 1


async def test_the_history_is_what_the_watch_saw(http: httpx.AsyncClient, service: FakeService) -> None:
    before = (await http.get("/stats/history")).json()
    watch = asyncio.create_task(service.monitor.watch())
    while not service.monitor.history().points:
        await asyncio.sleep(0)
    watch.cancel()

    found = (await http.get("/stats/history")).json()
    later = (await http.get("/stats/history", params={"after": found["points"][-1]["at_s"]})).json()
    wrong = await http.get("/stats/history", params={"after": "yesterday"})

    assert before == {"window_s": 300.0, "period_s": 2.0, "points": []}
    [point] = found["points"]
    assert point["memory_mb"] == {"Ingress": 100.0, "Kokoro": 900.0}
    assert later["points"] == []
    assert wrong.status_code == 422
