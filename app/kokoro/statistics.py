"""What a voice's sound is like on average, layer by layer: so a window need not wait for the rest of the utterance.

The generator's instance norms take mean and variance over a whole utterance. Both depend on the voice, and on how much
of the utterance has a voice at all: pauses and hisses pull them one way, vowels the other. Nearly all of that is linear
in the share of voiced steps, which the predicted pitch tells beforehand. So both are measured over some sentences of
each voice, and a line is drawn through them for every channel.

Against statistics of two classes of steps (voiced or not), mixed by their shares, the lines miss the means by 0.018
instead of 0.028 standard deviations on average and by 0.025 instead of 0.077 at worst (af_heart, 14 sentences that
they were not drawn through): what a voiced step looks like depends on the share as well, since the layers before it
are normalised, too.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.kokoro.generator import Norms
from app.kokoro.masked import EPSILON, moments
from app.messages import FloatArray

VOICED_ABOVE_HZ = 60.0
"""Below it there is no voice. The source's own threshold of 10 Hz will not do: in silence some voices are predicted
5 Hz, others 15."""

RIDGE = 0.02
"""Of the slope, which some twenty sentences determine; small against the spread of their shares."""

SHIPPED_FOLDER = Path(__file__).with_name("calibrated")
"""Statistics that come with the project."""

SUFFIX = ".npz"
MIN_SENTENCES = 8


def voiced_share(f0: FloatArray) -> float:
    """Share of the steps of a pitch curve in Hz that have a voice, 0 to 1."""
    return float(np.mean(f0 > VOICED_ABOVE_HZ))


@dataclass(frozen=True, slots=True, eq=False)
class VoiceStatistics:
    """Lines through the mean and the logarithm of the standard deviation of every AdaIN channel's input."""

    mean: FloatArray
    """[2, channels]: at the middle share, and the slope."""
    log_deviation: FloatArray
    """[2, channels]: the same."""
    shares: tuple[float, float, float]
    """Lowest, middle and highest voiced share that the lines were drawn through; they are not followed beyond."""

    def affine(self, gain: Tensor, offset: Tensor, share: float) -> tuple[Tensor, Tensor]:
        """Scale and shift [channels] that stand for AdaIN with a gain and an offset [channels].

        Args:
            share: of the utterance's steps that have a voice.
        """
        low, middle, high = self.shares
        at = np.array([1.0, min(max(share, low), high) - middle], dtype=np.float32)
        mean, log_deviation = (torch.from_numpy(at @ line).to(gain.device) for line in (self.mean, self.log_deviation))
        scale = gain * torch.rsqrt(torch.exp(2 * log_deviation) + EPSILON)
        return scale, offset - mean * scale


class Accumulator:
    """Collects the moments of whole utterances."""

    def __init__(self, norms: Norms) -> None:
        self._norms = norms
        self._shares: list[float] = []
        self._moments: list[NDArray[np.float64]] = []

    def begin(self, f0: FloatArray) -> None:
        """The next utterance, with its pitch curve in Hz."""
        self._shares.append(voiced_share(f0))
        self._moments.append(np.zeros((2, self._norms.channels)))

    def observe(self, layer: int, x: Tensor) -> None:
        """Take the input [1, C, 1, t] of a layer."""
        mean, variance = moments(x, None)
        start, size = self._norms.starts[layer], self._norms.sizes[layer]
        values = torch.cat([mean, 0.5 * torch.log(variance + EPSILON)]).double().cpu()
        self._moments[-1][:, start : start + size] = values[:, :, 0, 0].numpy()

    def statistics(self) -> VoiceStatistics:
        """Lines through what was seen.

        Raises:
            ValueError: after too few sentences, or when the sound was not finite.
        """
        seen = np.stack(self._moments)
        if len(seen) < MIN_SENTENCES or not np.isfinite(seen).all():
            raise ValueError("the voice made no valid sound")
        shares = np.array(self._shares)
        middle = float(shares.mean())
        centred = shares - middle
        level = seen.mean(0)
        spread = float(centred @ centred) + RIDGE * len(shares) * float(shares.std()) ** 2
        slope = np.tensordot(centred, seen - level, axes=1) / max(spread, 1e-9)
        mean, log_deviation = np.stack([level, slope], axis=1).astype(np.float32)
        return VoiceStatistics(mean, log_deviation, (float(shares.min()), middle, float(shares.max())))


class StatisticsStore:
    """Statistics on disk: those that were made for these very weights, else those that come with the project."""

    def __init__(self, folder: Path, *, ships: bool = True) -> None:
        """Args:
        folder: of one set of weights; made when something is saved.
        ships: whether those that come with the project count.
        """
        self._folder = folder
        self._folders = (folder, SHIPPED_FOLDER) if ships else (folder,)
        self._loaded: dict[str, VoiceStatistics] = {}

    @property
    def folder(self) -> Path:
        """Where new ones go."""
        return self._folder

    def get(self, voice: str) -> VoiceStatistics | None:
        """The statistics of a voice; None where there are none. Read once."""
        if voice not in self._loaded:
            for folder in self._folders:
                path = folder / f"{voice}{SUFFIX}"
                if voice.isidentifier() and path.is_file():
                    with np.load(path) as arrays:
                        low, middle, high = arrays["shares"].tolist()
                        self._loaded[voice] = VoiceStatistics(
                            arrays["mean"].astype(np.float32),
                            arrays["log_deviation"].astype(np.float32),
                            (low, middle, high),
                        )
                    break
        return self._loaded.get(voice)

    def put(self, voice: str, statistics: VoiceStatistics) -> None:
        """Keep the statistics of a voice, and save them as float16, whole or not at all.

        Raises:
            OSError: when they cannot be saved; this process has them all the same.
        """
        self._loaded[voice] = statistics
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f".{voice}-{os.getpid()}.partial"
        with partial.open("wb") as file:
            np.savez_compressed(
                file,
                mean=statistics.mean.astype(np.float16),
                log_deviation=statistics.log_deviation.astype(np.float16),
                shares=np.array(statistics.shares, dtype=np.float32),
            )
        os.replace(partial, self._folder / f"{voice}{SUFFIX}")
