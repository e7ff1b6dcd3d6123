"""Which work the model does next: pure decisions, no model, no event loop.

One queue by deadline for both stages. Whoever has heard nothing yet is due a fixed time after arrival, whoever listens
is due a little before running dry. A step takes the most urgent utterance and others that fit to it, as long as the
step stays short enough for the next newcomer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.kokoro.windows import Span
from app.messages import FRAME_MS, SECONDS_PER_PHONEME, Prosody, Utterance
from app.settings import KokoroSettings

Stage = Literal["prosody", "vocoder"]
LENGTH_RATIO = 1.3
"""Utterances share a batch of the prosody, or are decoded whole together, up to this ratio of lengths: more would be
spent on padding than batching brings."""


@dataclass(slots=True, eq=False)
class Job:
    """One utterance on its way through the engine."""

    number: int
    utterance: Utterance
    first_frame: int
    prosody: Prosody | None
    arrived: float
    dry_at: float | None
    """When the listener has heard all that was made; None while nothing was heard. On the engine's clock."""
    spans: deque[Span] = field(default_factory=deque)
    is_encoded: bool = False
    unread: int = 0
    """Windows that were made and not taken yet."""
    model_s: float = 0.0
    """Its share of the time on the model."""
    decoded_frames: int = 0

    @property
    def length(self) -> int:
        """Phonemes with both pads."""
        return len(self.utterance.phoneme_ids) + 2

    @property
    def size(self) -> int:
        """Of its next step, see ``Step``."""
        return (self.spans[0].size or self.spans[0].stop) if self.is_encoded else self.length

    @property
    def stage(self) -> Stage:
        """What it needs next."""
        return "vocoder" if self.is_encoded else "prosody"

    @property
    def remaining_s(self) -> float:
        """Seconds of audio that are not decoded, estimated before the prosody is known."""
        if self.is_encoded:
            return sum(span.frames for span in self.spans) * FRAME_MS / 1000
        return len(self.utterance.phoneme_ids) * SECONDS_PER_PHONEME / self.utterance.speed

    def heard(self, frames: int, now: float) -> None:
        """A window of some frames is handed out; who ran dry before it hears it from now on."""
        self.decoded_frames += frames
        self.dry_at = max(now, self.dry_at or now) + frames * FRAME_MS / 1000

    def due_at(self, settings: KokoroSettings) -> float:
        """The moment by which its next window should be there."""
        if self.dry_at is None:
            return self.arrived + settings.first_window_ms / 1000
        return self.dry_at - settings.margin_ms / 1000

    def is_starving(self, now: float, settings: KokoroSettings) -> bool:
        """Whether it is heard and the sound is about to run out."""
        return self.dry_at is not None and self.dry_at - now <= settings.starving_ms / 1000

    def waits_until(self, settings: KokoroSettings) -> float:
        """The moment before which nothing more is made for it: a listener need not have minutes in advance."""
        if self.dry_at is None or not self.utterance.paced:
            return self.arrived
        return self.dry_at - settings.max_ahead_s


@dataclass(frozen=True, slots=True)
class Step:
    """Work for the model: these jobs at once, in one stage."""

    stage: Stage
    jobs: tuple[Job, ...]
    size: int
    """Of the windows, in frames; for the prosody, and for whole utterances, the longest of them."""

    @property
    def is_whole(self) -> bool:
        """Whether the vocoder decodes whole utterances."""
        return self.stage == "vocoder" and self.jobs[0].spans[0].size == 0


class Costs:
    """How long steps take, learnt from those that were done."""

    SMOOTHING = 0.2

    def __init__(self) -> None:
        self._seconds: dict[tuple[Stage, int], dict[int, float]] = {}

    def learn(self, stage: Stage, size: int, batch: int, seconds: float) -> None:
        """A step took so long.

        Larger batches come nearer to being in proportion to it, where they took longer: what was slow once, a batch
        that had to be compiled for example, is not done again and would never be known to be quick.
        """
        known = self._seconds.setdefault((stage, size), {})
        known[batch] = seconds if batch not in known else known[batch] + self.SMOOTHING * (seconds - known[batch])
        for larger in known:
            excess = known[larger] - known[batch] * larger / batch
            if larger > batch and excess > 0:
                known[larger] -= self.SMOOTHING * excess

    def predict(self, stage: Stage, size: int, batch: int) -> float:
        """Seconds that a step will take; 0 where nothing like it was seen. Beyond what was seen, in proportion."""
        known = self._seconds.get((stage, size))
        if known is None:
            # In proportion to the nearest size; longer ones cost a little more than that.
            sizes = [seen for seen_stage, seen in self._seconds if seen_stage == stage]
            if not sizes:
                return 0.0
            nearest = min(sizes, key=lambda seen: abs(seen - size))
            return self.predict(stage, nearest, batch) * size / nearest
        seen_batch = max((seen for seen in known if seen <= batch), default=min(known))
        return known[seen_batch] * max(1.0, batch / seen_batch)


def next_step(jobs: Iterable[Job], now: float, settings: KokoroSettings, costs: Costs) -> Step | None:
    """The most urgent work and what goes along with it; None when nothing can be done now."""
    able = [job for job in jobs if _is_able(job, settings) and job.waits_until(settings) <= now]
    if not able:
        return None
    # By deadline alone a crowd of newcomers, all of them late, would go before everybody who is being heard.
    able.sort(key=lambda job: (not job.is_starving(now, settings), job.due_at(settings), job.number))
    leader = able[0]
    alike = [job for job in able if job.stage == leader.stage]
    if leader.stage == "prosody":
        return _prosody(alike, settings, costs)
    return _vocoder(alike, settings, costs)


def next_change(jobs: Iterable[Job], now: float, settings: KokoroSettings) -> float | None:
    """Seconds until a job that waits for its listener may go on; None when there is none."""
    times = [job.waits_until(settings) - now for job in jobs if _is_able(job, settings)]
    return max(0.0, min(times)) if times else None


def _is_able(job: Job, settings: KokoroSettings) -> bool:
    return not job.is_encoded or (bool(job.spans) and job.unread < settings.max_unread_windows)


def _prosody(jobs: Sequence[Job], settings: KokoroSettings, costs: Costs) -> Step:
    leader = jobs[0]
    chosen, longest, shortest = [leader], leader.length, leader.length
    for job in jobs[1:]:
        high, low = max(longest, job.length), min(shortest, job.length)
        count = len(chosen) + 1
        if (
            high <= LENGTH_RATIO * low
            and count <= settings.batch_limit
            and count * high <= settings.max_batch_phonemes
            and _is_short(costs.predict("prosody", high, count), settings)
        ):
            chosen, longest, shortest = [*chosen, job], high, low
    return Step("prosody", tuple(chosen), longest)


def _vocoder(jobs: Sequence[Job], settings: KokoroSettings, costs: Costs) -> Step:
    leader = jobs[0]
    chosen, longest, shortest = [leader], leader.size, leader.size
    for job in jobs[1:]:
        if job.spans[0].size != leader.spans[0].size:
            continue
        high, low = max(longest, job.size), min(shortest, job.size)
        count = len(chosen) + 1
        if (
            high <= LENGTH_RATIO * low
            and count <= settings.batch_limit
            and _is_short(costs.predict("vocoder", high, count), settings)
        ):
            chosen, longest, shortest = [*chosen, job], high, low
    return Step("vocoder", tuple(chosen), longest)


def _is_short(seconds: float, settings: KokoroSettings) -> bool:
    # A step that nothing is known of is tried with what is at hand.
    return seconds * 1000 <= settings.step_limit_ms
