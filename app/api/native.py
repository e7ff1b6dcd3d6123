"""The project's own WebSocket dialect, ``/ws``: JSON text frames both ways."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from http import HTTPStatus

from fastapi import APIRouter, WebSocket
from pydantic import ValidationError
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocketState
from typing_extensions import NotRequired, TypedDict

from app.admission import Limit
from app.api.errors import ApiError, not_ready, wrong_shape
from app.api.options import OptionFields, options_in_query
from app.api.origins import check_origin
from app.api.service import Service, service_of
from app.messages import SpeechChunk
from app.session import Cancelled, ChunkReady, Ended, FlushFailed, FlushMeta, Session, SessionError

logger = logging.getLogger(__name__)

NORMAL_CLOSURE = 1000
POLICY_VIOLATION = 1008
INTERNAL_ERROR = 1011
TRY_AGAIN_LATER = 1013
TOO_MANY_SESSIONS = "too_many_sessions"

router = APIRouter()


class ClientMessage(OptionFields):
    """Anything a client says. Its parts act in this order: cancel, the options, text, flush, end."""

    cancel: bool = False
    text: str = ""
    flush: bool = False
    end: bool = False


class AlignmentPart(TypedDict):
    """The characters that begin in a chunk and when, in ms from its start; ``offset_ms`` is where it starts itself."""

    chars: list[str]
    char_start_times_ms: list[int]
    char_durations_ms: list[int]
    offset_ms: float


class MetaPart(TypedDict):
    """What is told once in a flush."""

    first_chunk_ms: float
    seed: int
    utterance_id: str


class ChunkFrame(TypedDict):
    """A stretch of sound; the last one of a flush is ``final`` and may be empty."""

    audio: str
    alignment: AlignmentPart
    flush_index: int
    meta: NotRequired[MetaPart]
    final: NotRequired[bool]


class ErrorFrame(TypedDict):
    """With ``flush_index`` the end of that flush, with ``message_index`` the answer to a message that changed nothing;
    with neither of them an option of the URL is wrong."""

    error: str
    code: str
    flush_index: NotRequired[int]
    message_index: NotRequired[int]


class CancelledFrame(TypedDict):
    """The answer to a cancel."""

    cancelled: bool


ServerFrame = ChunkFrame | ErrorFrame | CancelledFrame


@router.websocket("/ws")
async def speak(websocket: WebSocket) -> None:
    """One session, from the handshake to the close."""
    limit: Limit = websocket.app.state.session_limit
    service = service_of(websocket)
    # Accepted before it is refused: a browser tells its page nothing of a handshake that failed.
    await websocket.accept()
    try:
        check_origin(websocket)
    except ApiError as error:
        service.metrics.errors.labels(error.code).inc()
        await websocket.close(POLICY_VIOLATION, str(error))
        return
    with limit.place() as admitted:
        if admitted:
            await _Connection(websocket, service).run()
        else:
            service.metrics.errors.labels(TOO_MANY_SESSIONS).inc()
            await websocket.close(TRY_AGAIN_LATER, f"All {limit.open} sessions are taken; try again later.")


@router.get("/ws", include_in_schema=False)
async def not_a_websocket() -> None:
    """What a handshake comes to when its headers were lost on the way, or that was none."""
    raise HTTPException(
        HTTPStatus.UPGRADE_REQUIRED,
        "This path is a WebSocket: open it with ws:// or wss://. If you did, a proxy on the way drops the headers "
        "Upgrade and Connection",
        {"Upgrade": "websocket"},
    )


class _Connection:
    """A session behind a WebSocket: one task reads, since a disconnect is seen nowhere else, and one sends."""

    def __init__(self, websocket: WebSocket, service: Service) -> None:
        self._websocket = websocket
        self._service = service
        metrics = service.metrics.dialect("native")
        self._session = Session(service.speech, lambda: service.settings.session, metrics)
        self._query: QueryParams | None = websocket.query_params

    async def run(self) -> None:
        """Returns when the session has ended or the client has left, and nothing of it runs any more."""
        tasks = {asyncio.create_task(self._read()), asyncio.create_task(self._write())}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await self._session.aclose()
            await asyncio.wait(tasks)
        failures = [error for task in tasks if not task.cancelled() and (error := task.exception())]
        if failures and self._is_open():
            logger.error("a session failed", exc_info=failures[0])
            await self._websocket.close(INTERNAL_ERROR, "The server failed in this session.")

    def _is_open(self) -> bool:
        states = self._websocket.client_state, self._websocket.application_state
        return states == (WebSocketState.CONNECTED, WebSocketState.CONNECTED)

    async def _read(self) -> None:
        index = 0
        while (message := await self._websocket.receive())["type"] != "websocket.disconnect":
            try:
                await self._take(message.get("text"))
            except (ApiError, SessionError) as error:
                await self._send_error_frame(ErrorFrame(error=str(error), code=error.code, message_index=index))
            index += 1

    async def _write(self) -> None:
        async for event in self._session.events():
            if isinstance(event, ChunkReady):
                await self._send(_chunk_frame(event))
            elif isinstance(event, FlushFailed):
                frame = ErrorFrame(error=event.message, code=event.code, flush_index=event.flush_index)
                await self._send_error_frame(frame)
            elif isinstance(event, Cancelled):
                await self._send(CancelledFrame(cancelled=True))
            elif isinstance(event, Ended):
                await self._websocket.close(NORMAL_CLOSURE)

    async def _take(self, text: str | None) -> None:
        voices = self._service.voices
        if not voices:
            raise not_ready()
        await self._take_query(voices)
        message = _parse(text)
        options = message.applied_to(self._session.options, voices)
        await self._session.act(
            cancel=message.cancel, options=options, text=message.text, flush=message.flush, end=message.end
        )

    async def _take_query(self, voices: tuple[str, ...]) -> None:
        """Takes the URL's options with the first message, since the server says nothing before it is spoken to."""
        query, self._query = self._query, None
        for found in options_in_query(query or {}):
            try:
                if isinstance(found, ApiError):
                    raise found
                await self._session.act(options=found.applied_to(self._session.options, voices))
            except ApiError as error:
                await self._send_error_frame(ErrorFrame(error=str(error), code=error.code))

    async def _send_error_frame(self, frame: ErrorFrame) -> None:
        self._service.metrics.errors.labels(frame["code"]).inc()
        await self._send(frame)

    async def _send(self, frame: ServerFrame) -> None:
        # Starlette's send_json writes UTF-8, which a lone surrogate in the text would break; this writes ASCII.
        await self._websocket.send_text(json.dumps(frame, separators=(",", ":")))


def _parse(text: str | None) -> ClientMessage:
    whole = "A message must be a JSON object in a text frame."
    try:
        return ClientMessage.model_validate(json.loads(text or ""))
    except ValidationError as error:
        raise wrong_shape(error.errors(), whole) from None
    except (ValueError, RecursionError):
        raise ApiError("bad_message", whole) from None


def _chunk_frame(event: ChunkReady) -> ChunkFrame:
    frame = ChunkFrame(
        audio=base64.b64encode(event.chunk.pcm).decode("ascii"),
        alignment=_alignment_part(event.chunk),
        flush_index=event.flush_index,
    )
    if event.meta is not None:
        frame["meta"] = _meta_part(event.meta)
    if event.chunk.final:
        frame["final"] = True
    return frame


def _alignment_part(chunk: SpeechChunk) -> AlignmentPart:
    # A character that begins with its chunk may come out a rounded millisecond before it.
    starts_ms = [max(0, round(start_ms - chunk.start_ms)) for start_ms in chunk.alignment.start_ms]
    return AlignmentPart(
        chars=list(chunk.alignment.characters),
        char_start_times_ms=starts_ms,
        char_durations_ms=list(chunk.alignment.duration_ms),
        offset_ms=round(chunk.start_ms, 3),
    )


def _meta_part(meta: FlushMeta) -> MetaPart:
    return MetaPart(first_chunk_ms=round(meta.first_chunk_ms, 1), seed=meta.seed, utterance_id=meta.utterance_id)
