"""The generator compiled ahead of time for single windows on this machine's CPU: one file for each size.

torch's inductor makes one function of all that stands between two convolutions and packs the weights in the layout that
oneDNN wants. It takes a C++ compiler and about 20 s a size, once; loading takes some hundredths of a second, and
nothing is traced or compiled when the service starts.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import shutil
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from app.kokoro import generator as generator_module
from app.kokoro import masked as masked_module
from app.kokoro.generator import FEATURES_PER_FRAME, SOURCE_FRAMES_PER_FRAME, Generator
from app.kokoro.vocoder import WindowDecoder
from app.kokoro.windows import CONTEXT_FRAMES, decoded_frames

logger = logging.getLogger(__name__)

SUFFIX = ".pt2"
COMPILERS = ("g++", "clang++", "c++")


def folder_for_this_machine(folder: Path, dtype: torch.dtype) -> Path:
    """Where the files are that fit to this processor, torch, number of threads and type, and to this code."""
    parts = [torch.__version__, torch.backends.cpu.get_cpu_capability(), _processor(), str(torch.get_num_threads())]
    sources = (str(generator_module.__file__), str(masked_module.__file__), __file__)
    parts += [str(CONTEXT_FRAMES), *(Path(source).read_text("utf-8") for source in sources)]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return folder / f"{str(dtype).removeprefix('torch.')}-{digest[:16]}"


def has_compiler() -> bool:
    """Whether there is a C++ compiler."""
    return any(shutil.which(name) for name in (os.environ.get("CXX"), *COMPILERS) if name)


def missing(folder: Path, sizes: Iterable[int], dtype: torch.dtype) -> list[int]:
    """The sizes that are not compiled for this machine."""
    there = folder_for_this_machine(folder, dtype)
    return [size for size in sizes if not (there / f"{size}{SUFFIX}").is_file()]


def compile_sizes(generator: Generator, folder: Path, sizes: Sequence[int]) -> None:
    """Compile windows of some sizes, with a progress bar. Whole files appear, or none.

    Raises:
        RuntimeError: when torch or the compiler fails.
    """
    there = folder_for_this_machine(folder, generator.dtype)
    there.mkdir(parents=True, exist_ok=True)
    for size in tqdm(sizes, desc="Compiling windows for this machine", unit="window"):
        frames = decoded_frames(size)
        channels = generator.norms.channels
        example = (
            torch.zeros(1, 512, FEATURES_PER_FRAME * frames, dtype=generator.dtype),
            torch.zeros(1, 22, SOURCE_FRAMES_PER_FRAME * frames + 1),
            torch.zeros(1, channels),
            torch.zeros(1, channels),
        )
        partial = there / f".{size}-{os.getpid()}{SUFFIX}"
        with warnings.catch_warnings(), torch.no_grad(), torch._inductor.config.patch(freezing=True):
            warnings.simplefilter("ignore")
            program = torch.export.export(generator, example)
            torch._inductor.aoti_compile_and_package(program, package_path=str(partial))
        os.replace(partial, there / f"{size}{SUFFIX}")


def load(folder: Path, sizes: Iterable[int], dtype: torch.dtype) -> dict[int, WindowDecoder]:
    """The compiled windows that are there; one that cannot be loaded counts as missing."""
    there = folder_for_this_machine(folder, dtype)
    found: dict[int, WindowDecoder] = {}
    for size in sizes:
        path = there / f"{size}{SUFFIX}"
        if path.is_file():
            try:
                found[size] = _checked(torch._inductor.aoti_load_package(str(path)), size, dtype)
            except Exception as error:
                logger.warning("%s cannot be loaded: %s", path, error)
    return found


def _checked(decoder: WindowDecoder, size: int, dtype: torch.dtype) -> WindowDecoder:
    """Compiled code trusts its inputs: one of another type or shape would be read as if it were the right one."""
    frames = decoded_frames(size)
    wanted = [(FEATURES_PER_FRAME * frames, dtype), (SOURCE_FRAMES_PER_FRAME * frames + 1, torch.float32)]

    def decode(features: Tensor, source: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        if [(x.shape[2], x.dtype) for x in (features, source)] != wanted or {scale.dtype, shift.dtype} != {
            torch.float32
        }:
            raise TypeError(f"a window of {size} frames wants {wanted}, not {features.shape} {features.dtype}")
        return decoder(features, source, scale, shift)

    return decode


def _processor() -> str:
    """Its model and what it can do: code for one may crash on another."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    wanted = ("model name", "flags", "Features")
    return "\n".join(sorted({line for line in lines if line.startswith(wanted)}))
