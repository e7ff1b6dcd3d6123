"""The harmonic source: from the pitch curve to the spectra that excite the generator, for any stretch of an utterance.

The sines' phase at every step of the pitch curve is summed up once for each utterance, so a window in its middle goes
on where the one before it stopped. The noise is a function of the seed and of the sample's number, and of nothing
else: the same utterance and seed get the same noise in any window, in any batch and on any device.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.kokoro.generator import FFT, HOP
from app.messages import FRAME_SAMPLES, MODEL_SAMPLE_RATE_HZ, FloatArray

STEP_SAMPLES = 300
"""Samples for each step of the pitch curve, which runs at 80 Hz."""

STEPS_PER_FRAME = FRAME_SAMPLES // STEP_SAMPLES
EDGE = FFT // 2
"""Samples that the first and the last spectrum reach beyond their stretch."""

SINE_AMPLITUDE = 0.1
VOICED_NOISE = 0.003
UNVOICED_NOISE = SINE_AMPLITUDE / 3
VOICED_ABOVE_HZ = 10.0
"""Amplitudes and threshold of the package's ``SineGen``."""


@dataclass(frozen=True, slots=True)
class Pitch:
    """The pitch of one utterance, and how far the fundamental has come at each step. On the host."""

    f0: FloatArray
    """[2 T] Hz, at 80 Hz."""
    cycles: NDArray[np.float64]
    """[2 T] cycles of the fundamental up to the middle of each step, without whole ones."""
    seed: int

    @classmethod
    def of(cls, f0: FloatArray, seed: int) -> Pitch:
        """Sum up in float64: over a long utterance float32 loses a hundredth of a cycle of the highest harmonic."""
        # The package sums steps and stretches the sum, so a whole step is over at its middle.
        cycles = np.cumsum(f0.astype(np.float64)) * (STEP_SAMPLES / MODEL_SAMPLE_RATE_HZ)
        return cls(f0, cycles % 1, seed)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames ``start`` to ``stop`` (25 ms each) of an utterance."""

    pitch: Pitch
    start: int
    stop: int


class Source:
    """The package's ``SourceModuleHnNSF`` and the transform behind it."""

    def __init__(self, upstream: Any, device: str) -> None:
        """Args: upstream: ``KModel.decoder.generator.m_source``."""
        self._device = device
        weight = upstream.l_linear.weight.detach().float().reshape(-1)
        self._weights = weight.to(device)
        self._bias = upstream.l_linear.bias.detach().float().to(device)
        # The package draws a noise for each harmonic and adds them up with these weights.
        self._noise_weight = float(weight.norm())
        self._harmonics = torch.arange(1, len(weight) + 1, device=device, dtype=torch.float32)
        self._window = torch.hann_window(FFT, periodic=True, device=device)
        middle = (torch.arange(STEP_SAMPLES, device=device) + 0.5) / STEP_SAMPLES - 0.5
        self._before, self._after = middle.clamp(max=0), middle.clamp(min=0)

    def spectra(self, stretches: Sequence[Stretch], noise: float = 1.0) -> Tensor:
        """Magnitudes and phases [B, 22, 120 × W + 1] of stretches that have the same length of W frames.

        Args:
            noise: its loudness, 1 as the package has it.
        """
        samples = self._samples(stretches, noise)
        spectrum = torch.stft(samples, FFT, HOP, FFT, window=self._window, center=False, return_complex=True)
        return torch.cat([spectrum.abs(), spectrum.angle()], dim=1)

    def _samples(self, stretches: Sequence[Stretch], noise: float) -> Tensor:
        """[B, 600 × W + 20], with the neighbours that the outermost spectra need; reflected at an utterance's ends."""
        steps = STEPS_PER_FRAME * (stretches[0].stop - stretches[0].start) + 2
        host = np.stack([_steps_of(stretch, steps) for stretch in stretches])
        f0, cycles, rise, next_rise = torch.from_numpy(host).to(self._device).unbind(1)
        phase = cycles[:, :, None] + rise[:, :, None] * self._before + next_rise[:, :, None] * self._after
        harmonics = torch.sin((2 * torch.pi) * (phase[..., None] * self._harmonics)) @ self._weights
        voiced = (f0 > VOICED_ABOVE_HZ).float()[:, :, None]
        amplitude = noise * self._noise_weight * (voiced * VOICED_NOISE + (1 - voiced) * UNVOICED_NOISE)
        first = [STEP_SAMPLES * (STEPS_PER_FRAME * stretch.start - 1) for stretch in stretches]
        hiss = gaussian([stretch.pitch.seed for stretch in stretches], first, steps * STEP_SAMPLES, self._device)
        wave = harmonics * SINE_AMPLITUDE * voiced + amplitude * hiss.reshape(harmonics.shape)
        wave = torch.tanh(wave + self._bias).flatten(1)
        return self._reflected(wave, stretches)

    def _reflected(self, wave: Tensor, stretches: Sequence[Stretch]) -> Tensor:
        begin, end = STEP_SAMPLES, wave.shape[1] - STEP_SAMPLES
        first = torch.tensor([stretch.start == 0 for stretch in stretches], device=self._device)[:, None]
        last = torch.tensor([stretch.stop == _frames(stretch) for stretch in stretches], device=self._device)[:, None]
        before = torch.where(first, wave[:, begin + 1 : begin + EDGE + 1].flip(1), wave[:, begin - EDGE : begin])
        after = torch.where(last, wave[:, end - EDGE - 1 : end - 1].flip(1), wave[:, end : end + EDGE])
        return torch.cat([before, wave[:, begin:end], after], dim=1)


def _frames(stretch: Stretch) -> int:
    return len(stretch.pitch.f0) // STEPS_PER_FRAME


def _steps_of(stretch: Stretch, steps: int) -> FloatArray:
    """[4, steps]: pitch, phase, and the cycles that a step before and after its middle rises by.

    One step more at both ends than the stretch has; outside the utterance the nearest one.
    """
    pitch = stretch.pitch
    total = len(pitch.f0)
    wanted = np.arange(steps) + STEPS_PER_FRAME * stretch.start - 1
    inside = wanted.clip(0, total - 1)
    rises = np.append(pitch.f0, 0) * np.float32(STEP_SAMPLES / MODEL_SAMPLE_RATE_HZ)
    rises[0] = 0.0
    f0 = pitch.f0[inside]
    return np.stack([f0, pitch.cycles[inside], rises[inside], rises[inside + 1]]).astype(np.float32)


def gaussian(seeds: Sequence[int], first: Sequence[int], count: int, device: str) -> Tensor:
    """Standard normal noise [B, count] float32: row b is that of ``seeds[b]``, from its sample ``first[b]`` on.

    Two hashes of the sample's number, keyed with the seed, go through Box and Muller's transform. Integers only up to
    there, so every device gives the same.
    """
    number = torch.arange(count, device=device) + torch.tensor(first, device=device)[:, None] + (1 << 20)
    key = _mix(torch.tensor(seeds, device=device)[:, None] ^ 0x5BD1E995)
    radius = (_mix(_mix(2 * number) ^ key) + 1).double() / 2**32
    angle = _mix(_mix(2 * number + 1) ^ key).float() * (2 * torch.pi / 2**32)
    return torch.sqrt(-2 * torch.log(radius)).float() * torch.cos(angle)


def _mix(x: Tensor) -> Tensor:
    """A hash of 32 bits: Wellons' ``lowbias32``, whose bias is 0.17 % of the ideal avalanche."""
    x = x & 0xFFFFFFFF
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    return x ^ (x >> 16)
