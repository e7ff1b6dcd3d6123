"""Layers over padded batches: each row comes out as if it were alone.

What stands behind a row's end must neither be read by a convolution, nor be counted by a norm, nor be run over by the
backward half of an LSTM. ``lengths`` is None where all rows have the full length; then nothing is masked.

Tensors are [batch, channels, 1, time] with the channels last in memory: oneDNN's convolutions are a quarter (bf16) to a
tenth (float32) quicker that way than over [batch, channels, time], and nothing has to be reordered between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

EPSILON = 1e-5
"""Of torch's instance norm."""

HALF_POWER = 2**-0.5


class Lengths:
    """True lengths of the rows of a padded batch, at any rate that is a multiple of theirs, and one more."""

    def __init__(self, steps: Tensor, longest: int) -> None:
        """Args:
        steps: [B] int, on the device.
        longest: the padded length.
        """
        self.steps = steps
        self._longest = longest
        self._masks: dict[tuple[int, torch.dtype], Tensor] = {}

    def of(self, x: Tensor) -> Tensor:
        """Valid steps [B] of ``x``, whose last axis is time."""
        times, more = divmod(x.shape[-1], self._longest)
        return self.steps * times + more

    def mask(self, x: Tensor) -> Tensor:
        """[B, 1, 1, t] in the type of ``x``: 1 within a row, 0 behind its end."""
        key = (x.shape[-1], x.dtype)
        if key not in self._masks:
            numbers = torch.arange(x.shape[-1], device=x.device)
            self._masks[key] = (numbers < self.of(x)[:, None]).to(x.dtype)[:, None, None]
        return self._masks[key]


def within(x: Tensor, lengths: Lengths | None) -> Tensor:
    """``x`` with zeros behind each row's end."""
    return x if lengths is None else x * lengths.mask(x)


def moments(x: Tensor, lengths: Lengths | None) -> tuple[Tensor, Tensor]:
    """Mean and variance [B, C, 1, 1] float32 over the valid steps."""
    x = x.float()
    if lengths is None:
        # In two passes: with the channels last, torch's own var_mean takes three times as long.
        mean = x.mean(-1, keepdim=True)
        return mean, (x - mean).square().mean(-1, keepdim=True)
    mask, count = lengths.mask(x), lengths.of(x)[:, None, None, None]
    mean = (x * mask).sum(-1, keepdim=True) / count
    variance = ((x - mean).square() * mask).sum(-1, keepdim=True) / count
    return mean, variance


def normalized(x: Tensor, gain: Tensor, offset: Tensor, lengths: Lengths | None) -> Tensor:
    """Instance norm with a gain and an offset [B, C, 1, 1] float32 for every channel; zero behind each row's end."""
    mean, variance = moments(x, lengths)
    scale = gain * torch.rsqrt(variance + EPSILON)
    shift = offset - mean * scale
    return within(x * scale.to(x.dtype) + shift.to(x.dtype), lengths)


def channels_last(x: Tensor) -> Tensor:
    """[B, C, t] to [B, C, 1, t] with the channels last in memory."""
    return x[:, :, None].contiguous(memory_format=torch.channels_last)


def convolution(upstream: nn.Conv1d) -> nn.Conv2d:
    """The same convolution over [B, C, 1, t]; its weights are copied."""
    conv = nn.Conv2d(
        upstream.in_channels,
        upstream.out_channels,
        (1, upstream.kernel_size[0]),
        stride=(1, upstream.stride[0]),
        padding=(0, int(upstream.padding[0])),
        dilation=(1, upstream.dilation[0]),
        bias=upstream.bias is not None,
    )
    weight = upstream.weight.detach()[:, :, None].clone()
    conv.weight.data = weight.contiguous(memory_format=torch.channels_last)
    if upstream.bias is not None:
        assert conv.bias is not None
        conv.bias.data = upstream.bias.detach().clone()
    return conv


class StyleBank(nn.Linear):
    """Gains and offsets of many AdaIN layers from a style at once, with the norms' own affine parameters worked in.

    AdaIN is (1 + γ) · (w · n + v) + β for the normalised input n: the gain is (1 + γ) · w, the offset
    (1 + γ) · v + β, with γ and β linear in the style.
    """

    def __init__(self, norms: list[Any]) -> None:
        """Args: norms: the package's ``AdaIN1d`` layers."""
        gains, gain_biases, offsets, offset_biases = [], [], [], []
        for norm in norms:
            gamma, beta = norm.fc.weight.detach().chunk(2)
            gamma_bias, beta_bias = norm.fc.bias.detach().chunk(2)
            w, v = norm.norm.weight.detach(), norm.norm.bias.detach()
            gains.append(gamma * w[:, None])
            gain_biases.append((1 + gamma_bias) * w)
            offsets.append(beta + gamma * v[:, None])
            offset_biases.append(beta_bias + (1 + gamma_bias) * v)
        weight = torch.cat(gains + offsets)
        super().__init__(weight.shape[1], weight.shape[0])
        self.weight.data, self.bias.data = weight, torch.cat(gain_biases + offset_biases)

    def gains(self, style: Tensor) -> tuple[Tensor, Tensor]:
        """Gain and offset, two times [B, channels of all layers], for styles [B, 128]."""
        gain, offset = self(style).chunk(2, dim=1)
        return gain, offset


class ResidualBlock(nn.Module):
    """The package's ``AdainResBlk1d``: two convolutions behind AdaIN, and a shortcut; it may double the rate."""

    def __init__(self, upstream: Any, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.conv1, self.conv2 = convolution(upstream.conv1), convolution(upstream.conv2)
        self.conv1x1 = convolution(upstream.conv1x1) if upstream.learned_sc else nn.Identity()
        self.doubles = upstream.upsample_type != "none"
        if self.doubles:
            # Kernel 3, stride 2, one channel at a time: even steps take the middle tap, odd ones both others.
            self.taps = nn.Parameter(upstream.pool.weight.detach().permute(2, 0, 1)[..., None].clone())
            self.pool_bias = nn.Parameter(upstream.pool.bias.detach()[:, None, None])
        self.to(dtype).requires_grad_(False)
        self.bank1, self.bank2 = StyleBank([upstream.norm1]), StyleBank([upstream.norm2])
        self.requires_grad_(False)

    def forward(self, x: Tensor, style: Tensor, lengths: Lengths | None) -> Tensor:
        """[B, C, 1, t] and styles [B, 128] to [B, C', 1, t] or, where it doubles, [B, C', 1, 2 t]."""
        y = F.leaky_relu(self._norm(self.bank1, x, style, lengths), 0.2)
        if self.doubles:
            y, x = within(self._pool(y), lengths), x.repeat_interleave(2, dim=-1)
        y = self.conv1(y)
        y = self.conv2(F.leaky_relu(self._norm(self.bank2, y, style, lengths), 0.2))
        return (y + self.conv1x1(x)) * HALF_POWER

    @staticmethod
    def _norm(bank: StyleBank, x: Tensor, style: Tensor, lengths: Lengths | None) -> Tensor:
        gain, offset = bank.gains(style)
        return normalized(x, gain[:, :, None, None], offset[:, :, None, None], lengths)

    def _pool(self, x: Tensor) -> Tensor:
        first, middle, last = self.taps
        following = F.pad(x[..., 1:], (0, 1))
        pairs = torch.stack([x * middle, x * last + following * first], dim=-1)
        doubled = pairs.flatten(-2) + self.pool_bias
        return doubled.contiguous(memory_format=torch.channels_last)


def lstm(layer: nn.LSTM, x: Tensor, lengths: Lengths | None) -> Tensor:
    """A bidirectional LSTM over [B, t, C]; zero behind each row's end."""
    if lengths is None:
        with _one_thread():
            return layer(x)[0]
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths.steps.cpu(), batch_first=True, enforce_sorted=False)
    padded, _ = nn.utils.rnn.pad_packed_sequence(layer(packed)[0], batch_first=True, total_length=x.shape[1])
    return padded


@contextmanager
def _one_thread() -> Iterator[None]:
    """The steps of an LSTM with one row are so small that a second thread costs more than it brings."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def spread(x: Tensor, durations: Tensor) -> Tensor:
    """Repeat each step of [B, C, n] as often as ``durations`` [B, n] says: [B, C, longest sum], zero behind an end."""
    totals = durations.sum(1)
    frames = torch.arange(int(totals.max()), device=x.device)
    index = torch.searchsorted(durations.cumsum(1), frames.repeat(len(x), 1), right=True)
    spread_out = x.gather(2, index.clamp(max=x.shape[2] - 1)[:, None].expand(-1, x.shape[1], -1))
    return spread_out if len(x) == 1 else spread_out * (frames < totals[:, None])[:, None]


def style_norm(layer: Any, x: Tensor, style: Tensor) -> Tensor:
    """The package's ``AdaLayerNorm`` over the channels of [B, t, C]."""
    gamma, beta = layer.fc(style)[:, None].chunk(2, dim=2)
    return (1 + gamma) * F.layer_norm(x, (layer.channels,), eps=layer.eps) + beta


class Linear(nn.Module):
    """A linear layer through oneDNN, which on processors that are not Intel's is twice as quick as MKL in float32."""

    def __init__(self, upstream: nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = upstream.weight, upstream.bias

    def forward(self, x: Tensor) -> Tensor:
        if x.is_cuda:
            return F.linear(x, self.weight, self.bias)
        return torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")


def through_onednn(module: nn.Module) -> None:
    """Replace every linear layer within a module by ``Linear``."""
    for name, child in module.named_children():
        if isinstance(child, nn.Linear):
            setattr(module, name, Linear(child))
        else:
            through_onednn(child)
