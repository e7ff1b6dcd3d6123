"""The kokoro package's model, its weights, and the device that it goes to."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from pathlib import Path
from typing import Any

import loguru
import torch


class DeviceUnavailable(Exception):
    """The configured device cannot be used; the message says why and what to change."""


def load_package_model(config: Path, weights: Path) -> Any:
    """``kokoro.model.KModel`` with its weights, for inference on the CPU, weight norm worked into the weights.

    Args:
        config, weights: ``config.json`` and ``kokoro-v1_0.pth`` in the layout of the hub.
    """
    kokoro = package_model_module()
    with warnings.catch_warnings():
        # The package uses the older form of weight norm, and dropout in LSTMs of one layer.
        warnings.simplefilter("ignore")
        model = kokoro.KModel(repo_id="hexgrad/Kokoro-82M", config=str(config), model=str(weights))
    for module in model.modules():
        # The weight g·v/|v| does not change any more: computed once instead of in every forward pass.
        if hasattr(module, "weight_g"):
            torch.nn.utils.remove_weight_norm(module)
    return model.eval().requires_grad_(False)


def package_model_module() -> Any:
    """Import ``kokoro.model`` without running ``kokoro/__init__``.

    That one also imports the text pipeline with spaCy and misaki, which the model's process never uses: about
    3 s of start-up and 300 MB.
    """
    if "kokoro" not in sys.modules:
        spec = importlib.util.find_spec("kokoro")
        if spec is None:
            raise ModuleNotFoundError("the package 'kokoro' is not installed")
        sys.modules["kokoro"] = importlib.util.module_from_spec(spec)
        # As that package's own start does: its debug messages hold the whole configuration.
        loguru.logger.disable("kokoro")
    return importlib.import_module("kokoro.model")


def check_device(device: str) -> None:
    """Raise ``DeviceUnavailable`` unless torch can use ``device`` (``cpu`` or ``cuda``) in this process."""
    if device != "cuda":
        return
    if not torch.cuda.is_available():
        raise DeviceUnavailable(
            f"kokoro.device is 'cuda', but torch {torch.__version__} finds no usable GPU here "
            f"(built for CUDA {torch.version.cuda}, {torch.cuda.device_count()} devices visible). "
            "Check the driver and the replica's num_gpus, or serve with serve_config.cpu.yaml, whose kokoro.device is "
            "'cpu' (`make serve CONFIG=serve_config.cpu.yaml`)."
        )


def gpu_memory_bytes() -> int:
    """Memory of the GPU that torch holds in this process; 0 where it uses none."""
    return torch.cuda.memory_reserved() if torch.cuda.is_initialized() else 0


def free_gpu_memory() -> None:
    """Give back what torch holds of the GPU without using it."""
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
