"""The types that pass between the stages. Importing this module loads neither torch nor spaCy."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

MODEL_SAMPLE_RATE_HZ = 24_000
"""What Kokoro decodes."""

FRAME_SAMPLES = 600
"""Samples at 24 kHz in one frame, the unit of Kokoro's durations (25 ms)."""

FRAME_MS = 25.0

ENERGY_STEP_MS = 12.5
"""Pitch and energy curves run at 80 Hz."""

SILENCE_ENERGY = -2.0
"""Where the sound passes about -50 dB: silence is predicted at about -9, speech above 0."""

BYTES_PER_SAMPLE = 2
"""Of the PCM that clients get."""

SECONDS_PER_PHONEME = 0.065
"""How long a phoneme lasts at speed 1, stress marks and spaces counted in, for speech that is not made yet."""

MAX_PHONEMES = 510
"""The longest utterance in phonemes: Kokoro's 512 positions less the two pads round it."""


class SynthesisFailed(Exception):
    """One utterance could not be spoken. The message is written for the user."""

    code = "synthesis_failed"
    retry_after_s: int | None = None
    """When the same request may work, where that is known."""


class NothingToResume(SynthesisFailed):
    """The speech that is to go on from a sample does not have that sample."""

    code = "bad_resume"


class ReplicaLost(SynthesisFailed):
    """The process that worked on it is gone. Another one can take over where it was."""

    reason = "lost"
    """For the metrics."""

    def __init__(self, sentence: str = "A part of the service was lost while it spoke. Send the text again.") -> None:
        super().__init__(sentence)


class ReplicaHung(ReplicaLost):
    """The process that worked on it does not answer any more, though it is there."""

    reason = "hung"


class Overloaded(SynthesisFailed):
    """The service has more waiting utterances than its limit; the same request may work later."""

    code = "overloaded"
    retry_after_s = 2
    """About as long as a text takes: then some of what waits is done."""


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """One flush, from the ingress to Speech."""

    id: str
    text: str
    voice: str
    """A voice's name, or a blend as ``app.blend`` writes it."""
    speed: float = 1.0
    seed: int = 0
    sample_rate_hz: int = 44_100
    normalize: bool = True
    language: str | None = None
    """One of ``app.languages.LANGUAGES``, or ``en`` for English in the voice's accent; None takes the voice's own."""
    ahead_s: float | None = None
    """Seconds of audio that the listener still has to hear before this flush; None when silent now."""
    paced: bool = True
    """Heard while it is made: no more than the setting ``max_ahead_s`` is made in advance. False for a file."""
    session: str = ""
    """Id of the session that it is spoken for, for the logs."""
    from_sample: int = 0
    """At ``sample_rate_hz``: the speech is made from this sample on, to go on with one that broke off."""
    ssml: bool = False
    """The text is SSML."""
    pronunciations: tuple[tuple[str, str], ...] = ()
    """Words, and their phonemes between slashes or what is said for them."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One segment, from Speech to Kokoro: ids, never the user's text."""

    id: str
    phoneme_ids: tuple[int, ...]
    """At most ``MAX_PHONEMES``, without the pads that the model wants at both ends."""
    style: FloatArray
    """[256], the voice's row for this number of phonemes."""
    voice: str
    speed: float
    seed: int
    deadline_s: float | None = None
    """Seconds from submission until the listener runs dry; None when nothing was heard yet. Relative,
    since the clocks of two machines do not agree."""
    paced: bool = True
    """Heard while it is made; False for a file, of which any amount may be made in advance."""
    lead_ms: float = 50.0
    """Silence that is wanted before the first sound; more of it need not be decoded."""
    session: str = ""
    """Id of the session that it is spoken for, for the logs."""
    prosody_only: bool = False
    """One window without a sound is all that is wanted, for the prosody in it."""


@dataclass(frozen=True, slots=True)
class Prosody:
    """What Kokoro predicts before it decodes a sound."""

    durations: IntArray
    """[phonemes + 2] frames of 25 ms, for the leading pad, every phoneme and the trailing pad."""
    f0: FloatArray
    """[2 × sum(durations)] Hz, at 80 Hz; 0 where unvoiced."""
    energy: FloatArray
    """[2 × sum(durations)] the model's log energy at 80 Hz: about -9 in silence, above 0 in speech."""

    @property
    def frames(self) -> int:
        """Length of the utterance in frames of 25 ms."""
        return int(self.durations.sum())

    @property
    def audible_ms(self) -> tuple[float, float]:
        """First and last moment at which the predicted energy is above silence; the whole utterance if none is."""
        loud = np.flatnonzero(self.energy > SILENCE_ENERGY)
        if not len(loud):
            return 0.0, self.frames * FRAME_MS
        return float(loud[0]) * ENERGY_STEP_MS, float(loud[-1] + 1) * ENERGY_STEP_MS


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of decoded sound, from Kokoro to Speech."""

    samples: FloatArray
    """[n] at 24 kHz, within -1 to 1."""
    first_frame: int
    last: bool
    prosody: Prosody | None = None
    """In the first window of an utterance only."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Characters and when each is heard, in milliseconds from the start of the flush."""

    characters: tuple[str, ...] = ()
    start_ms: tuple[int, ...] = ()
    duration_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentTiming:
    """One segment as a whole. It is known before most of the segment's sound is made."""

    start_ms: float
    """Of its sound, from the start of the flush."""
    end_ms: float
    alignment: Alignment
    """On the source text; the segments of a flush tile it."""
    normalized_alignment: Alignment
    """On the spoken form."""


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """PCM with the characters that begin in it, from Speech to the ingress."""

    pcm: bytes
    """16-bit little-endian mono at the request's sample rate."""
    start_ms: float
    """From the start of the flush."""
    segment: int
    """Number of the segment that the chunk begins in."""
    segment_start_ms: float
    alignment: Alignment = field(default_factory=Alignment)
    """On the source text."""
    normalized_alignment: Alignment = field(default_factory=Alignment)
    """On the spoken form."""
    segments: tuple[SegmentTiming, ...] = ()
    """The segments that begin in this chunk, with all their characters."""
    final: bool = False


@dataclass(frozen=True, slots=True)
class KokoroDescription:
    """What a Kokoro replica runs on."""

    device: str
    torch_threads: int
    weights: str
    """The source that the weights came from: ``hub``, ``packages`` or ``folder``."""
    precision: str
    """Of the generator: ``float32`` or ``bfloat16``."""
    compiled_frames: tuple[int, ...]
    """Sizes of the windows that are compiled for this machine."""
    waiting: int = 0
    """Utterances that wait for the model now."""


@dataclass(frozen=True, slots=True)
class SpeechDescription:
    """What a Speech replica offers, and the Kokoro replica that answered it."""

    voices: tuple[str, ...]
    kokoro: KokoroDescription


class Kokoro(Protocol):
    """The model's side, as Speech sees it: an ``Engine``, or a handle to a deployment of one."""

    def submit(
        self, utterance: Utterance, first_frame: int = 0, prosody: Prosody | None = None
    ) -> AsyncGenerator[Window, None]:
        """Yields the windows of one utterance from ``first_frame`` on; raises ``SynthesisFailed``."""
        ...


class Speech(Protocol):
    """The CPU stage, as the ingress sees it."""

    def speak(self, request: SpeechRequest) -> AsyncGenerator[list[SpeechChunk], None]:
        """Yields the chunks of one flush, the first one alone; raises ``SynthesisFailed``."""
        ...
