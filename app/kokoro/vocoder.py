"""From features to sound: exactly and at once, or in windows with a voice's statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.kokoro import windows
from app.kokoro.generator import FEATURES_PER_FRAME, SOURCE_FRAMES_PER_FRAME, Generator
from app.kokoro.network import Features
from app.kokoro.source import Pitch, Source, Stretch
from app.kokoro.statistics import VoiceStatistics
from app.kokoro.windows import Span
from app.messages import FRAME_SAMPLES, FloatArray

WindowDecoder = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""``Generator.forward``, or the same compiled for one shape."""


@dataclass(frozen=True, slots=True, eq=False)
class Voiced:
    """An utterance that is ready to be decoded."""

    features: Features
    pitch: Pitch
    affine: tuple[Tensor, Tensor] | None
    """Scale and shift [channels] of the norms; None where it has to be decoded whole."""


class Vocoder:
    """The generator with its source."""

    def __init__(self, generator: Generator, source: Source) -> None:
        self.generator = generator
        self._source = source
        self._compiled: Mapping[int, WindowDecoder] = {}
        self._batched: WindowDecoder | None = None

    def use(self, compiled: Mapping[int, WindowDecoder]) -> None:
        """Decode single windows of these sizes by something quicker than the generator itself."""
        self._compiled = compiled

    def use_for_batches(self, decoder: WindowDecoder | None) -> None:
        """Decode all windows by something that wants few different shapes: batches are filled up to powers of two."""
        self._batched = decoder

    @torch.inference_mode()
    def ready(self, features: Features, seed: int, statistics: VoiceStatistics | None) -> Voiced:
        """Work out what does not depend on the window."""
        pitch = Pitch.of(features.prosody.f0, seed)
        if statistics is None:
            return Voiced(features, pitch, None)
        gain, offset = self.generator.gains(features.style[None])
        return Voiced(features, pitch, statistics.affine(gain[0], offset[0], features.prosody.f0))

    @torch.inference_mode()
    def decode_windows(self, parts: Sequence[tuple[Voiced, Span]]) -> list[FloatArray]:
        """Decode windows of one size; samples of each span at 24 kHz, float32."""
        size = parts[0][1].size
        length = windows.decoded_frames(size)
        begins = [windows.placed(span, voiced.features.prosody.frames) for voiced, span in parts]
        hidden = torch.stack(
            [
                voiced.features.hidden[:, FEATURES_PER_FRAME * begin : FEATURES_PER_FRAME * (begin + length)]
                for (voiced, _), begin in zip(parts, begins, strict=True)
            ]
        ).to(self.generator.dtype)
        source = self._source.spectra(
            [Stretch(voiced.pitch, begin, begin + length) for (voiced, _), begin in zip(parts, begins, strict=True)]
        )
        affines = [voiced.affine for voiced, _ in parts if voiced.affine is not None]
        scale, shift = (torch.stack(values) for values in zip(*affines, strict=True))
        # cuDNN may try all its ways here, where shapes recur; whole utterances have a new one each time.
        with torch.backends.cudnn.flags(enabled=True, benchmark=True, deterministic=False, allow_tf32=True):
            # One transfer for the whole batch.
            sound = self._decode(size, hidden, source, scale, shift).cpu().numpy()
        return [
            row[FRAME_SAMPLES * (span.start - begin) : FRAME_SAMPLES * (span.stop - begin)]
            for row, (_, span), begin in zip(sound, parts, begins, strict=True)
        ]

    def _decode(self, size: int, *inputs: Tensor) -> Tensor:
        count = len(inputs[0])
        if self._batched is not None:
            padding = (1 << (count - 1).bit_length()) - count
            filled = [torch.cat([values, values[-1:].expand(padding, *values.shape[1:])]) for values in inputs]
            return self._batched(*filled)[:count]
        if count == 1 and size in self._compiled:
            return self._compiled[size](*(values.contiguous() for values in inputs))
        return self.generator(*inputs)

    @torch.inference_mode()
    def decode_whole(
        self, batch: Sequence[Voiced], observe: Callable[[int, Tensor], None] | None = None, noise: float = 1.0
    ) -> list[FloatArray]:
        """Decode whole utterances exactly; all their samples at 24 kHz, float32.

        Args:
            observe: is shown the input of every AdaIN layer.
            noise: loudness of the source's noise, 1 as the package has it.
        """
        lengths = [voiced.features.prosody.frames for voiced in batch]
        longest = max(lengths)
        device = batch[0].features.hidden.device
        hidden = torch.zeros(len(batch), batch[0].features.hidden.shape[0], FEATURES_PER_FRAME * longest, device=device)
        source = torch.zeros(len(batch), 22, SOURCE_FRAMES_PER_FRAME * longest + 1, device=device)
        for row, (voiced, length) in enumerate(zip(batch, lengths, strict=True)):
            hidden[row, :, : FEATURES_PER_FRAME * length] = voiced.features.hidden
            source[row, :, : SOURCE_FRAMES_PER_FRAME * length + 1] = self._source.spectra(
                [Stretch(voiced.pitch, 0, length)], noise
            )[0]
        style = torch.stack([voiced.features.style for voiced in batch])
        frames = torch.tensor(lengths, device=device) if len(batch) > 1 else None
        sound = self.generator.exact(hidden, source, style, frames, observe).cpu().numpy()
        return [row[: FRAME_SAMPLES * length] for row, length in zip(sound, lengths, strict=True)]
