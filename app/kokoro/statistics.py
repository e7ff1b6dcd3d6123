"""What a voice's sound is like on average, layer by layer: so a window need not wait for the rest of the utterance.

The generator's instance norms take mean and variance over a whole utterance. Both depend on the voice, on how much of
the utterance has a voice at all (pauses and hisses pull them one way, vowels the other), and a little on how high it
is: questions differ from statements. All three are known before a sound is decoded, the last two from the predicted
pitch. So the moments are measured over some sentences of each voice, and a plane is laid through them for every
channel.

Against statistics of two classes of steps (voiced or not), mixed by their shares, the planes miss the means by 0.017
instead of 0.028 standard deviations on average and by 0.023 instead of 0.077 at worst (af_heart, 18 sentences that
they were not laid through): what a voiced step looks like depends on the share as well, since the layers before it are
normalised, too.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
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

RIDGE = (0.02, 0.1)
"""Of the slopes over the voiced share and over the pitch, in units of their variances: some twenty sentences determine
the first one well, the second one less."""

BEYOND = 2.2
"""Standard deviations round the middle up to which a plane is followed."""

SHIPPED_FOLDER = Path(__file__).with_name("calibrated")
"""Statistics that come with the project."""

SUFFIX = ".npz"
MIN_SENTENCES = 8


def traits(f0: FloatArray) -> NDArray[np.float64]:
    """Share of the steps of a pitch curve in Hz that have a voice (0 to 1), and the logarithm of their mean pitch."""
    voiced = f0[f0 > VOICED_ABOVE_HZ]
    pitch_hz = float(voiced.mean()) if len(voiced) else VOICED_ABOVE_HZ
    return np.array([len(voiced) / len(f0), np.log(pitch_hz)])


@dataclass(frozen=True, slots=True, eq=False)
class VoiceStatistics:
    """Planes through the mean and the logarithm of the standard deviation of every AdaIN channel's input."""

    mean: FloatArray
    """[3, channels]: in the middle, and the slopes over one standard deviation of each trait."""
    log_deviation: FloatArray
    """[3, channels]: the same."""
    middle: FloatArray
    """[2] mean of the traits that the planes were laid through."""
    spread: FloatArray
    """[2] their standard deviations."""

    def affine(self, gain: Tensor, offset: Tensor, f0: FloatArray) -> tuple[Tensor, Tensor]:
        """Scale and shift [channels] that stand for AdaIN with a gain and an offset [channels].

        Args:
            f0: the utterance's predicted pitch, Hz.
        """
        place = np.clip((traits(f0) - self.middle) / self.spread, -BEYOND, BEYOND)
        at = np.array([1.0, *place], dtype=np.float32)
        mean, log_deviation = (
            torch.from_numpy(at @ plane).to(gain.device) for plane in (self.mean, self.log_deviation)
        )
        scale = gain * torch.rsqrt(torch.exp(2 * log_deviation) + EPSILON)
        return scale, offset - mean * scale


class Accumulator:
    """Collects the moments of whole utterances."""

    def __init__(self, norms: Norms) -> None:
        self._norms = norms
        self._traits: list[NDArray[np.float64]] = []
        self._moments: list[NDArray[np.float64]] = []

    def begin(self, f0: FloatArray) -> None:
        """The next utterance, with its pitch curve in Hz."""
        self._traits.append(traits(f0))
        self._moments.append(np.zeros((2, self._norms.channels)))

    def observe(self, layer: int, x: Tensor) -> None:
        """Take the input [1, C, 1, t] of a layer."""
        mean, variance = moments(x, None)
        start, size = self._norms.starts[layer], self._norms.sizes[layer]
        values = torch.cat([mean, 0.5 * torch.log(variance + EPSILON)]).double().cpu()
        self._moments[-1][:, start : start + size] = values[:, :, 0, 0].numpy()

    def statistics(self) -> VoiceStatistics:
        """Planes through what was seen, by ridge regression.

        Raises:
            ValueError: after too few sentences, or when the sound was not finite.
        """
        seen = np.stack(self._moments)
        if len(seen) < MIN_SENTENCES or not np.isfinite(seen).all():
            raise ValueError("the voice made no valid sound")
        all_traits = np.stack(self._traits)
        middle, spread = all_traits.mean(0), np.maximum(all_traits.std(0), 1e-6)
        level = seen.mean(0)
        places = (all_traits - middle) / spread
        normal = places.T @ places + len(seen) * np.diag(RIDGE)
        slopes = np.linalg.solve(normal, np.tensordot(places.T, seen - level, axes=1).reshape(2, -1))
        mean, log_deviation = np.concatenate([level[None], slopes.reshape(2, *level.shape)]).transpose(1, 0, 2)
        return VoiceStatistics(
            mean.astype(np.float32),
            log_deviation.astype(np.float32),
            middle.astype(np.float32),
            spread.astype(np.float32),
        )


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
                        self._loaded[voice] = VoiceStatistics(
                            *(arrays[field.name].astype(np.float32) for field in fields(VoiceStatistics))
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
                middle=statistics.middle,
                spread=statistics.spread,
            )
        os.replace(partial, self._folder / f"{voice}{SUFFIX}")
