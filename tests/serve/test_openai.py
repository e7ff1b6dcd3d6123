"""What Kokoro-FastAPI's users ask of OpenAI's paths, of the real model."""

from __future__ import annotations

import base64
import json

import httpx
import numpy as np
import pytest

from tests.cluster import Service

TEXT = "The kettle was still warm. Please come back from the garden."


def pcm_of(service: Service, voice: str) -> np.ndarray:
    body = {"model": "kokoro", "input": TEXT, "voice": voice, "response_format": "pcm"}
    answer = httpx.post(f"{service.url}/v1/audio/speech", json=body, timeout=60).raise_for_status()
    return np.frombuffer(answer.content, "<i2")


def test_a_blend_is_a_voice_of_its_own(service: Service) -> None:
    blend, bella = pcm_of(service, "af_bella(2)+bm_george(1)"), pcm_of(service, "af_bella")
    assert 2 < len(blend) / 24_000 < 8
    assert np.abs(blend).max() > 3_000
    assert len(blend) != len(bella), "its rhythm lies between those of its parts"


@pytest.mark.parametrize("stream", [True, False])
def test_captions_have_every_word_in_its_time(service: Service, stream: bool) -> None:
    body = {"input": TEXT, "voice": "af_heart", "response_format": "pcm", "stream": stream}
    answer = httpx.post(f"{service.url}/dev/captioned_speech", json=body, timeout=60).raise_for_status()
    parts = [json.loads(line) for line in answer.text.splitlines()]
    seconds = sum(len(base64.b64decode(part["audio"])) for part in parts) / 2 / 24_000
    words = [word for part in parts for word in part["timestamps"]]
    assert [word["word"] for word in words] == TEXT.split()
    edges = [edge for word in words for edge in (word["start_time"], word["end_time"])]
    assert edges == sorted(edges)
    assert 0 <= edges[0] < edges[-1] <= seconds
    assert edges[-1] > seconds / 2
