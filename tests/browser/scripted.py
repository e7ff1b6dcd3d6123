"""The server's side of the page's WebSockets, in the hands of a test."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

from playwright.async_api import Page, WebSocketRoute

PATIENCE_S = 15

HURRY = """(() => {
  const later = setTimeout;
  window.setTimeout = (act, ms, ...rest) => later(act, Math.min(ms, 50), ...rest);
})();"""
"""A script that makes every pause of the page a short one."""


class ScriptedServer:
    """Takes the page's WebSockets in place of the service."""

    def __init__(self) -> None:
        self._sockets: asyncio.Queue[ScriptedSocket] = asyncio.Queue()

    async def install(self, page: Page) -> None:
        await page.route_web_socket("**/ws", lambda route: self._sockets.put_nowait(ScriptedSocket(route)))

    async def accepted(self) -> ScriptedSocket:
        """The next WebSocket that the page opens."""
        return await asyncio.wait_for(self._sockets.get(), PATIENCE_S)


class ScriptedSocket:
    """One WebSocket."""

    def __init__(self, route: WebSocketRoute) -> None:
        self._route = route
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        route.on_message(lambda message: self._messages.put_nowait(json.loads(message)))

    async def received(self) -> dict[str, Any]:
        """The next message of the page."""
        return await asyncio.wait_for(self._messages.get(), PATIENCE_S)

    def send(self, **frame: Any) -> None:
        self._route.send(json.dumps(frame))

    def speak(self, text: str, *, ms: int = 200, rate_hz: int, final: bool = True, value: int = 1) -> None:
        """One chunk with a whole text at its beginning, and its seed, 7.

        Args:
            text: its characters.
            ms: how long it is.
            rate_hz: as the page asked for it.
            final: whether its flush ends with it.
            value: of each sample.
        """
        nothing = [0] * len(text)
        self.send(
            audio=base64.b64encode(value.to_bytes(2, "little") * (rate_hz * ms // 1000)).decode(),
            alignment={"chars": [*text], "char_start_times_ms": nothing, "char_durations_ms": nothing, "offset_ms": 0},
            flush_index=0,
            meta={"first_chunk_ms": 5.0, "seed": 7, "utterance_id": "u"},
            final=final,
        )

    async def close(self, code: int, reason: str = "") -> None:
        await self._route.close(code=code, reason=reason)
