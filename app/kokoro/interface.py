"""What the engine drives: a model, as it is seen from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from app.kokoro.schedule import Stage
from app.kokoro.windows import Span
from app.messages import FloatArray, Prosody, Utterance

EncodedT = TypeVar("EncodedT", bound="Encoded")


class ModelLost(Exception):
    """The model can decode nothing more in this process, a broken CUDA context for example."""


class Encoded(Protocol):
    """An utterance whose prosody is known."""

    @property
    def prosody(self) -> Prosody: ...

    def plan(self, first_frame: int, *, grows: bool) -> list[Span]:
        """The windows from a frame to the end; a small one first where somebody waits for the first sound.

        Raises:
            SynthesisFailed: when the frame is outside the utterance.
        """
        ...


class Model(Protocol[EncodedT]):
    """What the engine drives, always on its model thread. Any of these raises ``ModelLost`` when nothing works more."""

    def encode(self, utterances: Sequence[Utterance], prosodies: Sequence[Prosody | None]) -> Sequence[EncodedT]:
        """Predict the prosody of a batch, but where it is given."""
        ...

    def decode(self, parts: Sequence[tuple[EncodedT, Span]]) -> Sequence[FloatArray]:
        """Decode windows of one size, or whole utterances; the samples of each span."""
        ...

    def tidy_up(self) -> bool:
        """Do a piece of work that can wait; False when there is none."""
        ...

    def warm_up(self) -> Iterable[tuple[Stage, int, int, float]]:
        """Use everything once; yields stage, size, batch and seconds of each step."""
        ...
