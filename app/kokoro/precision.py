"""In which floating type the generator runs: bfloat16 where the processor gains from it, measured at start-up."""

from __future__ import annotations

import time
from statistics import median
from typing import Literal

import torch
from torch.nn import functional as F  # noqa: N812

Precision = Literal["auto", "float32", "bfloat16"]

GAIN_WANTED = 1.25
"""Below that the rounding is not worth it."""

ROUNDS = 5


def choose(precision: Precision, device: str) -> torch.dtype:
    """The type for a setting; ``auto`` compares both on this device. Takes a tenth of a second."""
    if precision != "auto":
        return torch.float32 if precision == "float32" else torch.bfloat16
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    # The generator's commonest convolution: 128 channels, 11 taps, 0.3 s at 4,800 Hz.
    seconds = {}
    for dtype in (torch.float32, torch.bfloat16):
        x = torch.zeros(1, 128, 1, 1440, dtype=dtype).contiguous(memory_format=torch.channels_last)
        weight = torch.zeros(128, 128, 1, 11, dtype=dtype).contiguous(memory_format=torch.channels_last)
        times = []
        for _ in range(ROUNDS + 1):
            began = time.perf_counter()
            F.conv2d(x, weight, padding=(0, 5))
            times.append(time.perf_counter() - began)
        seconds[dtype] = median(times[1:])
    return torch.bfloat16 if seconds[torch.float32] >= GAIN_WANTED * seconds[torch.bfloat16] else torch.float32
