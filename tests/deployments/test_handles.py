"""Ray's errors in the words of the stages, with a stream that the test makes."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from ray.exceptions import ActorDiedError, RayTaskError
from ray.serve.exceptions import BackPressureError

from app.messages import Overloaded, ReplicaLost, SynthesisFailed
from app.ticks import Taken
from deployments.handles import _stream, answer


class Responses:
    """As a handle's stream: some items, then an error; it notes whether it was cancelled."""

    def __init__(self, *items: object, error: BaseException | None = None) -> None:
        self.items = iter(items)
        self.error = error
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True

    def __aiter__(self) -> AsyncIterator[object]:
        return self

    async def __anext__(self) -> object:
        for item in self.items:
            return item
        if self.error:
            raise self.error
        raise StopAsyncIteration


def remote(cause: Exception) -> RayTaskError:
    return RayTaskError("submit", "Traceback of the replica", cause).as_instanceof_cause()


async def items_of(responses: Responses) -> list[object]:
    return [item async for item in _stream(lambda: responses, 60)]


async def test_items_come_through_without_the_ticks() -> None:
    assert await items_of(Responses(Taken("a"), 1, None, 2, None)) == [1, 2]


@pytest.mark.parametrize(
    ("error", "expected", "message"),
    [
        (remote(SynthesisFailed("The model failed.")), SynthesisFailed, "^The model failed.$"),
        (remote(Overloaded("48 are waiting.")), Overloaded, "^48 are waiting.$"),
        (BackPressureError(num_queued_requests=9, max_queued_requests=9), Overloaded, "every queue is full"),
        (ActorDiedError(), ReplicaLost, "Send the text again"),
        (asyncio.CancelledError(), ReplicaLost, "Send the text again"),
    ],
)
async def test_errors_are_translated_and_lose_their_traces(error, expected, message) -> None:
    responses = Responses(1, error=error)
    with pytest.raises(expected, match=message) as caught:
        await items_of(responses)
    assert type(caught.value) is expected
    assert responses.cancelled


async def test_a_fault_stays_a_fault() -> None:
    with pytest.raises(RayTaskError):
        await items_of(Responses(error=remote(ValueError("a bug"))))


async def test_closing_the_stream_cancels_the_call() -> None:
    responses = Responses(1, 2)
    stream = _stream(lambda: responses, 60)
    assert await anext(stream) == 1
    await stream.aclose()
    assert responses.cancelled


async def test_being_cancelled_oneself_is_not_taken_for_a_lost_replica() -> None:
    class Waiting(Responses):
        async def __anext__(self) -> object:
            await asyncio.Event().wait()
            raise AssertionError

    task = asyncio.create_task(items_of(responses := Waiting()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert responses.cancelled


async def test_a_unary_call_that_is_cancelled_below_is_a_lost_replica() -> None:
    cancelled = asyncio.get_running_loop().create_future()
    cancelled.cancel()
    with pytest.raises(ReplicaLost):
        await answer(cancelled)
