"""What ElevenLabs' two WebSockets have in common: how they open, refuse, read, send and end."""

from __future__ import annotations

import asyncio
import logging
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.api.auth import Caller, caller_of_socket
from app.api.elevenlabs.context import Context, ContextFailed, ContextRequest
from app.api.elevenlabs.messages import ClientMessage, as_json, error_message, parse_message
from app.api.elevenlabs.request import (
    check_socket_model,
    format_of,
    normalize_of,
    seed_of,
)
from app.api.errors import ApiError, not_ready, quoted
from app.api.languages import asked_language
from app.api.limits import LimitedSpeech, limited_speech
from app.api.service import Service, service_of
from app.api.sockets import NORMAL_CLOSURE, POLICY_VIOLATION, Closing, Incoming, close, gone_away, session_place
from app.api.voices import resolve_voice
from app.events import Options, SessionError

logger = logging.getLogger(__name__)

CLOSE_AFTER_ERROR_S = 0.8
"""Between an error and the close, as ElevenLabs has it: a client that has not begun to read loses the error where the
close comes at once."""
DEFAULT_INACTIVITY_S, MAX_INACTIVITY_S = 20.0, 180.0

Fault = ApiError | SessionError | ContextFailed


class Connection(ABC):
    """A WebSocket with contexts: one task reads, and each context has one that sends."""

    dialect: str
    """One of ``app.metrics.DIALECTS``."""

    def __init__(
        self, websocket: WebSocket, service: Service, incoming: Incoming, caller: Caller, asked: ContextRequest
    ) -> None:
        self._websocket = websocket
        self._service = service
        self._incoming = incoming
        self._caller = caller
        self._asked = asked
        self._speeches: dict[Context, LimitedSpeech] = {}
        """Of the contexts that have not ended."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished = asyncio.Event()
        self._fault: Fault | None = None
        self._is_leaving = False
        """Whether the server ends, and with it what the client has not flushed."""
        incoming.is_speaking = lambda: any(speech.is_speaking() for speech in self._speeches.values())

    async def run(self) -> None:
        """Returns when all is said or the client has left, and nothing runs any more.

        Raises:
            ApiError: what ends the connection, as do the next two.
            SessionError: see ``ApiError``.
            ContextFailed: see ``ApiError``.
            Closing: a limit of the connection was reached.
        """
        reading, finishing = asyncio.create_task(self._read()), asyncio.create_task(self._finished.wait())
        leaving = asyncio.create_task(self._leave_when_told())
        try:
            await asyncio.wait({reading, finishing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tasks = {reading, finishing, leaving, *self._tasks}
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            for context in list(self._speeches):
                await context.aclose()
        if not reading.cancelled():
            reading.result()
        if not leaving.cancelled():
            leaving.result()
        if self._fault is not None:
            raise self._fault
        if self._is_leaving:
            raise gone_away()
        if self._finished.is_set():
            await close(self._websocket, NORMAL_CLOSURE)

    @abstractmethod
    async def _take(self, message: ClientMessage) -> None:
        """Takes a message; raises an ``ApiError`` that ends the connection."""

    @abstractmethod
    async def _leave(self) -> None:
        """Closes all contexts: what was flushed is spoken, and ``_finished`` is set after it."""

    @abstractmethod
    async def _send_message(self, name: str, message: dict[str, Any]) -> None:
        """Sends a message of sound of a context."""

    @abstractmethod
    async def _send_end(self, name: str, fault: Fault | None) -> None:
        """Says that a context has ended, and why where it failed. Nothing comes of it any more."""

    def _open(self, name: str, after: asyncio.Task[None] | None = None) -> tuple[Context, asyncio.Task[None]]:
        """A new context, which sends nothing before another task has ended."""
        speech = limited_speech(self._websocket, self._caller)
        context = Context(self._asked, self._service, speech, self.dialect)
        self._speeches[context] = speech
        task = asyncio.create_task(self._speak(name, context, after))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return context, task

    async def _take_into(self, context: Context, message: ClientMessage) -> None:
        try:
            await context.take(message)
        except SessionError as error:
            await context.fail(ContextFailed(error.code, str(error)))

    async def _leave_when_told(self) -> None:
        await self._service.drain.reaches_session()
        self._is_leaving = True
        await self._leave()
        await self._service.drain.runs_out()
        raise gone_away()

    async def _send(self, message: Mapping[str, Any]) -> None:
        if "error" in message:
            self._service.metrics.errors.labels(message["error"]).inc()
        await self._websocket.send_text(as_json(message))

    async def _read(self) -> None:
        async for raw in self._incoming:
            await self._take(parse_message(raw))

    async def _speak(self, name: str, context: Context, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            await asyncio.wait({after})
        with suppress(WebSocketDisconnect):
            await self._send_end(name, await self._speak_out(name, context))

    async def _speak_out(self, name: str, context: Context) -> Fault | None:
        """Sends what a context has to say; returns why it did not come to its end, if it did not."""
        try:
            async for message in context.messages():
                await self._send_message(name, message)
        except (ContextFailed, SessionError) as error:
            return error
        except WebSocketDisconnect:
            raise
        except Exception:
            logger.exception("a context failed")
            return ContextFailed("internal_error", "The server failed on this text.")
        finally:
            await context.aclose()
            self._speeches.pop(context, None)
        return None


async def serve(websocket: WebSocket, voice_id: str, kind: type[Connection]) -> None:
    """One connection, from the handshake to the close.

    Args:
        voice_id: of the path.
        kind: which of the two protocols.
    """
    service = service_of(websocket)
    try:
        check_socket_model(websocket.query_params.get("model_id"))
    except ApiError as error:
        await _deny(websocket, error)
        return
    await websocket.accept()
    try:
        with session_place(websocket):
            await _serve(websocket, voice_id, kind, service)
    except Closing as closing:
        service.metrics.errors.labels(closing.code).inc()
        await close(websocket, closing.close_code, str(closing))


async def _serve(websocket: WebSocket, voice_id: str, kind: type[Connection], service: Service) -> None:
    incoming = Incoming(websocket)
    try:
        caller = await caller_of_socket(websocket, incoming)
        asked = _asked_by(websocket, voice_id, service)
        await kind(websocket, service, incoming, caller, asked).run()
    except WebSocketDisconnect:
        return
    except (ApiError, SessionError, ContextFailed) as error:
        with suppress(WebSocketDisconnect):
            await websocket.send_text(as_json(error_of(error)))
            await asyncio.sleep(CLOSE_AFTER_ERROR_S)
        raise Closing(POLICY_VIOLATION, error.code, str(error)) from None


def error_of(fault: Fault) -> dict[str, Any]:
    """The message that tells of a fault."""
    return error_message(fault.code, str(fault), POLICY_VIOLATION, getattr(fault, "retry_after_s", None))


def _asked_by(websocket: WebSocket, voice_id: str, service: Service) -> ContextRequest:
    query = websocket.query_params
    if not service.voices:
        raise not_ready()
    try:
        voice = resolve_voice(voice_id, service)
    except ApiError as error:
        hint = str(error) if error.code == "bad_blend" else "GET /v1/voices lists those that do."
        sentence = f"A voice with voice_id {quoted(voice_id)} does not exist. {hint}"
        raise ApiError("voice_id_does_not_exist", sentence) from None
    return ContextRequest(
        Options(
            voice=voice,
            seed=seed_of(query.get("seed")),
            normalize=normalize_of(query.get("apply_text_normalization")),
            language=asked_language(query.get("language_code")),
            ssml=_is_true(query.get("enable_ssml_parsing")),
        ),
        format_of(query.get("output_format")),
        auto_mode=_is_true(query.get("auto_mode")),
        sync_alignment=_is_true(query.get("sync_alignment")),
        inactivity_s=_inactivity_s(query.get("inactivity_timeout")),
    )


def _is_true(value: str | None) -> bool:
    return value is not None and value.lower() in ("true", "1")


def _inactivity_s(value: str | None) -> float:
    try:
        seconds = float(value or DEFAULT_INACTIVITY_S)
    except ValueError:
        return DEFAULT_INACTIVITY_S
    return DEFAULT_INACTIVITY_S if math.isnan(seconds) else min(max(seconds, 1.0), MAX_INACTIVITY_S)


async def _deny(websocket: WebSocket, error: ApiError) -> None:
    """Answers the handshake itself with an error."""
    service_of(websocket).metrics.errors.labels(error.code).inc()
    detail = {"type": "validation_error", "code": error.code, "message": str(error), "status": error.code}
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        await websocket.send_denial_response(JSONResponse({"detail": detail}, HTTPStatus.BAD_REQUEST))
    else:
        await websocket.close(POLICY_VIOLATION, str(error))
