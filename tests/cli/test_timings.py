"""Files of times, read back by other readers."""

from __future__ import annotations

import json
from pathlib import Path

import av
import pytest
import webvtt

from app.cli.timings import Timeline, TimingsFormat
from app.client import Chunk

RATE_HZ = 8_000
CHARACTER_MS = 100
TEXTS = ("Is a < b & c > d, <i>yes</i> it is so.", "And  then — {all} of it\\n ends.")


def chunk_of(text: str, *, start: int = 0, final: bool = True) -> Chunk:
    """Characters of 100 ms each, from one of a flush's characters on."""
    starts = [place * CHARACTER_MS for place in range(len(text))]
    pcm = bytes(2 * len(text) * CHARACTER_MS * RATE_HZ // 1000)
    return Chunk(0, pcm, float(start * CHARACTER_MS), list(text), starts, [CHARACTER_MS] * len(text), final)


def timeline(*texts: str, ssml: bool = False) -> Timeline:
    made = Timeline(RATE_HZ, ssml=ssml)
    for text in texts:
        made.add(chunk_of(text[:5], final=False))
        made.add(chunk_of(text[5:], start=5))
    return made


def test_json_has_characters_and_words_on_one_axis() -> None:
    found = json.loads(timeline("Hi you", "there, Bo").written(TimingsFormat.JSON))
    assert (found["sample_rate_hz"], found["duration_ms"]) == (RATE_HZ, 1500)
    assert "".join(character["text"] for character in found["characters"]) == "Hi you\nthere, Bo\n"
    assert [character["start_ms"] for character in found["characters"]][:7] == [0, 100, 200, 300, 400, 500, 600]
    assert found["characters"][7] == {"text": "t", "start_ms": 600, "duration_ms": 100}
    assert found["words"] == [
        {"text": "Hi", "start_ms": 0, "end_ms": 200},
        {"text": "you", "start_ms": 300, "end_ms": 600},
        {"text": "there,", "start_ms": 600, "end_ms": 1100},
        {"text": "Bo", "start_ms": 1300, "end_ms": 1500},
    ]


@pytest.mark.parametrize("timings", [TimingsFormat.SRT, TimingsFormat.VTT])
def test_captions_are_read_back_by_ffmpeg_as_they_were(timings: TimingsFormat, tmp_path: Path) -> None:
    file = tmp_path / f"captions.{timings.value}"
    file.write_text(timeline(*TEXTS).written(timings), "utf-8")
    with av.open(str(file)) as container:
        packets = [packet for packet in container.demux() if packet.size]
    assert [(int(packet.pts), int(packet.pts + packet.duration)) for packet in packets] == [(0, 3700), (3800, 6800)]
    said = [bytes(packet).decode() for packet in packets]
    if timings is TimingsFormat.VTT:
        assert said[0] == "Is a &lt; b &amp; c &gt; d, &lt;i&gt;yes&lt;/i&gt; it is so."
    else:
        assert said == [TEXTS[0], "And then — {all} of it\\n ends."]


def test_webvtt_is_read_back_by_its_library(tmp_path: Path) -> None:
    read = webvtt.from_string(timeline(*TEXTS).written(TimingsFormat.VTT), strict=True)
    assert [(caption.start, caption.end) for caption in read] == [
        ("00:00:00.000", "00:00:03.700"),
        ("00:00:03.800", "00:00:06.800"),
    ]


def test_hours_are_written(tmp_path: Path) -> None:
    made = timeline("Hi")
    made.add(Chunk(0, bytes(2 * RATE_HZ * 3_725), 0.0, [], [], [], True))
    made.add(chunk_of("late"))
    assert "01:02:05,200 --> 01:02:06,200\nlate" in made.written(TimingsFormat.SRT)


def test_tags_of_ssml_are_in_no_caption_but_among_the_characters() -> None:
    made = timeline("<speak>Fish &amp; chips</speak>", ssml=True)
    assert "Fish & chips\n" in made.written(TimingsFormat.SRT)
    characters = json.loads(made.written(TimingsFormat.JSON))["characters"]
    assert "".join(character["text"] for character in characters).startswith("<speak>Fish &amp;")


def test_without_a_word_there_is_an_empty_file() -> None:
    assert json.loads(Timeline(RATE_HZ).written(TimingsFormat.JSON))["words"] == []
    assert Timeline(RATE_HZ).written(TimingsFormat.VTT).strip() == "WEBVTT"
