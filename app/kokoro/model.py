"""The whole model as the engine drives it: network, vocoder, statistics, and what makes them quick on this machine."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np
import torch

from app.assets import Assets
from app.kokoro import compiled, precision, windows
from app.kokoro.calibration import Calibration
from app.kokoro.generator import Generator
from app.kokoro.interface import ModelLost
from app.kokoro.loading import check_device, free_gpu_memory, load_package_model
from app.kokoro.network import Network
from app.kokoro.schedule import Stage
from app.kokoro.source import Source
from app.kokoro.statistics import StatisticsStore
from app.kokoro.vocoder import Vocoder, Voiced
from app.kokoro.voices import Voices
from app.kokoro.windows import Span
from app.messages import FRAME_MS, FRAME_SAMPLES, FloatArray, Prosody, SynthesisFailed, Utterance
from app.settings import KokoroSettings

logger = logging.getLogger(__name__)

WARM_UP_TEXT = "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˈOvəɹ ðə lˈAzi dˈɔɡ. " * 3
WARM_UP_PHONEMES = (12, 40, 100)
"""Lengths that are tried at the start: the first time of a shape costs more."""

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def _tells_loss(method: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """After an error of the GPU its context in this process is of no use, but for a lack of memory: what is cached is
    given back, and the engine tries each utterance of the batch alone."""

    @wraps(method)
    def told(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return method(*args, **kwargs)
        except torch.OutOfMemoryError:
            free_gpu_memory()
            raise
        except torch.AcceleratorError as error:
            raise ModelLost(str(error).splitlines()[0]) from error

    return told


@dataclass(frozen=True, slots=True, eq=False)
class ReadyUtterance:
    """An utterance with its prosody, and how it is cut into windows."""

    voiced: Voiced
    lead_ms: float
    sizes: tuple[int, ...]

    @property
    def prosody(self) -> Prosody:
        """What was predicted, or given."""
        return self.voiced.features.prosody

    def plan(self, first_frame: int, *, grows: bool) -> list[Span]:
        """See ``app.kokoro.engine.Encoded``."""
        frames = self.prosody.frames
        if not 0 <= first_frame < frames:
            raise SynthesisFailed(f"first_frame {first_frame} is outside the utterance of {frames} frames.")
        # The silence in front is not decoded, but for what the listener gets of it.
        audible = math.floor((self.prosody.audible_ms[0] - self.lead_ms) / FRAME_MS)
        start = max(first_frame, 0, audible)
        if self.voiced.affine is None:
            return [Span(start, frames, 0)]
        return windows.plan(start, frames, self.sizes, grows=grows)


class KokoroModel:
    """Implements ``app.kokoro.engine.Model``. Every call on the thread that made it."""

    def __init__(self, assets: Assets, settings: KokoroSettings) -> None:
        """Load the weights.

        Raises:
            DeviceUnavailable: for ``cuda`` without a usable GPU.
        """
        torch.set_num_threads(settings.threads())
        check_device(settings.device)
        if settings.device == "cuda":
            # TF32: ten bits of mantissa in products, float32 sums. Unused on a CPU.
            torch.set_float32_matmul_precision("high")
            torch.backends.cudnn.allow_tf32 = True
        self._settings = settings
        self.dtype = precision.choose(settings.precision, settings.device)
        package = load_package_model(assets.config_path, assets.model_path)
        generator = Generator(package.decoder.generator, self.dtype).to(settings.device)
        source = Source(package.decoder.generator.m_source, settings.device)
        del package.decoder.generator
        self.network = Network(package, settings.device, self.dtype)
        self.vocoder = Vocoder(generator, source)
        self.statistics = StatisticsStore(assets.derived_folder / "statistics")
        self._vocabulary = json.loads(assets.config_path.read_text("utf-8"))["vocab"]
        self._voices = Voices({name: assets.voice_path(name) for name in assets.voices})
        self._calibration = self.calibration(self._voices.names)
        self._compiled_folder = assets.derived_folder / "compiled"
        self.compiled_sizes: tuple[int, ...] = ()

    @property
    def threads(self) -> int:
        """Threads that torch uses on the CPU."""
        return torch.get_num_threads()

    def calibration(self, names: Sequence[str]) -> Calibration:
        """The measuring of some voices."""
        return Calibration(self.network, self.vocoder, self._vocabulary, self._voices, self.statistics, names)

    def use_compiled(self) -> None:
        """Take the windows that were compiled for this machine, if there are any; on a GPU, compile them now."""
        if not self._settings.compile:
            return
        self._compile_on_gpu() if self._settings.device == "cuda" else self._load_compiled()

    def _load_compiled(self) -> None:
        found = compiled.load(self._compiled_folder, self._settings.window_frames, self.dtype)
        self.vocoder.use(found)
        self.compiled_sizes = tuple(sorted(found))
        if missing := set(self._settings.window_frames) - set(found):
            logger.warning(
                "windows of %s frames are not compiled for this machine and run slower; `kokoro-serve prepare` "
                "compiles them",
                ", ".join(map(str, sorted(missing))),
            )

    def _compile_on_gpu(self) -> None:
        # One CUDA graph for each shape and batch; captured when a shape is met first.
        self.vocoder.use_for_batches(torch.compile(self.vocoder.generator, mode="reduce-overhead", dynamic=False))
        self.compiled_sizes = tuple(self._settings.window_frames)

    @_tells_loss
    def encode(self, utterances: Sequence[Utterance], prosodies: Sequence[Prosody | None]) -> list[ReadyUtterance]:
        """See ``app.kokoro.engine.Model``."""
        ready = []
        for utterance, features in zip(utterances, self.network.encode(utterances, prosodies), strict=True):
            is_short = features.prosody.frames < max(
                self._settings.whole_below_frames, windows.decoded_frames(min(self._settings.window_frames))
            )
            statistics = None if is_short else self.statistics.get(utterance.voice)
            voiced = self.vocoder.ready(features, utterance.seed, statistics)
            ready.append(ReadyUtterance(voiced, utterance.lead_ms, tuple(sorted(self._settings.window_frames))))
        return ready

    @_tells_loss
    def decode(self, parts: Sequence[tuple[ReadyUtterance, Span]]) -> list[FloatArray]:
        """See ``app.kokoro.engine.Model``."""
        if parts[0][1].size:
            return self.vocoder.decode_windows([(ready.voiced, span) for ready, span in parts])
        sounds = self.vocoder.decode_whole([ready.voiced for ready, _ in parts])
        return [sound[span.start * FRAME_SAMPLES :] for sound, (_, span) in zip(sounds, parts, strict=True)]

    @_tells_loss
    def tidy_up(self) -> bool:
        """Measure a sentence of a voice that has no statistics yet."""
        return self._calibration.step()

    def warm_up(self) -> Iterator[tuple[Stage, int, int, float]]:
        """Use everything once or twice; yields stage, size, batch and seconds of what was done."""
        voice = next((name for name in self._voices.names if self.statistics.get(name)), None)
        for phonemes in WARM_UP_PHONEMES:
            ids = tuple(self._vocabulary[phoneme] for phoneme in WARM_UP_TEXT[:phonemes])
            style = self._voices.style(voice, phonemes) if voice else np.zeros(256, np.float32)
            utterance = Utterance("warm-up", ids, style, voice or "", speed=1.0, seed=0)
            for _ in range(2):
                began = time.perf_counter()
                [ready] = self.encode([utterance], [None])
                seconds = time.perf_counter() - began
            yield "prosody", phonemes + 2, 1, seconds
        if ready.voiced.affine is None:
            self.decode([(ready, Span(0, ready.prosody.frames, 0))])
            return
        for size in ready.sizes:
            if windows.decoded_frames(size) <= ready.prosody.frames:
                for _ in range(2):
                    began = time.perf_counter()
                    self.decode([(ready, Span(0, size, size))])
                    seconds = time.perf_counter() - began
                yield "vocoder", size, 1, seconds
