import numpy as np
import pytest

from app.audio.chunk import Chunker, to_pcm16


def test_the_first_chunk_is_longer_and_the_last_is_what_remains() -> None:
    chunker = Chunker(44_100, first_ms=200, next_ms=100)
    chunks = chunker.push(np.zeros(44_100, np.float32), last=True)
    assert [len(chunk) for chunk in chunks] == [8_820, *[4_410] * 8]
    chunker = Chunker(44_100, first_ms=200, next_ms=100)
    assert [len(chunk) for chunk in chunker.push(np.zeros(10_000, np.float32), last=True)] == [8_820, 1_180]


def test_no_sample_is_lost_or_doubled_however_they_come() -> None:
    samples = np.random.default_rng(1).uniform(-1, 1, 50_000).astype(np.float32)
    chunker = Chunker(16_000, first_ms=200, next_ms=100)
    chunks = []
    for start in range(0, len(samples), 777):
        chunks += chunker.push(samples[start : start + 777], last=start + 777 >= len(samples))
    np.testing.assert_array_equal(np.concatenate(chunks), samples)
    assert {len(chunk) for chunk in chunks[1:-1]} == {1_600}


def test_missing_says_what_fills_the_next_chunk() -> None:
    chunker = Chunker(24_000, first_ms=200, next_ms=100)
    assert chunker.push(np.zeros(1_000, np.float32)) == []
    assert chunker.missing == 3_800
    assert len(chunker.push(np.zeros(chunker.missing, np.float32))) == 1


@pytest.mark.parametrize(
    ("sample", "value"), [(0.0, 0), (1.0, 32_767), (-1.0, -32_767), (1.7, 32_767), (-9.0, -32_767), (0.5, 16_384)]
)
def test_samples_become_little_endian_16_bit_and_loud_ones_are_clipped(sample: float, value: int) -> None:
    assert to_pcm16(np.array([sample], np.float32)) == value.to_bytes(2, "little", signed=True)
