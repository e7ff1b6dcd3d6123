"""Kokoro's network: phoneme ids and a style in, prosody and sound out, one utterance at a time and exact.

All of it runs on the thread that called ``Network.load``; a second thread with torch work in the same process
halves the speed (libgomp stops spinning between parallel regions once it manages more threads than cores).
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import loguru
import numpy as np
import torch

from app.kokoro.engine import ModelLost
from app.messages import FRAME_SAMPLES, Prosody, SynthesisFailed, Utterance, Window


class DeviceUnavailable(Exception):
    """The configured device cannot be used; the message says why and what to change."""


@dataclass(frozen=True, slots=True)
class _Front:
    """What the decoder needs: ``asr`` [1, 512, T] at 40 Hz, ``f0`` and ``energy`` [1, 2T] at 80 Hz."""

    asr: torch.Tensor
    f0: torch.Tensor
    energy: torch.Tensor


def _kokoro_model_module() -> Any:
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


class Network:
    """The model on one device."""

    def __init__(self, model: Any, device: str) -> None:
        self._model = model
        self.device = device

    @classmethod
    def load(cls, config: Path, weights: Path, device: str = "cpu", threads: int | None = None) -> Network:
        """Load the weights; call it on the thread that will run the model.

        Args:
            config, weights: ``config.json`` and ``kokoro-v1_0.pth`` in the layout of the hub.
            threads: for torch's operators on the CPU; None leaves torch's own choice.

        Raises:
            DeviceUnavailable: for ``cuda`` without a usable GPU.
        """
        if threads is not None:
            torch.set_num_threads(threads)
        check_device(device)
        kokoro = _kokoro_model_module()
        with warnings.catch_warnings():
            # The package uses the older form of weight norm, and dropout in LSTMs of one layer.
            warnings.simplefilter("ignore")
            model = kokoro.KModel(repo_id="hexgrad/Kokoro-82M", config=str(config), model=str(weights))
        for module in model.modules():
            # The weight g·v/|v| does not change any more: computed once instead of in every forward pass.
            if hasattr(module, "weight_g"):
                torch.nn.utils.remove_weight_norm(module)
        return cls(model.eval().requires_grad_(False).to(device), device)

    @torch.inference_mode()
    def decode(self, utterance: Utterance, first_frame: int = 0, prosody: Prosody | None = None) -> Window:
        """Decode one utterance from ``first_frame`` (25 ms each) to its end; on the thread that loaded the model.

        Args:
            prosody: of an earlier decoding, to continue it with the same durations and melody.

        Raises:
            SynthesisFailed: when the prosody does not fit the utterance, or the sound is not finite.
            ModelLost: when the GPU failed; after that its context in this process is of no use.
        """
        try:
            return self._decode(utterance, first_frame, prosody)
        except torch.AcceleratorError as error:
            raise ModelLost(str(error).splitlines()[0]) from error

    def warm_up(self) -> None:
        """Decode a second of speech: the first one in a process takes up to three times as long."""
        ids = (50, 83, 54, 156, 31, 16, 65, 156, 87, 123, 54, 46, 4)
        self.decode(Utterance("warm-up", ids, np.zeros(256, np.float32), "", speed=1.0, seed=0))

    @property
    def threads(self) -> int:
        """Threads that torch uses on the CPU."""
        return torch.get_num_threads()

    def _decode(self, utterance: Utterance, first_frame: int, prosody: Prosody | None) -> Window:
        ids = torch.tensor([[0, *utterance.phoneme_ids, 0]], device=self.device)
        style = torch.from_numpy(np.array(utterance.style, dtype=np.float32)).to(self.device).reshape(1, 256)
        front, used = self._front(ids, style, utterance.speed, prosody)
        if not 0 <= first_frame < used.frames:
            raise SynthesisFailed(f"first_frame {first_frame} is outside the utterance of {used.frames} frames.")
        # The source draws its phases and its noise from the global generator. One thread, one utterance at a
        # time: seeding it here makes the sound a function of the utterance and the seed alone.
        torch.manual_seed(utterance.seed)
        audio = self._model.decoder(front.asr, front.f0, front.energy, style[:, :128]).reshape(-1)
        samples = audio[first_frame * FRAME_SAMPLES : used.frames * FRAME_SAMPLES].float().cpu().numpy()
        if not np.isfinite(samples).all():
            raise SynthesisFailed(
                "The model made no valid sound of this text. Word it differently, or take another voice."
            )
        return Window(samples=samples, first_frame=first_frame, last=True, prosody=used)

    def _front(
        self, ids: torch.Tensor, style: torch.Tensor, speed: float, prosody: Prosody | None
    ) -> tuple[_Front, Prosody]:
        """Everything before the decoder, for ids [1, N] with both pads and a style [1, 256]."""
        model = self._model
        lengths = torch.tensor([ids.shape[1]])
        mask = torch.zeros_like(ids, dtype=torch.bool)
        if prosody is None:
            prosodic_style = style[:, 128:]
            hidden = model.bert_encoder(model.bert(ids, attention_mask=(~mask).int())).transpose(-1, -2)
            encoded = model.predictor.text_encoder(hidden, prosodic_style, lengths, mask)
            logits = model.predictor.duration_proj(model.predictor.lstm(encoded)[0])
            spoken = torch.sigmoid(logits).sum(-1).reshape(-1)
            # The pads are silence, and stay as long as they are at speed 1: stretched, the model fills the leading
            # one with a voice of its own; shortened, the first sound falls into it.
            spoken[1:-1] /= speed
            durations = spoken.round().clamp(min=1).long()
            stretched = encoded.repeat_interleave(durations, dim=1).transpose(-1, -2)
            f0, energy = model.predictor.F0Ntrain(stretched, prosodic_style)
            prosody = Prosody(
                durations=durations.cpu().numpy(),
                f0=f0.reshape(-1).float().cpu().numpy(),
                energy=energy.reshape(-1).float().cpu().numpy(),
            )
        else:
            if len(prosody.durations) != ids.shape[1] or len(prosody.f0) != 2 * prosody.frames:
                raise SynthesisFailed(
                    f"The prosody to resume from has {len(prosody.durations)} durations; "
                    f"the utterance has {ids.shape[1]} phonemes with both pads."
                )
            durations = torch.from_numpy(np.array(prosody.durations)).to(self.device)
            f0 = torch.from_numpy(np.array(prosody.f0)).to(self.device).reshape(1, -1)
            energy = torch.from_numpy(np.array(prosody.energy)).to(self.device).reshape(1, -1)
        text = model.text_encoder(ids, lengths, mask)
        return _Front(text.repeat_interleave(durations, dim=2), f0, energy), prosody
