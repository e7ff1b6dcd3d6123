"""The project's own WebSocket dialect, ``/ws``: JSON text frames both ways."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from http import HTTPStatus

from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocketDisconnect
from typing_extensions import NotRequired, TypedDict

from app.api.auth import caller_of_socket
from app.api.errors import ApiError, not_ready, wrong_shape
from app.api.limits import LimitedSpeech, limited_speech
from app.api.options import OptionFields, options_in_query
from app.api.service import Service, service_of
from app.api.sockets import (
    INTERNAL_ERROR,
    NORMAL_CLOSURE,
    POLICY_VIOLATION,
    Closing,
    Incoming,
    close,
    gone_away,
    is_open,
    session_place,
)
from app.events import Cancelled, ChunkReady, Ended, FlushFailed, FlushMeta, SessionError
from app.messages import SpeechChunk
from app.session import Session

logger = logging.getLogger(__name__)

router = APIRouter()

MAX_SAMPLE = 2**40
"""Further than any text goes."""


class ResumePart(BaseModel):
    """Where a text goes on whose session broke off."""

    model_config = ConfigDict(strict=True, extra="ignore")

    from_sample: int = Field(ge=0, le=MAX_SAMPLE)


class ClientMessage(OptionFields):
    """Anything a client says. Its parts act in this order: cancel, the options, text, flush, end."""

    cancel: bool = False
    text: str = ""
    flush: bool = False
    end: bool = False
    resume: ResumePart | None = None


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
    with neither of them an option of the URL is wrong, or the API key: then the server closes."""

    error: str
    code: str
    flush_index: NotRequired[int]
    message_index: NotRequired[int]
    retry_after: NotRequired[int]
    """Seconds until the same text may be spoken, where that is known."""


class CancelledFrame(TypedDict):
    """The answer to a cancel."""

    cancelled: bool


class GoingAwayFrame(TypedDict):
    """The server ends soon: what was flushed is spoken, nothing more is taken, then it closes with 1012."""

    going_away: bool
    reconnect_within_ms: int


ServerFrame = ChunkFrame | ErrorFrame | CancelledFrame | GoingAwayFrame


@router.websocket("/ws")
async def speak(websocket: WebSocket) -> None:
    """One session, from the handshake to the close."""
    service = service_of(websocket)
    await websocket.accept()
    try:
        with session_place(websocket):
            await _speak(websocket, service)
    except Closing as closing:
        service.metrics.errors.labels(closing.code).inc()
        await close(websocket, closing.close_code, str(closing))


async def _speak(websocket: WebSocket, service: Service) -> None:
    incoming = Incoming(websocket)
    try:
        caller = await caller_of_socket(websocket, incoming)
    except WebSocketDisconnect:
        return
    except ApiError as error:
        await websocket.send_json(ErrorFrame(error=str(error), code=error.code))
        raise Closing(POLICY_VIOLATION, error.code, str(error)) from None
    await _Connection(websocket, service, incoming, limited_speech(websocket, caller)).run()


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

    def __init__(self, websocket: WebSocket, service: Service, incoming: Incoming, speech: LimitedSpeech) -> None:
        self._websocket = websocket
        self._service = service
        self._incoming = incoming
        incoming.is_speaking = speech.is_speaking
        self._session = Session(speech, lambda: service.settings.session, service.metrics.dialect("native"))
        self._query: QueryParams | None = websocket.query_params

    async def run(self) -> None:
        """Returns when the session has ended or the client has left, and nothing of it runs any more.

        Raises:
            Closing: a limit of the session was reached.
        """
        tasks = {asyncio.create_task(work) for work in (self._read(), self._write(), self._leave_when_told())}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await self._session.aclose()
            await asyncio.wait(tasks)
        failures = [error for task in tasks if not task.cancelled() and (error := task.exception())]
        for failure in failures:
            if isinstance(failure, Closing):
                raise failure
        if failures and is_open(self._websocket):
            logger.error("a session failed", exc_info=failures[0])
            await close(self._websocket, INTERNAL_ERROR, "The server failed in this session.")

    async def _read(self) -> None:
        index = 0
        async for message in self._incoming:
            try:
                await self._take(message)
            except (ApiError, SessionError) as error:
                await self._send_error_frame(ErrorFrame(error=str(error), code=error.code, message_index=index))
            index += 1

    async def _write(self) -> None:
        async for event in self._session.events():
            if isinstance(event, ChunkReady):
                await self._send(_chunk_frame(event))
            elif isinstance(event, FlushFailed):
                frame = ErrorFrame(error=event.message, code=event.code, flush_index=event.flush_index)
                if event.retry_after_s is not None:
                    frame["retry_after"] = event.retry_after_s
                await self._send_error_frame(frame)
            elif isinstance(event, Cancelled):
                await self._send(CancelledFrame(cancelled=True))
            elif isinstance(event, Ended):
                if self._session.is_draining:
                    raise gone_away()
                await self._websocket.close(NORMAL_CLOSURE)

    async def _leave_when_told(self) -> None:
        drain = self._service.drain
        await drain.reaches_session()
        self._session.drain()
        left_ms = round(self._service.settings.session.drain_s * 1000)
        await self._send(GoingAwayFrame(going_away=True, reconnect_within_ms=left_ms))
        await drain.runs_out()
        raise gone_away()

    async def _take(self, raw: str | bytes) -> None:
        voices = self._service.voices
        if not voices:
            raise not_ready()
        await self._take_query(voices)
        message = _parse(raw)
        options = message.applied_to(self._session.options, voices)
        if message.resume is not None and not (message.flush or message.end):
            raise ApiError("bad_message", '"resume" goes with "flush" or "end" in the same message.')
        await self._session.act(
            cancel=message.cancel,
            options=options,
            text=message.text,
            flush=message.flush,
            end=message.end,
            from_sample=message.resume.from_sample if message.resume else 0,
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


def _parse(raw: str | bytes) -> ClientMessage:
    whole = "A message must be a JSON object in a text frame."
    try:
        return ClientMessage.model_validate(json.loads(raw if isinstance(raw, str) else ""))
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
