"""Keys of a real service: what they open, and that they reach no log of Ray's."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from ray._private.worker import global_worker
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from app.keys import hash_of, new_key
from app.settings import KeyEntry
from tests.cluster import Service, eventually

TEXT = {"text": "A key for this."}


@pytest.fixture
def key(service: Service) -> Iterator[str]:
    """An admin key, without which the service does nothing meanwhile."""
    key = new_key()
    with service.locked(KeyEntry(name="tester", hash=hash_of(key), admin=True)):
        yield key


def logged() -> str:
    """All that this cluster's processes have written to their logs and their output."""
    session = Path(global_worker.node.get_session_dir_path())
    files = [path for path in session.rglob("*") if path.is_file() and "sockets" not in path.parts]
    assert len(files) > 10
    return "\n".join(path.read_text("utf-8", "replace") for path in files)


async def test_keys_reach_no_log_whichever_way_they_came(service: Service, key: str) -> None:
    wrong, last = f"wrong-{uuid.uuid4().hex}", f"last-{uuid.uuid4().hex}"
    async with httpx.AsyncClient(base_url=service.url, timeout=60) as http:
        for name in ("xi-api-key", "authorization", "single_use_token"):
            assert (await http.post(f"/synth_wav?{name}={key}", json=TEXT)).status_code == 200
            assert (await http.post(f"/synth_wav?{name}={wrong}", json=TEXT)).status_code == 401
        assert (await http.post("/synth_wav", json=TEXT, headers={"xi-api-key": key})).status_code == 200
        assert (await http.post(f"/synth_wav?xi-api-key={key}", json=[])).status_code == 422
        assert (await http.get(f"/nothing?xi-api-key={key}")).status_code == 404
        assert (await http.get(f"/ws?xi-api-key={key}")).status_code == 426
        assert key not in (await http.get(f"/metrics?xi-api-key={key}")).text
        for query, first in [(f"?xi-api-key={key}", {}), (f"?authorization={wrong}", {}), ("", {"xi-api-key": key})]:
            async with connect(service.ws + query) as socket:
                with suppress(ConnectionClosed):  # where the key in the handshake is wrong
                    await socket.send(json.dumps({**first, **TEXT, "end": True}))
                await socket.wait_closed()
        await http.get(f"/health?xi-api-key={key}", headers={"x-request-id": last})

    await eventually(lambda: last in logged())
    written = logged()
    assert "/synth_wav" in written, "requests are logged"
    assert key not in written
    assert wrong not in written


async def test_what_is_for_operators_wants_an_admin_key(service: Service, key: str) -> None:
    async with httpx.AsyncClient(base_url=service.url, timeout=60) as http:
        for method, path in [("GET", "/stats"), ("GET", "/stats/history"), ("GET", "/metrics"), ("POST", "/gc")]:
            assert (await http.request(method, path)).status_code == 401
            assert (await http.request(method, path, headers={"Authorization": f"Bearer {key}"})).status_code == 200
        assert (await http.get("/health")).json()["ok"]


async def test_a_body_over_the_limit_is_refused_on_its_way_in(service: Service) -> None:
    async with httpx.AsyncClient(base_url=service.url, timeout=60) as http:
        refused = await http.post("/synth_wav", json={"text": "x" * 2_000_000})
    assert (refused.status_code, refused.json()["code"]) == (413, "request_entity_too_large")
    assert service.is_healthy()
