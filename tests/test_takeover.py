"""Speech that goes on with another replica, over a fake that loses some."""

import pytest

from app.messages import ReplicaHung, ReplicaLost, SpeechChunk, SpeechRequest, SynthesisFailed
from app.takeover import MAX_TAKEOVERS, ResumedSpeech
from tests.fakes import CHUNK_MS, FakeClock, FakeSpeech

RATE_HZ = 24_000
CHUNK_SAMPLES = RATE_HZ * CHUNK_MS // 1000
REQUEST = SpeechRequest("r", "one two three four", "af_heart", sample_rate_hz=RATE_HZ)


class Rig:
    """What was heard and told."""

    def __init__(self) -> None:
        self.speech = FakeSpeech()
        self.clock = FakeClock()
        self.reasons: list[str] = []
        self.resumed = ResumedSpeech(self.speech, self.reasons.append, clock=self.clock)
        self.heard: list[SpeechChunk] = []

    async def hear(self, request: SpeechRequest = REQUEST, listens_s: float = 0.0) -> None:
        async for chunks in self.resumed.speak(request):
            self.heard += chunks
            self.clock.advance(listens_s)


async def test_another_replica_goes_on_where_one_was_lost() -> None:
    rig = Rig()
    rig.speech.fail(0, 2, ReplicaLost())
    rig.speech.fail(1, 1, ReplicaHung())
    await rig.hear()
    assert "".join(character for chunk in rig.heard for character in chunk.alignment.characters) == REQUEST.text
    assert [chunk.start_ms for chunk in rig.heard] == [0, 100, 200, 300]
    assert [request.from_sample for request in rig.speech.requests] == [0, 2 * CHUNK_SAMPLES, 3 * CHUNK_SAMPLES]
    assert rig.reasons == ["lost", "hung"]
    assert rig.speech.open == 0


async def test_it_says_how_much_the_listener_has_still_to_hear() -> None:
    rig = Rig()
    rig.speech.fail(0, 3, ReplicaLost())
    await rig.hear(listens_s=0.05)
    # 300 ms came; from the first chunk on 3 × 50 ms went by.
    assert rig.speech.requests[1].ahead_s == pytest.approx(0.15)
    dry = Rig()
    dry.speech.fail(0, 2, ReplicaLost())
    await dry.hear(listens_s=7)
    assert dry.speech.requests[1].ahead_s == 0


async def test_one_that_is_lost_before_the_first_chunk_is_asked_anew_as_before() -> None:
    rig = Rig()
    rig.speech.fail(0, 0, ReplicaLost())
    await rig.hear()
    assert rig.speech.requests == [REQUEST, REQUEST]


async def test_a_request_from_within_goes_on_from_there() -> None:
    rig = Rig()
    rig.speech.fail(0, 1, ReplicaLost())
    await rig.hear(SpeechRequest("r", "a b c d e", "af_heart", sample_rate_hz=RATE_HZ, from_sample=CHUNK_SAMPLES))
    assert [request.from_sample for request in rig.speech.requests] == [CHUNK_SAMPLES, 2 * CHUNK_SAMPLES]


async def test_it_gives_up_after_some_and_at_once_when_the_text_is_at_fault() -> None:
    rig = Rig()
    for call in range(20):
        rig.speech.fail(call, 0, ReplicaLost())
    with pytest.raises(ReplicaLost):
        await rig.hear()
    assert len(rig.speech.requests) == MAX_TAKEOVERS + 1
    rig = Rig()
    rig.speech.fail(0, 1, SynthesisFailed("The model failed on this part of the text."))
    with pytest.raises(SynthesisFailed):
        await rig.hear()
    assert len(rig.speech.requests) == 1
