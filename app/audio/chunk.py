"""PCM in chunks: a longer first one, equal ones after it."""

from __future__ import annotations

import numpy as np

from app.messages import FloatArray


def to_pcm16(samples: FloatArray) -> bytes:
    """Samples within -1 to 1 as 16-bit little-endian PCM; louder ones are clipped."""
    return np.rint(np.clip(samples, -1.0, 1.0) * 32_767).astype("<i2").tobytes()


class Chunker:
    """Cuts a stream of samples into chunks of fixed lengths."""

    def __init__(self, sample_rate_hz: int, first_ms: int, next_ms: int) -> None:
        self._first = max(1, sample_rate_hz * first_ms // 1000)
        self._next = max(1, sample_rate_hz * next_ms // 1000)
        self._wanted = self._first
        self._rest = np.zeros(0, dtype=np.float32)

    @property
    def missing(self) -> int:
        """Samples that the next chunk still lacks."""
        return self._wanted - len(self._rest)

    def push(self, samples: FloatArray, last: bool = False) -> list[FloatArray]:
        """Take samples [n], return the chunks that are full now; with ``last`` the rest as a shorter one."""
        self._rest = np.concatenate([self._rest, samples])
        chunks = []
        while len(self._rest) >= self._wanted:
            chunks.append(self._rest[: self._wanted])
            self._rest = self._rest[self._wanted :]
            self._wanted = self._next
        if last and len(self._rest):
            chunks.append(self._rest)
            self._rest = self._rest[:0]
        return chunks
