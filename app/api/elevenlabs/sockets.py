"""ElevenLabs' WebSockets: ``stream-input`` with one text, ``multi-stream-input`` with many contexts."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, WebSocket

from app.api.auth import Caller
from app.api.elevenlabs.connection import Connection, Fault, error_of, serve
from app.api.elevenlabs.context import Context, ContextRequest
from app.api.elevenlabs.messages import FINAL, ClientMessage
from app.api.errors import ApiError
from app.api.service import Service
from app.api.sockets import Incoming

DEFAULT_CONTEXT = "default"
"""The context of messages that name none."""

router = APIRouter()


class StreamInput(Connection):
    """One context, as long as the connection. The empty text ends it."""

    dialect = "elevenlabs"

    def __init__(
        self, websocket: WebSocket, service: Service, incoming: Incoming, caller: Caller, asked: ContextRequest
    ) -> None:
        super().__init__(websocket, service, incoming, caller, asked)
        self._context, _ = self._open(DEFAULT_CONTEXT)
        self._is_cut = False
        """Whether the context was closed before its client had ended it."""

    async def _take(self, message: ClientMessage) -> None:
        if self._context.is_closing:
            return
        if message.close_socket or (message.text == "" and not message.flush):
            await self._context.end()
        else:
            await self._take_into(self._context, message)

    async def _send_message(self, name: str, message: dict[str, Any]) -> None:
        await self._send(message)

    async def _send_end(self, name: str, fault: Fault | None) -> None:
        self._fault = fault
        if fault is None and not self._is_cut:
            await self._send(FINAL)
        self._finished.set()

    async def _leave(self) -> None:
        if not self._context.is_closing:
            self._is_cut = True
            await self._context.close()


class MultiStreamInput(Connection):
    """Many contexts, each with a name of the client's choice, that come and go."""

    dialect = "elevenlabs_multi"

    def __init__(
        self, websocket: WebSocket, service: Service, incoming: Incoming, caller: Caller, asked: ContextRequest
    ) -> None:
        super().__init__(websocket, service, incoming, caller, asked)
        self._contexts: dict[str, tuple[Context, asyncio.Task[None]]] = {}
        self._is_closing = False
        self._cut: set[str] = set()
        """Names of contexts that were closed before their client had."""

    async def _take(self, message: ClientMessage) -> None:
        if self._is_closing:
            return
        if message.close_socket:
            await self._close_all()
        elif message.text == "" and message.context_id is None and not (message.flush or message.close_context):
            for context, _ in self._contexts.values():
                context.keep_alive()
        else:
            await self._take_for(message.context_id or DEFAULT_CONTEXT, message)

    async def _take_for(self, name: str, message: ClientMessage) -> None:
        context, task = self._contexts.get(name, (None, None))
        if context is None or context.is_closing:
            if not message.text:
                return
            context = self._new_context(name, task)
        await self._take_into(context, message)
        if message.close_context and not context.is_closing:
            await context.close()

    def _new_context(self, name: str, before: asyncio.Task[None] | None) -> Context:
        """A context; one of the same name that is at its end still is spoken before."""
        limit = self._service.settings.elevenlabs.max_contexts
        if sum(not context.is_closing for context, _ in self._contexts.values()) >= limit:
            raise ApiError(
                "max_active_conversations",
                f"Maximum simultaneous contexts per WebSocket connection exceeded ({limit}). Please close an existing "
                "context before opening a new one.",
            )
        self._contexts[name] = self._open(name, before)
        return self._contexts[name][0]

    async def _leave(self) -> None:
        self._cut = {name for name, (context, _) in self._contexts.items() if not context.is_closing}
        await self._close_all()

    async def _close_all(self) -> None:
        self._is_closing = True
        for context, _ in list(self._contexts.values()):
            if not context.is_closing:
                await context.close()
        self._finish()

    def _finish(self) -> None:
        if self._is_closing and not self._contexts:
            self._finished.set()

    async def _send_message(self, name: str, message: dict[str, Any]) -> None:
        del message["isFinal"]
        await self._send({**message, "contextId": name})

    async def _send_end(self, name: str, fault: Fault | None) -> None:
        if fault is not None:
            await self._send({**error_of(fault), "contextId": name})
        if name not in self._cut:
            await self._send({"audio": None, "isFinal": True, "contextId": name})
        _, task = self._contexts[name]
        if task is asyncio.current_task():
            del self._contexts[name]
        self._finish()


@router.websocket("/text-to-speech/{voice_id}/stream-input")
@router.websocket("/v1/text-to-speech/{voice_id}/stream-input")
async def stream_input(websocket: WebSocket, voice_id: str) -> None:
    """One text that comes in parts."""
    await serve(websocket, voice_id, StreamInput)


@router.websocket("/text-to-speech/{voice_id}/multi-stream-input")
@router.websocket("/v1/text-to-speech/{voice_id}/multi-stream-input")
async def multi_stream_input(websocket: WebSocket, voice_id: str) -> None:
    """Many texts, side by side or one after the other."""
    await serve(websocket, voice_id, MultiStreamInput)
