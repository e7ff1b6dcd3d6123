"""In which floating type the generator runs: bfloat16 where the processor gains from it, measured at start-up."""

from __future__ import annotations

import math
import time
from typing import Literal

import torch
from torch.nn import functional as F  # noqa: N812

Precision = Literal["auto", "float32", "bfloat16"]

GAIN_WANTED = 1.25
"""Below that the rounding is not worth it."""

ROUNDS = 20


def choose(precision: Precision, device: str) -> torch.dtype:
    """The type for a setting; ``auto`` compares both on this device. Takes a tenth of a second."""
    if precision != "auto":
        return torch.float32 if precision == "float32" else torch.bfloat16
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    # The generator's commonest convolution: 128 channels, 11 taps, 0.3 s at 4,800 Hz.
    shapes = ((1, 128, 1, 1440), (128, 128, 1, 11))
    layers = {
        dtype: [torch.zeros(shape, dtype=dtype).contiguous(memory_format=torch.channels_last) for shape in shapes]
        for dtype in (torch.float32, torch.bfloat16)
    }
    # The best of many: another program's work can only make one slower.
    best = dict.fromkeys(layers, math.inf)
    for _ in range(ROUNDS):
        for dtype, (x, weight) in layers.items():
            began = time.perf_counter()
            F.conv2d(x, weight, padding=(0, 5))
            best[dtype] = min(best[dtype], time.perf_counter() - began)
    return torch.bfloat16 if best[torch.float32] >= GAIN_WANTED * best[torch.bfloat16] else torch.float32
