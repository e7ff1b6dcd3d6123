"""When words are heard, against forced alignment by pocketsphinx with its own acoustic model."""

import re
from dataclasses import dataclass

import numpy as np
import pytest
from pocketsphinx import Decoder

from tests.quality.conftest import Spoken

FRAME_MS = 10.0


@dataclass(frozen=True)
class WordTimes:
    word: str
    start_ms: float
    end_ms: float


def forced_alignment(sentence: Spoken) -> list[WordTimes]:
    """Start and end of every word as pocketsphinx places them, given the text."""
    decoder = Decoder(lm=None, loglevel="FATAL")
    decoder.set_align_text(re.sub(r"[^a-z' ]", "", sentence.text.lower()))
    decoder.start_utt()
    decoder.process_raw((sentence.samples * 32_767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    return [
        WordTimes(segment.word, segment.start_frame * FRAME_MS, (segment.end_frame + 1) * FRAME_MS)
        for segment in decoder.seg()
        if segment.word[0] not in "<["
    ]


def own_alignment(sentence: Spoken) -> list[WordTimes]:
    """Start of the first and end of the last letter of every word, as the service says."""
    return [
        WordTimes(match[0], sentence.start_ms[match.start()], sentence.end_ms[match.end() - 1])
        for match in re.finditer(r"[A-Za-z']+", sentence.text)
    ]


@pytest.fixture(scope="module")
def pairs(spoken: list[Spoken]) -> list[tuple[WordTimes, WordTimes]]:
    """Every word, as the service and as the aligner place it."""
    together = []
    for sentence in spoken:
        own, forced = own_alignment(sentence), forced_alignment(sentence)
        assert len(own) == len(forced), sentence.text
        together += zip(own, forced, strict=True)
    return together


def test_word_starts_are_within_30_ms_on_average(spoken, pairs) -> None:
    assert len(spoken) >= 12
    errors = np.array([own.start_ms - forced.start_ms for own, forced in pairs])
    print(
        f"{len(errors)} word starts: bias {errors.mean():.0f} ms, mean {np.abs(errors).mean():.0f} ms, "
        f"p95 {np.percentile(np.abs(errors), 95):.0f} ms"
    )
    assert np.abs(errors).mean() <= 30


def test_a_pause_is_not_part_of_the_word_before_it(spoken: list[Spoken]) -> None:
    for sentence in spoken:
        for match in re.finditer(r"\w(?=,)", sentence.text):
            pause_ms = sentence.start_ms[match.end() + 2] - sentence.end_ms[match.start()]
            assert pause_ms >= 50, sentence.text


@pytest.mark.parametrize("speed", [0.5, 0.7, 1.0, 1.5, 2.0])
def test_the_first_letter_is_timed_where_the_sound_begins_at_any_speed(speak, speed: float) -> None:
    for text, voice in [("She opened the window.", "af_heart"), ("Perhaps it will rain tomorrow.", "bm_george")]:
        sentence = speak(text, voice, speed)
        blocks = sentence.samples[: len(sentence.samples) // 80 * 80].reshape(-1, 80)
        onset_ms = 5 * np.flatnonzero(np.sqrt((blocks**2).mean(axis=1)) > 10 ** (-45 / 20))[0]
        assert abs(sentence.start_ms[0] - onset_ms) <= 70, (text, sentence.start_ms[0], onset_ms)
