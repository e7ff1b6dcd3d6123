"""What ElevenLabs' WebSockets need of Ray's proxy."""

from __future__ import annotations

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.cluster import Service


def test_a_handshake_is_refused_in_plain_http(service: Service) -> None:
    url = service.url.replace("http", "ws", 1)
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{url}/v1/text-to-speech/af_heart/multi-stream-input?model_id=eleven_v3").close()
    assert refused.value.response.status_code in (400, 403)
