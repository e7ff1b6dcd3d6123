"""What is worked out once for a machine and a set of weights: compiled windows, and the statistics of voices."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from app.assets import Assets
from app.kokoro import compiled, precision
from app.kokoro.calibration import DEFAULT_VOICES, phonemes_of
from app.kokoro.model import KokoroModel
from app.kokoro.statistics import StatisticsStore
from app.kokoro.voices import language_of, served
from app.settings import KokoroSettings


class UnknownVoice(Exception):
    """A voice that is not there, or of a language that is not served."""


def make_ready(assets: Assets, settings: KokoroSettings) -> None:
    """Compile what is not compiled for this machine's CPU, and measure the default voices that have no statistics.

    Where there is a GPU the service compiles when it starts. Takes milliseconds where all is done.
    """
    settings = settings.model_copy(update={"device": "cpu"})
    torch.set_num_threads(settings.threads())
    if not torch.cuda.is_available() and settings.compile:
        _compile(assets, settings)
    store = StatisticsStore(assets.derived_folder / "statistics")
    if unmeasured := [name for name in DEFAULT_VOICES if name in assets.voices and store.get(name) is None]:
        measure(assets, settings, unmeasured, None)


def _compile(assets: Assets, settings: KokoroSettings) -> None:
    dtype = precision.choose(settings.precision, "cpu")
    folder = assets.derived_folder / "compiled"
    if not (sizes := compiled.missing(folder, settings.window_frames, dtype)):
        return
    if not compiled.has_compiler():
        print(
            "No C++ compiler here (g++ or clang++): the model's windows are not compiled, and the voice starts later. "
            "On Debian and Ubuntu: apt install g++",
            file=sys.stderr,
        )
        return
    model = KokoroModel(assets, settings)
    try:
        compiled.compile_sizes(model.vocoder.generator, folder, sizes)
    except (RuntimeError, OSError) as error:
        reason = str(error).strip().splitlines()
        print(f"The windows could not be compiled, the service runs without: {reason[-1:]}", file=sys.stderr)


def measure(assets: Assets, settings: KokoroSettings, voices: Sequence[str], out: Path | None) -> None:
    """Measure voices, with a progress bar. In float32, whatever the service runs in.

    Args:
        voices: those to be measured, or none for all that have no statistics.
        out: a folder for the statistics; None for the one beside the weights.

    Raises:
        UnknownVoice: for a name that is not there.
    """
    there = served(assets.voices)
    if unknown := [name for name in voices if name not in there]:
        raise UnknownVoice(f"There is no voice {', '.join(unknown)}. There are: {', '.join(there)}.")
    model = KokoroModel(assets, settings.model_copy(update={"device": "cpu", "precision": "float32"}))
    if out is not None:
        model.statistics = StatisticsStore(out, ships=False)
    names = [name for name in voices or there if voices or model.statistics.get(name) is None]
    steps = sum(len(phonemes_of(language_of(name))) for name in names if model.statistics.get(name) is None)
    calibration = model.calibration(names)
    with tqdm(total=steps, desc="Measuring voices", unit="sentence") as bar:
        while calibration.step():
            bar.update()
    print(f"{len(names)} voices measured: {model.statistics.folder}")
