"""Calls from one deployment to the next, in the words of ``app.messages``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, cast

from ray.exceptions import RayActorError, RayTaskError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError
from ray.serve.handle import DeploymentHandle, DeploymentResponse, DeploymentResponseGenerator

from app.messages import (
    Overloaded,
    Prosody,
    ReplicaHung,
    ReplicaLost,
    SpeechChunk,
    SpeechRequest,
    SynthesisFailed,
    Utterance,
    Window,
)
from app.ticks import watched
from deployments.router import UNANSWERED

logger = logging.getLogger("ray.serve")


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


async def _stream(
    call: Callable[[], DeploymentResponseGenerator[Any]], replica_within_s: float
) -> AsyncGenerator[Any, None]:
    """Yield what a replica yields; closing this cancels the call there.

    Raises:
        SynthesisFailed: the replica's own one, without Ray's wrapping.
        ReplicaLost: the replica died, or the call was cancelled there and not here.
        ReplicaHung: the replica is there and silent.
        Overloaded: every replica's queue is full, or none took the call in time.
    """

    def cancel(responses: AsyncIterator[Any]) -> None:
        cast("DeploymentResponseGenerator[Any]", responses).cancel()

    items: AsyncGenerator[Any, None] = watched(call, cancel, UNANSWERED.silent, replica_within_s=replica_within_s)
    try:
        async with aclosing(items):
            async for item in items:
                yield item
    except BackPressureError as error:
        raise Overloaded("The service is busy: every queue is full. Try again in a few seconds.") from error
    except RayTaskError as error:
        if isinstance(error.cause, SynthesisFailed):
            raise error.cause from None
        raise
    except (RayActorError, DeploymentUnavailableError) as error:
        logger.warning("a replica was lost during a call: %s", error)
        raise ReplicaLost from error
    except ReplicaHung:
        logger.warning("a replica is silent: it hangs")
        raise
    except asyncio.CancelledError as error:
        if _cancelled_here():
            raise
        raise ReplicaLost from error


class RemoteKokoro:
    """``app.messages.Kokoro`` over a handle.

    Args:
        handle: of the deployment.
        replica_within_s: as of ``app.ticks.watched``; read at every call.
    """

    def __init__(self, handle: DeploymentHandle, replica_within_s: Callable[[], float]) -> None:
        self._submit = handle.options(stream=True).submit
        self._replica_within_s = replica_within_s

    def submit(
        self, utterance: Utterance, first_frame: int = 0, prosody: Prosody | None = None
    ) -> AsyncGenerator[Window, None]:
        """See ``app.messages.Kokoro.submit``."""

        def call() -> DeploymentResponseGenerator[Any]:
            return cast("DeploymentResponseGenerator[Any]", self._submit.remote(utterance, first_frame, prosody))

        return _stream(call, self._replica_within_s())


class RemoteSpeech:
    """``app.messages.Speech`` over a handle.

    Args:
        handle: of the deployment.
        replica_within_s: as of ``app.ticks.watched``; read at every call.
    """

    def __init__(self, handle: DeploymentHandle, replica_within_s: Callable[[], float]) -> None:
        self._speak = handle.options(stream=True).speak
        self._replica_within_s = replica_within_s

    def speak(self, request: SpeechRequest) -> AsyncGenerator[list[SpeechChunk], None]:
        """See ``app.messages.Speech.speak``."""

        def call() -> DeploymentResponseGenerator[Any]:
            return cast("DeploymentResponseGenerator[Any]", self._speak.remote(request))

        return _stream(call, self._replica_within_s())
