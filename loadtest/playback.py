"""A listener who plays sound as it comes, in real time: what is waited for, and where the sound runs out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from app.messages import BYTES_PER_SAMPLE

AUDIBLE = 10 ** (-50 / 20) * 32_768
"""Samples below -50 dB of full scale are silence to a listener."""


@dataclass(slots=True)
class Playback:
    """What one listener heard of one text. All times in seconds."""

    sample_rate_hz: int
    asked_at: float
    """On the clock of ``hear``, when the text was asked for."""
    first_audio_s: float | None = None
    """From the asking to the first chunk."""
    first_sound_s: float | None = None
    """From the asking until something can be heard: with the silence that the sound begins with."""
    audio_s: float = 0.0
    last_at: float = 0.0
    longest_gap_s: float = 0.0
    """Between two chunks."""
    underruns_s: list[float] = field(default_factory=list)
    """Of each chunk that came after the sound had run out, how long there was none."""
    _runs_dry_at: float = 0.0

    def hear(self, pcm: bytes, now: float) -> None:
        """Takes a chunk of 16-bit mono PCM at the moment when it comes."""
        if not pcm:
            return
        if self.first_audio_s is None:
            self.first_audio_s = now - self.asked_at
            self._runs_dry_at = now
        else:
            self.longest_gap_s = max(self.longest_gap_s, now - self.last_at)
            if now > self._runs_dry_at:
                self.underruns_s.append(now - self._runs_dry_at)
                self._runs_dry_at = now
        if self.first_sound_s is None:
            loud = np.flatnonzero(np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)) > AUDIBLE)
            if len(loud):
                self.first_sound_s = self._runs_dry_at + loud[0] / self.sample_rate_hz - self.asked_at
        length_s = len(pcm) / BYTES_PER_SAMPLE / self.sample_rate_hz
        self.audio_s += length_s
        self._runs_dry_at += length_s
        self.last_at = now

    @property
    def made_in_s(self) -> float:
        """From the asking to the last chunk."""
        return max(0.0, self.last_at - self.asked_at)

    def left_s(self, now: float) -> float:
        """Sound that is still to be played."""
        return max(0.0, self._runs_dry_at - now)
