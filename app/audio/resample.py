"""Resampling without a seam: pieces in, the samples of the whole out."""

from __future__ import annotations

import math

import numpy as np
import torch
import torchaudio

from app.messages import MODEL_SAMPLE_RATE_HZ, FloatArray

LOWPASS_FILTER_WIDTH = 8
ROLLOFF = 0.90
METHOD = "sinc_interp_hann"


class Resampler:
    """24 kHz to another rate, piece by piece.

    The pieces joined are what torchaudio makes of the whole signal: every piece is resampled with as much of its
    neighbours as the filter reaches, on a grid where input and output samples coincide.
    """

    def __init__(self, sample_rate_hz: int, input_rate_hz: int = MODEL_SAMPLE_RATE_HZ) -> None:
        common = math.gcd(sample_rate_hz, input_rate_hz)
        self._in_step = input_rate_hz // common
        self._out_step = sample_rate_hz // common
        # Half the filter's length in input samples, as torchaudio derives it, rounded up to the grid.
        reach = math.ceil(LOWPASS_FILTER_WIDTH * self._in_step / (min(self._in_step, self._out_step) * ROLLOFF))
        self._context = math.ceil(reach / self._in_step) * self._in_step
        self._resample = torchaudio.transforms.Resample(
            input_rate_hz,
            sample_rate_hz,
            resampling_method=METHOD,
            lowpass_filter_width=LOWPASS_FILTER_WIDTH,
            rolloff=ROLLOFF,
        )
        self._buffer = np.zeros(self._context, dtype=np.float32)
        self._received = 0
        self._returned = 0

    def start_for(self, sample: int) -> tuple[int, int]:
        """Where to begin so that all from an output sample on is as it is in the whole.

        Returns:
            The first input sample to push, and how many output samples to throw away before ``sample``.
        """
        if self._in_step == self._out_step:
            return sample, 0
        steps = max(0, sample // self._out_step - self._context // self._in_step)
        return steps * self._in_step, sample - steps * self._out_step

    @property
    def look_ahead(self) -> int:
        """Input samples that it needs beyond an output sample before it can make that one, at most."""
        return 0 if self._in_step == self._out_step else self._context + self._in_step

    def push(self, samples: FloatArray, last: bool = False) -> FloatArray:
        """Take the next samples and return those that are final now; with ``last`` all the rest.

        Args:
            samples: [n] float32, any n.
            last: no more samples follow.

        Returns:
            [m] float32. The sum of all m is ``ceil(n_total × rate_out / rate_in)``.
        """
        self._received += len(samples)
        if self._in_step == self._out_step:
            return samples
        padding = [np.zeros(self._context + self._in_step, dtype=np.float32)] if last else []
        self._buffer = np.concatenate([self._buffer, samples, *padding])
        ready = (len(self._buffer) - 2 * self._context) // self._in_step * self._in_step
        if ready <= 0:
            return np.zeros(0, dtype=np.float32)
        with torch.inference_mode():
            piece = torch.from_numpy(self._buffer[: ready + 2 * self._context])
            resampled = self._resample(piece).numpy()
        self._buffer = self._buffer[ready:]
        skip = self._context // self._in_step * self._out_step
        produced = resampled[skip : skip + ready // self._in_step * self._out_step]
        if last:
            total = math.ceil(self._received * self._out_step / self._in_step)
            produced = produced[: total - self._returned]
        self._returned += len(produced)
        return produced
