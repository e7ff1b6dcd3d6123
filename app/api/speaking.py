"""One text over HTTP, whatever the dialect: spoken as fast as it can be made, given up when its client leaves."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, TypeVar
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.admission import Limit
from app.api.auth import Caller
from app.api.errors import ApiError, ClientLeft
from app.api.limits import limited_speech
from app.api.service import service_of
from app.audio.encode import StreamEncoder
from app.audio.formats import AudioFormat
from app.audio.wav import write_wav
from app.events import ChunkReady, FlushFailed, Options
from app.logs import name_task
from app.messages import SpeechChunk
from app.session import Session

Result = TypeVar("Result")

NO_SOUND = "Nothing of this text can be spoken: emoji, marks alone and scripts other than Latin have no sound."


async def speech_of(
    request: Request, caller: Caller, text: str, options: Options, dialect: str
) -> AsyncGenerator[SpeechChunk, None]:
    """Speaks one text and yields its chunks. Closing this gives the text up.

    Args:
        request: whose place it takes among ``session.max_http_requests`` until this is closed.
        caller: whose limits hold.
        text: checked already; without a sound in it the only chunk is empty.
        options: the voice is one that exists.
        dialect: one of ``app.metrics.DIALECTS``.

    Raises:
        ApiError: before the first chunk or between two of them, when it cannot be spoken.
        SessionError: for a text that is longer than a session may hold.
    """
    name_task(session=uuid4().hex)
    service = service_of(request)
    limit: Limit = request.app.state.request_limit
    with limit.place() as admitted:
        if not admitted:
            raise ApiError("overloaded", f"All {limit.open} places are taken; try again in a moment.")
        session = Session(
            limited_speech(request, caller),
            lambda: service.settings.session,
            service.metrics.dialect(dialect),
            paced=False,
        )
        try:
            await session.act(options=options, text=text, flush=True, end=True)
            async for event in session.events():
                if isinstance(event, FlushFailed):
                    raise ApiError(event.code, event.message, event.retry_after_s)
                if isinstance(event, ChunkReady):
                    yield event.chunk
        finally:
            await session.aclose()


async def encoded_speech_of(
    request: Request, caller: Caller, text: str, options: Options, audio_format: AudioFormat, dialect: str
) -> AsyncGenerator[tuple[bytes, SpeechChunk | None], None]:
    """Speaks one text in a format: the bytes that came out of the encoder with each chunk, and in the end what it had
    left, without one. Closing this gives the text up.

    Args:
        request: see ``speech_of``, as for the other ones.
        caller: whose limits hold.
        text: checked already.
        options: the sample rate is that of the format.
        audio_format: of the whole answer.
        dialect: one of ``app.metrics.DIALECTS``.

    Raises:
        ApiError: as of ``speech_of``, and ``empty_text`` where the text has no sound.
    """
    encoder, has_sound = StreamEncoder(audio_format), False
    options = replace(options, sample_rate_hz=audio_format.sample_rate_hz)
    try:
        async with aclosing(speech_of(request, caller, text, options, dialect)) as chunks:
            async for chunk in chunks:
                has_sound = has_sound or bool(chunk.pcm)
                yield await encoder.push(chunk.pcm), chunk
        if not has_sound:
            raise ApiError("empty_text", NO_SOUND)
        yield await encoder.finish(), None
    finally:
        encoder.close()


async def whole(
    parts: AsyncGenerator[tuple[bytes, SpeechChunk | None], None], audio_format: AudioFormat
) -> tuple[bytes, list[SpeechChunk]]:
    """All of a text: its file and its chunks.

    Args:
        parts: of ``encoded_speech_of``; closed at the end.
        audio_format: what they are made in.

    Raises:
        ApiError: as of ``encoded_speech_of``.
    """
    async with aclosing(parts):
        told = [part async for part in parts]
    chunks = [chunk for _, chunk in told if chunk is not None]
    if audio_format.codec == "wav":
        # A streamed WAV file cannot say how long it is; a whole one can.
        file = io.BytesIO()
        write_wav(file, b"".join(chunk.pcm for chunk in chunks), audio_format.sample_rate_hz)
        return file.getvalue(), chunks
    return b"".join(audio for audio, _ in told), chunks


def check_text(text: str, max_characters: int) -> None:
    """Refuses what can be seen to be no text for one request.

    Raises:
        ApiError: ``empty_text`` or ``text_too_long``.
    """
    if not text.strip():
        raise ApiError("empty_text", "There is no text to speak.")
    if len(text) > max_characters:
        raise ApiError(
            "text_too_long",
            f"A text may have {max_characters:,} characters and this one has {len(text):,}: send it in parts.",
        )


async def while_client_stays(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """The result of some work, which is cancelled when the client leaves.

    Raises:
        ClientLeft: when it did.
    """
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_client_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientLeft
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.wait({working, leaving})


async def streamed(
    request: Request, pieces: AsyncGenerator[bytes, None], media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A response that begins with the first piece, so that an error before it still has its status.

    An error after that breaks the connection off: a client must not take a part for the whole.
    """
    try:
        first = await while_client_stays(request, _first(pieces))
    except BaseException:
        await pieces.aclose()
        raise
    return StreamingResponse(_rest(first, pieces), headers=headers, media_type=media_type)


async def _first(pieces: AsyncGenerator[bytes, None]) -> bytes:
    async for piece in pieces:
        if piece:
            return piece
    return b""


async def _rest(first: bytes, pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    try:
        yield first
        async for piece in pieces:
            if piece:
                yield piece
    finally:
        await pieces.aclose()


async def _client_left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
