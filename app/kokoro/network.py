"""Kokoro's network up to the generator: phoneme ids and styles in, prosody and features out, in exact batches.

A batch of utterances of any lengths, voices and speeds gives each what it gets alone, but for the last bits of
float32: sums are taken in another order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from app.kokoro import masked
from app.kokoro.masked import Lengths
from app.messages import Prosody, SynthesisFailed, Utterance


@dataclass(frozen=True, slots=True)
class Features:
    """What the generator needs of one utterance."""

    prosody: Prosody
    hidden: Tensor
    """[512, 2 T] at 80 Hz, on the device."""
    style: Tensor
    """[128], the half of the style vector that shapes the sound, on the device."""


class Network:
    """BERT, the prosody's predictors, the text encoder and the decoder's trunk."""

    def __init__(self, model: Any, device: str, dtype: torch.dtype = torch.float32) -> None:
        """Args:
        model: ``KModel`` as ``load_package_model`` gives it. It is moved to the device, and parts of it are replaced.
        dtype: of the decoder's trunk. All that the timing rests on is float32.
        """
        self.device = device
        self._dtype = dtype
        model.to(device)
        self._bert, self._bert_encoder = model.bert, model.bert_encoder
        self._predictor, self._text_encoder = model.predictor, model.text_encoder
        for layer_group in self._bert.encoder.albert_layer_groups:
            for layer in layer_group.albert_layers:
                # The same function in one operation instead of eight.
                layer.activation = nn.GELU(approximate="tanh")
        if device == "cpu":
            for module in (self._bert, self._predictor):
                masked.through_onednn(module)
            self._bert_encoder = masked.Linear(self._bert_encoder)
        self._f0, self._energy = (
            nn.ModuleList(masked.ResidualBlock(block) for block in blocks).to(device)
            for blocks in (self._predictor.F0, self._predictor.N)
        )
        self._text_layers = [(masked.convolution(conv).to(device), norm) for conv, norm, *_ in self._text_encoder.cnn]
        decoder = model.decoder
        self._f0_conv, self._energy_conv = decoder.F0_conv, decoder.N_conv
        self._beside = masked.convolution(decoder.asr_res[0]).to(device, dtype)
        self._trunk_blocks = nn.ModuleList(
            masked.ResidualBlock(block, dtype) for block in (decoder.encode, *decoder.decode)
        ).to(device)

    @torch.inference_mode()
    def encode(self, utterances: Sequence[Utterance], prosodies: Sequence[Prosody | None]) -> list[Features]:
        """Predict the prosody of some utterances and make the generator's features.

        Args:
            prosodies: for each utterance what an earlier try predicted, which then holds; or None.

        Raises:
            SynthesisFailed: when a prosody does not fit its utterance.
        """
        for utterance, prosody in zip(utterances, prosodies, strict=True):
            _check_fit(utterance, prosody)
        batch = _Batch.of(utterances, self.device)
        if all(prosody is None for prosody in prosodies):
            predicted = self._predict(batch)
        else:
            predicted = [
                prosody or self._predict(_Batch.of([utterance], self.device))[0]
                for utterance, prosody in zip(utterances, prosodies, strict=True)
            ]
        hidden = self._trunk(batch, predicted)
        return [
            Features(prosody, hidden[row, :, : 2 * prosody.frames], batch.style[row, :128])
            for row, prosody in enumerate(predicted)
        ]

    def _predict(self, batch: _Batch) -> list[Prosody]:
        """Durations first, then pitch and energy over the frames that they make."""
        style = batch.style[:, 128:]
        attention = torch.ones_like(batch.ids)
        if batch.lengths is not None:
            attention = batch.lengths.mask(batch.ids)[:, 0, 0]
        hidden = self._bert_encoder(self._bert(batch.ids, attention_mask=attention))
        encoded = self._duration_encoder(hidden, style, batch.lengths)
        logits = self._predictor.duration_proj(masked.lstm(self._predictor.lstm, encoded, batch.lengths))
        durations = _whole_frames(torch.sigmoid(logits).sum(-1), batch)
        stretched = masked.spread(encoded.transpose(1, 2), durations)
        frames = None if batch.lengths is None else Lengths(durations.sum(1), stretched.shape[2])
        shared = masked.lstm(self._predictor.shared, stretched.transpose(1, 2), frames)
        shared = masked.channels_last(shared.transpose(1, 2))
        f0 = self._curve(self._f0, self._predictor.F0_proj, shared, style, frames)
        energy = self._curve(self._energy, self._predictor.N_proj, shared, style, frames)
        # One transfer for the whole batch.
        steps = f0.shape[1]
        host = torch.cat([f0, energy, durations.float()], dim=1).cpu().numpy()
        prosodies = []
        for row, phonemes in zip(host, batch.phonemes, strict=True):
            of_row = row[2 * steps : 2 * steps + phonemes].astype(np.int64)
            own = 2 * int(of_row.sum())
            prosodies.append(Prosody(of_row, row[:own].copy(), row[steps : steps + own].copy()))
        return prosodies

    def _duration_encoder(self, hidden: Tensor, style: Tensor, lengths: Lengths | None) -> Tensor:
        """The package's ``DurationEncoder``: [B, n, 512] to [B, n, 640], the style beside every step."""
        beside = style[:, None].expand(-1, hidden.shape[1], -1)
        layers = self._predictor.text_encoder.lstms
        x = torch.cat([hidden, beside], dim=2)
        for recurrent, norm in zip(layers[::2], layers[1::2], strict=True):
            x = torch.cat([masked.style_norm(norm, masked.lstm(recurrent, x, lengths), style), beside], dim=2)
        return x

    @staticmethod
    def _curve(
        blocks: nn.ModuleList, projection: nn.Conv1d, x: Tensor, style: Tensor, frames: Lengths | None
    ) -> Tensor:
        for block in blocks:
            x = block(x, style, frames)
        return projection(x[:, :, 0]).squeeze(1)

    def _text(self, batch: _Batch) -> Tensor:
        """The package's ``TextEncoder``: [B, 512, n]."""
        x = masked.within(masked.channels_last(self._text_encoder.embedding(batch.ids).transpose(1, 2)), batch.lengths)
        for conv, norm in self._text_layers:
            rows = conv(x)[:, :, 0].transpose(1, 2)
            rows = F.layer_norm(rows, (norm.channels,), norm.gamma, norm.beta, norm.eps)
            x = masked.within(masked.channels_last(F.leaky_relu(rows, 0.2).transpose(1, 2)), batch.lengths)
        return masked.lstm(self._text_encoder.lstm, x[:, :, 0].transpose(1, 2), batch.lengths).transpose(1, 2)

    def _trunk(self, batch: _Batch, prosodies: Sequence[Prosody]) -> Tensor:
        """Everything of the package's ``Decoder`` before its generator: [B, 512, 2 × longest]."""
        durations = torch.zeros(len(prosodies), batch.ids.shape[1], dtype=torch.long)
        longest = max(prosody.frames for prosody in prosodies)
        curves = torch.zeros(2, len(prosodies), 1, 2 * longest)
        for row, prosody in enumerate(prosodies):
            durations[row, : len(prosody.durations)] = torch.from_numpy(np.array(prosody.durations))
            curves[0, row, 0, : 2 * prosody.frames] = torch.from_numpy(np.array(prosody.f0))
            curves[1, row, 0, : 2 * prosody.frames] = torch.from_numpy(np.array(prosody.energy))
        durations, curves = durations.to(self.device), curves.to(self.device)
        frames = None if batch.lengths is None else Lengths(durations.sum(1), longest)
        text = masked.spread(self._text(batch), durations)
        f0, energy = self._f0_conv(curves[0]), self._energy_conv(curves[1])
        text, f0, energy = (masked.channels_last(x.to(self._dtype)) for x in (text, f0, energy))
        style = batch.style[:, :128]
        first, *others = self._trunk_blocks
        x = first(torch.cat([text, f0, energy], dim=1), style, frames)
        beside = torch.cat([self._beside(text), f0, energy], dim=1)
        for block in others:
            x = block(torch.cat([x, beside], dim=1), style, frames)
        return x[:, :, 0]


@dataclass(frozen=True, slots=True)
class _Batch:
    ids: Tensor
    """[B, n] with both pads of each utterance, zero behind its end."""
    phonemes: tuple[int, ...]
    """Ids of each utterance, both pads counted in."""
    lengths: Lengths | None
    """The same, for masks; None for a single utterance."""
    style: Tensor
    """[B, 256]."""
    speed: Tensor
    """[B, 1]."""

    @classmethod
    def of(cls, utterances: Sequence[Utterance], device: str) -> _Batch:
        phonemes = tuple(len(utterance.phoneme_ids) + 2 for utterance in utterances)
        ids = torch.zeros(len(utterances), max(phonemes), dtype=torch.long)
        for row, utterance in enumerate(utterances):
            ids[row, 1 : phonemes[row] - 1] = torch.tensor(utterance.phoneme_ids)
        style = torch.from_numpy(np.stack([utterance.style for utterance in utterances]).astype(np.float32))
        speed = torch.tensor([[utterance.speed] for utterance in utterances])
        lengths = Lengths(torch.tensor(phonemes).to(device), max(phonemes)) if len(utterances) > 1 else None
        return cls(ids.to(device), phonemes, lengths, style.to(device), speed.to(device))


def _whole_frames(spoken: Tensor, batch: _Batch) -> Tensor:
    """Frames [B, n] of each phoneme from the predicted ones; at least one, and none behind a row's end.

    The pads are silence, and stay as long as they are at speed 1: stretched, the model fills the leading one with a
    voice of its own; shortened, the first sound falls into it.
    """
    columns = torch.arange(spoken.shape[1], device=spoken.device)
    last = spoken.shape[1] - 1 if batch.lengths is None else batch.lengths.steps[:, None] - 1
    is_pad = (columns == 0) | (columns == last)
    frames = torch.where(is_pad, spoken, spoken / batch.speed).round().clamp(min=1).long()
    return frames if batch.lengths is None else frames * (columns <= last)


def _check_fit(utterance: Utterance, prosody: Prosody | None) -> None:
    wanted = len(utterance.phoneme_ids) + 2
    if prosody is None:
        return
    if len(prosody.durations) != wanted or len(prosody.f0) != 2 * prosody.frames:
        raise SynthesisFailed(
            f"The prosody to resume from has {len(prosody.durations)} durations; "
            f"the utterance has {wanted} phonemes with both pads."
        )
