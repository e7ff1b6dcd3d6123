"""What is refused at once, and what a place is for."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from app.admission import AdmittedSpeech
from app.messages import Overloaded, SpeechRequest, SynthesisFailed
from tests.fakes import FakeSpeech


class Rig:
    """Speech for so many flushes at once."""

    def __init__(self, max_streams: int) -> None:
        self.max_streams = max_streams
        self.below = FakeSpeech()
        self.speech = AdmittedSpeech(self.below, lambda: self.max_streams)

    async def speak(self, text: str) -> int:
        """Speaks a text to its end; the number of its chunks."""
        async with aclosing(self.speech.speak(SpeechRequest("id", text, "af_heart"))) as chunks:
            return sum([len(batch) async for batch in chunks])


async def test_a_flush_too_many_is_refused_in_words_and_reaches_nothing() -> None:
    rig = Rig(max_streams=1)
    gate = rig.below.hold(0, 1)
    first = asyncio.create_task(rig.speak("one two"))
    await gate.reached()

    with pytest.raises(Overloaded, match=r"^The service is busy: it speaks 1 .*\. Try again in a few seconds\.$"):
        await rig.speak("three")

    assert (len(rig.below.requests), rig.speech.open) == (1, 1)
    gate.open()
    assert await first == 2
    assert rig.speech.open == 0
    assert await rig.speak("three") == 1


async def test_a_flush_that_fails_or_is_given_up_leaves_its_place() -> None:
    rig = Rig(max_streams=1)
    rig.below.fail(0, 0, SynthesisFailed("The model failed."))
    with pytest.raises(SynthesisFailed):
        await rig.speak("one")
    given_up = rig.speech.speak(SpeechRequest("id", "two three", "af_heart"))
    await anext(given_up)
    assert rig.speech.open == 1
    await given_up.aclose()

    assert (rig.speech.open, rig.below.open) == (0, 0)
    assert await rig.speak("four") == 1


async def test_a_changed_limit_holds_from_the_next_flush_on() -> None:
    rig = Rig(max_streams=1)
    gate = rig.below.hold(0, 0)
    first = asyncio.create_task(rig.speak("one"))
    await gate.reached()
    rig.max_streams = 2

    assert await rig.speak("two") == 1
    gate.open()
    await first
