"""What holds for the WebSockets of every dialect: who gets a place, how long it lasts, and how it is closed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from app.admission import Limit
from app.api.errors import ApiError
from app.api.origins import check_origin
from app.api.service import service_of
from app.drain import GOING_AWAY as GOING_AWAY_SENTENCE
from app.logs import name_task

logger = logging.getLogger(__name__)

NORMAL_CLOSURE = 1000
"""All that was asked for was said."""
GOING_AWAY = 1001
"""The server ends it and the client may come again at once: with 1000 it would take the rest for said, and 1008 says
that the same would be refused again."""
POLICY_VIOLATION = 1008
MESSAGE_TOO_BIG = 1009
INTERNAL_ERROR = 1011
SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013

RETRY_AFTER_S = 5
"""Where all sessions are taken: they last, so that a place is seldom free at once."""
MAX_REASON_BYTES = 123
"""What fits into a close frame beside its code."""
LOOK_EVERY_S = 60.0
"""How often a silent session is looked at: by then at the latest a changed setting holds for it."""
IDLE_LOOKS = 10
"""Looks within the time that a session may be idle, which so is kept to a tenth."""


class Closing(Exception):
    """The server ends a WebSocket.

    Args:
        close_code: for the close frame.
        code: a word that programs can tell it by.
        sentence: what is wrong and what to do, for the user; also the reason in the close frame.
    """

    def __init__(self, close_code: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.close_code = close_code
        self.code = code


def is_open(websocket: WebSocket) -> bool:
    """Whether something can be sent still."""
    states = websocket.client_state, websocket.application_state
    return states == (WebSocketState.CONNECTED, WebSocketState.CONNECTED)


async def close(websocket: WebSocket, close_code: int, sentence: str = "") -> None:
    """Closes a WebSocket that is open still, with as much of the sentence as a close frame holds."""
    if is_open(websocket):
        reason = sentence.encode("utf-8", "replace")[:MAX_REASON_BYTES].decode("utf-8", "ignore")
        await websocket.close(close_code, reason)


@contextmanager
def session_place(websocket: WebSocket) -> Iterator[None]:
    """Holds one of the ingress's sessions for as long as the block runs.

    Accept the WebSocket before: a browser tells its page nothing of a handshake that failed.

    Raises:
        Closing: ``foreign_origin``, ``going_away`` or ``too_many_sessions``, before the block runs.
    """
    try:
        check_origin(websocket)
    except ApiError as error:
        raise Closing(POLICY_VIOLATION, error.code, str(error)) from None
    if service_of(websocket).drain.is_begun:
        raise gone_away()
    limit: Limit = websocket.app.state.session_limit
    with limit.place() as admitted:
        if not admitted:
            sentence = f"All {limit.open} sessions are taken; try again in {RETRY_AFTER_S} s."
            raise Closing(TRY_AGAIN_LATER, "too_many_sessions", sentence)
        name_task(session=uuid4().hex)
        logger.info("session opened", extra={"path": websocket.url.path})
        began_at = time.monotonic()
        try:
            yield
        finally:
            logger.info("session ended", extra={"lasted_s": round(time.monotonic() - began_at, 3)})


def gone_away() -> Closing:
    """The end of a session of an ingress that ends."""
    return Closing(SERVICE_RESTART, "going_away", GOING_AWAY_SENTENCE)


class Incoming:
    """A WebSocket's messages in order, for as long as they and the session keep to the limits in the settings.

    Iterate over it: text frames come as ``str``, binary ones as ``bytes``, and it ends when the client leaves.

    Args:
        websocket: accepted.
        clock: seconds, monotonic.

    Raises:
        Closing: ``message_too_big``, ``session_too_old`` or ``session_idle``.
    """

    def __init__(self, websocket: WebSocket, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.is_speaking: Callable[[], bool] = lambda: False
        """Whether the session is at work, so that its silence is none; to be set once it is there."""
        self._websocket = websocket
        self._service = service_of(websocket)
        self._clock = clock
        self._began_at = clock()
        self._active_at = clock()
        self._kept: str | bytes | None = None

    def __aiter__(self) -> Incoming:
        return self

    async def __anext__(self) -> str | bytes:
        kept, self._kept = self._kept, None
        if kept is not None:
            return kept
        try:
            return await self._receive()
        except WebSocketDisconnect:
            raise StopAsyncIteration from None

    async def peek(self, within_s: float) -> str | bytes:
        """The first message, which the iteration begins with all the same.

        Args:
            within_s: how long the client may take for it.

        Raises:
            asyncio.TimeoutError: when it does not come in time.
            WebSocketDisconnect: when the client leaves.
            Closing: as of the iteration.
        """
        self._kept = await asyncio.wait_for(self._receive(), within_s)
        return self._kept

    async def _receive(self) -> str | bytes:
        receiving = asyncio.create_task(self._websocket.receive())
        try:
            while not receiving.done():
                await asyncio.wait({receiving}, timeout=self._time_left_s())
        finally:
            if not receiving.done():
                receiving.cancel()
                await asyncio.wait({receiving})
        message = receiving.result()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", NORMAL_CLOSURE), message.get("reason"))
        self._active_at = self._clock()
        content: str | bytes = message["text"] if message.get("text") is not None else message.get("bytes") or b""
        self._check_length(content)
        return content

    def _time_left_s(self) -> float:
        """Until something has to be looked at again."""
        settings, now = self._service.settings.session, self._clock()
        if self.is_speaking():
            self._active_at = now
        age_left_s = self._began_at + settings.max_age_s - now
        if age_left_s <= 0:
            raise Closing(
                GOING_AWAY,
                "session_too_old",
                f"A session lasts {settings.max_age_s:g} s at most (session.max_age_s): open a new one.",
            )
        left_s = min(age_left_s, LOOK_EVERY_S)
        if settings.idle_timeout_s:
            idle_left_s = self._active_at + settings.idle_timeout_s - now
            if idle_left_s <= 0:
                raise Closing(
                    GOING_AWAY,
                    "session_idle",
                    f"Nothing came and nothing was to be said for {settings.idle_timeout_s:g} s "
                    "(session.idle_timeout_s).",
                )
            # What was spoken between two looks is not seen, so there are enough of them.
            left_s = min(left_s, idle_left_s, settings.idle_timeout_s / IDLE_LOOKS)
        return left_s

    def _check_length(self, content: str | bytes) -> None:
        limit = self._service.settings.session.max_message_bytes
        # A character of UTF-8 takes at most four bytes, so that most texts need not be encoded to be measured.
        if len(content) * 4 <= limit:
            return
        length = len(content.encode("utf-8", "surrogatepass")) if isinstance(content, str) else len(content)
        if length > limit:
            raise Closing(
                MESSAGE_TOO_BIG,
                "message_too_big",
                f"A message may have {limit:,} bytes and this one has {length:,}: send the text in parts.",
            )
