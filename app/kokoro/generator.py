"""The generator: features at 80 Hz and a harmonic source in, sound out. Exact, or a window with given statistics.

Four of five operations of Kokoro are here. What it needs to know of a whole utterance are the means and variances of
its 48 adaptive instance norms (AdaIN); given those, any stretch of it can be decoded by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from app.kokoro.masked import Lengths, StyleBank, channels_last, convolution, normalized, within

FFT = 20
HOP = 5
BINS = FFT // 2 + 1
SOURCE_FRAMES_PER_FRAME = 120
"""Short-time spectra of the source, and of the sound, for each frame of 25 ms."""

FEATURES_PER_FRAME = 2
"""The input runs at 80 Hz."""

Normalize = Callable[[int, Tensor], Tensor]
"""Number of an AdaIN layer and its input [B, C, 1, t] to its output."""


@dataclass(frozen=True, slots=True)
class Norms:
    """Where each AdaIN layer has its channels among all of them."""

    starts: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def channels(self) -> int:
        """Of all layers together: 9,216."""
        return self.starts[-1] + self.sizes[-1]

    def of(self, layer: int, values: Tensor) -> Tensor:
        """The part [B, C, 1, 1] of ``values`` [B, channels] that belongs to a layer."""
        start, size = self.starts[layer], self.sizes[layer]
        return values[:, start : start + size, None, None]


class Generator(nn.Module):
    """Weights of the package's generator, in one floating type."""

    def __init__(self, upstream: Any, dtype: torch.dtype = torch.float32) -> None:
        """Args:
        upstream: ``KModel.decoder.generator`` without weight norm. Its weights are copied, not changed.
        dtype: of weights and activations; the spectra and the sound are float32 in any case.
        """
        super().__init__()
        self.dtype = dtype
        stages: list[_Stage] = []
        for number in range(upstream.num_upsamples):
            stages.append(_Stage(upstream, number, sum(len(stage.norm_sizes) for stage in stages)))
        self.stages = nn.ModuleList(stages)
        self.post = convolution(upstream.conv_post)
        sizes = [size for stage in stages for size in stage.norm_sizes]
        self.norms = Norms(tuple(sum(sizes[:number]) for number in range(len(sizes))), tuple(sizes))
        self.to(dtype).requires_grad_(False).eval()
        # Its output is log magnitudes and phases: rounded to bfloat16 they cost 0.3 of PESQ on average, and this
        # convolution is one operation of a hundred.
        self.post.float()
        # Sums over the utterance and all that follows from them stay in float32.
        self.style = StyleBank([norm for number in range(len(stages)) for norm in _norms_of(upstream, number)])
        self.style.requires_grad_(False)
        window = torch.hann_window(FFT, periodic=True)
        self.synthesis: Tensor
        self.register_buffer("synthesis", _inverse_fourier() * window, persistent=False)
        self.window_power: Tensor
        self.register_buffer("window_power", window.square(), persistent=False)

    def gains(self, style: Tensor) -> tuple[Tensor, Tensor]:
        """Gain and offset of every AdaIN channel, two times [B, channels] float32, for styles [B, 128]."""
        return self.style.gains(style)

    def forward(self, features: Tensor, source: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """Decode windows with given statistics.

        Args:
            features: [B, 512, 2 × W] at 80 Hz.
            source: [B, 22, 120 × W + 1], magnitudes and phases of the harmonic source.
            scale, shift: [B, channels] float32; they stand for AdaIN with the statistics already in them.

        Returns:
            [B, 600 × W] float32, at 24 kHz. Its edges are those of an utterance: within one, leave out some frames.
        """
        scale, shift = scale.to(self.dtype), shift.to(self.dtype)

        def normalize(layer: int, x: Tensor) -> Tensor:
            return x * self.norms.of(layer, scale) + self.norms.of(layer, shift)

        return self._run(features, source, normalize, None)

    def exact(
        self,
        features: Tensor,
        source: Tensor,
        style: Tensor,
        frames: Tensor | None = None,
        observe: Callable[[int, Tensor], None] | None = None,
    ) -> Tensor:
        """Decode whole utterances, each as if it were alone.

        Args:
            features, source: as for ``forward``; what is behind an utterance's end does not matter.
            style: [B, 128].
            frames: [B] int, the utterances' lengths where they differ.
            observe: is shown the input of every AdaIN layer.

        Returns:
            [B, 600 × W] float32; zero behind an utterance's end.
        """
        gain, offset = self.gains(style)
        lengths = None if frames is None else Lengths(frames, features.shape[2] // FEATURES_PER_FRAME)

        def normalize(layer: int, x: Tensor) -> Tensor:
            if observe is not None:
                observe(layer, x)
            return normalized(x, self.norms.of(layer, gain), self.norms.of(layer, offset), lengths)

        return self._run(features, source, normalize, lengths)

    def _run(self, features: Tensor, source: Tensor, normalize: Normalize, lengths: Lengths | None) -> Tensor:
        x = within(channels_last(features.to(self.dtype)), lengths)
        har = within(channels_last(source.to(self.dtype)), lengths)
        for stage in self.stages:
            x = stage(x, har, normalize, lengths)
        x = self.post(F.leaky_relu(x.float(), 0.01))
        return self._sound(x[:, :, 0], lengths)

    def _sound(self, x: Tensor, lengths: Lengths | None) -> Tensor:
        """Inverse short-time Fourier transform of log magnitudes and phases [B, 22, t], as ``torch.istft`` has it."""
        magnitude, phase = torch.exp(x[:, :BINS]), torch.sin(x[:, BINS:])
        spectra = torch.cat([magnitude * torch.cos(phase), magnitude * torch.sin(phase)], dim=1)
        present = torch.ones_like(x[:1, :1])
        if lengths is not None:
            present = lengths.mask(x[:, :, None])[:, :, 0].float()
            spectra = spectra * present
        pieces = spectra.transpose(1, 2) @ self.synthesis
        power = present.transpose(1, 2) * self.window_power
        sound = _overlap_add(pieces) / _overlap_add(power).clamp(min=1e-11)
        if lengths is not None:
            sound = sound * lengths.mask(sound[:, None, None])[:, 0, 0]
        return sound


class _Stage(nn.Module):
    """One upsampling: the source comes in, and the mean of some residual blocks goes out."""

    def __init__(self, upstream: Any, number: int, first_layer: int) -> None:
        """Args:
        number: of the stage.
        first_layer: number of its first AdaIN layer.
        """
        super().__init__()
        kernels = upstream.num_kernels
        self.is_last = number == upstream.num_upsamples - 1
        self.noise_conv = convolution(upstream.noise_convs[number])
        self.up = _Upsample(upstream.ups[number])
        blocks = [
            _ResidualBlock(block, first_layer + _ResidualBlock.LAYERS * place)
            for place, block in enumerate(_blocks_of(upstream, number))
        ]
        self.noise_block, self.branches = blocks[0], nn.ModuleList(blocks[1:])
        self.norm_sizes = [block.channels for block in blocks for _ in range(_ResidualBlock.LAYERS)]
        self.share = 1 / kernels

    def forward(self, x: Tensor, har: Tensor, normalize: Normalize, lengths: Lengths | None) -> Tensor:
        noise = self.noise_block(self.noise_conv(har), normalize, lengths)
        x = self.up(F.leaky_relu(x, 0.1))
        if self.is_last:
            # The package pads the first of 120 W + 1 spectra by reflection.
            x = torch.cat([x[..., 1:2], x], dim=-1)
        x = x + noise
        first, *others = self.branches
        total = first(x, normalize, lengths)
        for block in others:
            total = total + block(x, normalize, lengths)
        return within(total * self.share, lengths)


class _ResidualBlock(nn.Module):
    """Three dilated convolutions with a plain one after each, all of them behind AdaIN and Snake."""

    LAYERS = 6

    def __init__(self, upstream: Any, first_layer: int) -> None:
        super().__init__()
        self.first_layer = first_layer
        self.channels = upstream.convs1[0].out_channels
        pairs = list(zip(upstream.convs1, upstream.convs2, strict=True))
        self.convolutions = nn.ModuleList(convolution(conv) for pair in pairs for conv in pair)
        alphas = [alpha for pair in zip(upstream.alpha1, upstream.alpha2, strict=True) for alpha in pair]
        self.alphas = nn.ParameterList([nn.Parameter(alpha.detach()[:, :, None].clone()) for alpha in alphas])
        self.inverse_alphas = nn.ParameterList([nn.Parameter(1 / alpha.detach()[:, :, None]) for alpha in alphas])

    def forward(self, x: Tensor, normalize: Normalize, lengths: Lengths | None) -> Tensor:
        for first in range(0, self.LAYERS, 2):
            y = x
            for number in (first, first + 1):
                y = normalize(self.first_layer + number, y)
                y = y + self.inverse_alphas[number] * torch.sin(self.alphas[number] * y).square()
                y = self.convolutions[number](y)
            x = x + y
        return x


class _Upsample(nn.Module):
    """A transposed convolution with a kernel of two strides, as a plain one that makes all phases of a step at once."""

    def __init__(self, upstream: nn.ConvTranspose1d) -> None:
        super().__init__()
        self.stride, kernel, self.padding = upstream.stride[0], upstream.kernel_size[0], int(upstream.padding[0])
        if kernel != 2 * self.stride:
            raise ValueError(f"the kernel of an upsampling layer is {kernel}, not twice its stride of {self.stride}")
        inputs, outputs, _ = upstream.weight.shape
        # Output s·q + r takes input q by tap r and input q - 1 by tap r + s.
        taps = upstream.weight.detach().reshape(inputs, outputs, 2, self.stride).flip(2)
        weight = taps.permute(3, 1, 0, 2).reshape(self.stride * outputs, inputs, 1, 2)
        self.weight = nn.Parameter(weight.contiguous(memory_format=torch.channels_last))
        assert upstream.bias is not None
        self.bias = nn.Parameter(upstream.bias.detach().repeat(self.stride))
        self.outputs = outputs

    def forward(self, x: Tensor) -> Tensor:
        batch, _, _, steps = x.shape
        phases = F.conv2d(x, self.weight, self.bias, padding=(0, 1))
        flat = phases.permute(0, 2, 3, 1).reshape(batch, 1, (steps + 1) * self.stride, self.outputs)
        kept = flat[:, :, self.padding : self.padding + steps * self.stride]
        return kept.permute(0, 3, 1, 2)


def _blocks_of(upstream: Any, stage: int) -> list[Any]:
    """The residual blocks of a stage, the one of its source first."""
    kernels = upstream.num_kernels
    return [upstream.noise_res[stage], *upstream.resblocks[stage * kernels : (stage + 1) * kernels]]


def _norms_of(upstream: Any, stage: int) -> list[Any]:
    """The AdaIN layers of a stage in the order in which this module counts them."""
    return [
        norm
        for block in _blocks_of(upstream, stage)
        for pair in zip(block.adain1, block.adain2, strict=True)
        for norm in pair
    ]


def _inverse_fourier() -> Tensor:
    """[22, 20]: real parts, then imaginary parts of a spectrum's 11 bins to its 20 samples."""
    bins = torch.arange(BINS, dtype=torch.float64)[:, None]
    angle = 2 * torch.pi * bins * torch.arange(FFT, dtype=torch.float64) / FFT
    weight = torch.full((BINS, 1), 2.0 / FFT, dtype=torch.float64)
    weight[0] = weight[-1] = 1.0 / FFT
    return torch.cat([weight * torch.cos(angle), -weight * torch.sin(angle)]).float()


def _overlap_add(pieces: Tensor) -> Tensor:
    """Sum pieces [B, t, 20] that begin 5 samples apart; [B, 5 × (t - 1)], half a piece cut at both ends."""
    batch, count, _ = pieces.shape
    shifts = FFT // HOP
    parts = pieces.reshape(batch, count, shifts, HOP)
    total = sum(F.pad(parts[:, :, i], (0, 0, i, shifts - 1 - i)) for i in range(shifts))
    assert isinstance(total, Tensor)
    return total.reshape(batch, -1)[:, FFT // 2 : FFT // 2 + HOP * (count - 1)]
