"""Calls from one deployment to the next, in the words of ``app.messages``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any, cast

from ray.exceptions import RayActorError, RayTaskError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError
from ray.serve.handle import DeploymentHandle, DeploymentResponse, DeploymentResponseGenerator

from app.messages import (
    Overloaded,
    Prosody,
    ReplicaLost,
    SpeechChunk,
    SpeechRequest,
    SynthesisFailed,
    Utterance,
    Window,
)

logger = logging.getLogger("ray.serve")


LOST = "A part of the service was lost while it spoke. Send the text again."


def _cancelled_here() -> bool:
    """Whether this task is being cancelled, and not only a call that it waits for.

    Python 3.10 cannot tell; there every cancellation counts as one of this task.
    """
    cancelling = getattr(asyncio.current_task(), "cancelling", None)
    return cancelling is None or cancelling() > 0


async def answer(response: DeploymentResponse[Any] | DeploymentResponseGenerator[Any]) -> Any:
    """Await a unary call.

    Raises:
        ReplicaLost: the replica died, or the call was cancelled there and not here.
    """
    try:
        return await cast("DeploymentResponse[Any]", response)
    except (RayActorError, DeploymentUnavailableError) as error:
        raise ReplicaLost("A replica was lost and is being replaced.") from error
    except asyncio.CancelledError as error:
        if _cancelled_here():
            raise
        raise ReplicaLost("A call was cancelled by the replica.") from error


async def _stream(responses: DeploymentResponseGenerator) -> AsyncGenerator[Any, None]:
    """Yield what a replica yields; closing this cancels the call there.

    Raises:
        SynthesisFailed: the replica's own one, without Ray's wrapping.
        ReplicaLost: the replica died, or the call was cancelled there and not here.
        Overloaded: every replica's queue is full.
    """
    try:
        async for item in responses:
            yield item
    except BackPressureError as error:
        raise Overloaded("The service is busy: every queue is full. Try again in a few seconds.") from error
    except RayTaskError as error:
        if isinstance(error.cause, SynthesisFailed):
            raise error.cause from None
        raise
    except (RayActorError, DeploymentUnavailableError) as error:
        logger.warning("a replica was lost during a call: %s", error)
        raise ReplicaLost(LOST) from error
    except asyncio.CancelledError as error:
        if _cancelled_here():
            raise
        raise ReplicaLost(LOST) from error
    finally:
        responses.cancel()


class RemoteKokoro:
    """``app.messages.Kokoro`` over a handle."""

    def __init__(self, handle: DeploymentHandle) -> None:
        self._submit = handle.options(stream=True).submit

    def submit(
        self, utterance: Utterance, first_frame: int = 0, prosody: Prosody | None = None
    ) -> AsyncGenerator[Window, None]:
        """See ``app.messages.Kokoro.submit``."""
        responses = self._submit.remote(utterance, first_frame, prosody)
        return _stream(cast(DeploymentResponseGenerator, responses))


class RemoteSpeech:
    """``app.messages.Speech`` over a handle."""

    def __init__(self, handle: DeploymentHandle) -> None:
        self._speak = handle.options(stream=True).speak

    def speak(self, request: SpeechRequest) -> AsyncGenerator[list[SpeechChunk], None]:
        """See ``app.messages.Speech.speak``."""
        return _stream(cast(DeploymentResponseGenerator, self._speak.remote(request)))
