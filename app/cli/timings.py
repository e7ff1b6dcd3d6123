"""When the characters of a whole speech are heard, and the files that tell it: SubRip, WebVTT and JSON."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Sequence
from enum import Enum

from webvtt import Caption, WebVTT

from app.captions import Character, Cue, cues_of, without_markup, words_of
from app.client import Chunk
from app.messages import BYTES_PER_SAMPLE


class TimingsFormat(str, Enum):
    """A file of times; its value is the file's suffix as well."""

    SRT = "srt"
    VTT = "vtt"
    JSON = "json"


class Timeline:
    """Collects the characters of all flushes on one axis, which the samples make.

    Args:
        sample_rate_hz: of the chunks.
        ssml: whether the text has tags, which nobody wants to read in a caption.
    """

    def __init__(self, sample_rate_hz: int, *, ssml: bool = False) -> None:
        self._sample_rate_hz = sample_rate_hz
        self._ssml = ssml
        self._characters: list[Character] = []
        self._samples = 0
        self._flush_start_ms = 0.0

    @property
    def duration_ms(self) -> float:
        """Of all sound so far."""
        return self._samples * 1000 / self._sample_rate_hz

    def add(self, chunk: Chunk) -> None:
        """Take the next chunk. Each flush is a line, so that after one a line feed joins the characters."""
        chunk_start_ms = self._flush_start_ms + chunk.offset_ms
        self._characters += [
            Character(text, chunk_start_ms + start_ms, float(duration_ms))
            for text, start_ms, duration_ms in zip(
                chunk.chars, chunk.char_start_times_ms, chunk.char_durations_ms, strict=True
            )
        ]
        self._samples += len(chunk.pcm) // BYTES_PER_SAMPLE
        if chunk.final:
            self._flush_start_ms = self.duration_ms
            self._characters.append(Character("\n", self.duration_ms, 0.0))

    def written(self, timings: TimingsFormat) -> str:
        """The whole file."""
        if timings is TimingsFormat.JSON:
            return self._json()
        characters = without_markup(self._characters) if self._ssml else self._characters
        cues = cues_of(words_of(characters))
        return _srt(cues) if timings is TimingsFormat.SRT else _vtt(cues)

    def _json(self) -> str:
        document = {
            "sample_rate_hz": self._sample_rate_hz,
            "duration_ms": round(self.duration_ms, 3),
            "characters": [
                {
                    "text": character.text,
                    "start_ms": round(character.start_ms, 3),
                    "duration_ms": round(character.duration_ms, 3),
                }
                for character in self._characters
            ],
            "words": [
                {"text": word.text, "start_ms": round(word.start_ms, 3), "end_ms": round(word.end_ms, 3)}
                for word in words_of(self._characters)
            ],
        }
        return json.dumps(document, ensure_ascii=False) + "\n"


class _Plain(Caption):
    """A caption of SubRip, which has no escapes: what looks like a tag of WebVTT is text."""

    @property  # type: ignore[misc]  # nobody sets it
    def text(self) -> str:
        """As it is written."""
        return str(self.raw_text)


def _srt(cues: Sequence[Cue]) -> str:
    file = io.StringIO()
    WebVTT(captions=[_Plain(_stamp(cue.start_ms), _stamp(cue.end_ms), cue.lines) for cue in cues]).write(file, "srt")
    return file.getvalue() + "\n"


def _vtt(cues: Sequence[Cue]) -> str:
    captions = [
        Caption(_stamp(cue.start_ms), _stamp(cue.end_ms), [html.escape(line, quote=False) for line in cue.lines])
        for cue in cues
    ]
    return str(WebVTT(captions=captions).content)


def _stamp(milliseconds: float) -> str:
    seconds, left_ms = divmod(round(milliseconds), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{left_ms:03}"
