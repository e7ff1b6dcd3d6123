"""Whatever clients say in whatever order: every frame is one of the protocol's, and every word that must come comes."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.api.elevenlabs import connection
from tests.api.elevenlabs.clients import assert_whole, audio_of, opened, said
from tests.fakes import PATIENCE_S, FakeService, serving

TEXTS = st.sampled_from(
    ["", " ", "One.", "two ", "Three, four! ", "5.", "six\n", "a" * 60, "\N{GRINNING FACE} ", "\ud800 ", "\u2028x. "]
)
NAMES = st.sampled_from([None, "a", "b"])
FLAGS = st.sampled_from([None, True, False])
SETTINGS = st.sampled_from([None, {}, {"speed": 1.1}, {"speed": None}, {"speed": "fast"}, "nonsense", 5])
SCHEDULES = st.sampled_from([None, {}, {"chunk_length_schedule": [50]}, {"chunk_length_schedule": "x"}, 7])


def message(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


SINGLE = message(
    text=TEXTS, flush=FLAGS, try_trigger_generation=FLAGS, voice_settings=SETTINGS, generation_config=SCHEDULES
)
MULTI = message(
    text=TEXTS,
    flush=FLAGS,
    context_id=NAMES,
    close_context=FLAGS,
    voice_settings=SETTINGS,
    generation_config=SCHEDULES,
)
WRONG = st.sampled_from(["", "null", "[1]", '{"text": 1}', '{"context_id": {}}', '{"text": "\\ud800"}'])
AUTO_MODE = st.sampled_from(["auto_mode=true", "auto_mode=false", "sync_alignment=true&auto_mode=true"])


async def play(kind: str, query: str, raws: list[str]) -> tuple[list[dict[str, Any]], int, str]:
    """Everything that the server says to the messages until it closes, and that nothing of it runs on."""
    service = FakeService()
    async with serving(service) as address:
        async with opened(address, kind, f"output_format=pcm_8000&{query}") as client:

            async def talk() -> None:
                for raw in raws:
                    await client.socket.send(raw)

            _, heard = await asyncio.gather(talk(), client.hear_rest(), return_exceptions=True)
        await service.speech.idle()
    assert not isinstance(heard, BaseException), heard
    return heard


def run(kind: str, query: str, raws: list[str]) -> tuple[list[dict[str, Any]], int, str]:
    previous, connection.CLOSE_AFTER_ERROR_S = connection.CLOSE_AFTER_ERROR_S, 0.0
    try:
        return asyncio.run(asyncio.wait_for(play(kind, query, raws), PATIENCE_S))
    finally:
        connection.CLOSE_AFTER_ERROR_S = previous


def assert_frames(frames: list[dict[str, Any]]) -> None:
    """What holds for the frames of one context, the error that ends it included."""
    finals = [index for index, frame in enumerate(frames) if frame.get("isFinal")]
    assert finals in ([], [len(frames) - 1])
    for frame in frames:
        if "error" in frame:
            assert frame["code"] == 1008
            assert frame["message"]
            continue
        assert "message" not in frame
        if frame.get("isFinal"):
            assert not frame["audio"]
            continue
        assert frame["audio"]
        for part in ("alignment", "normalizedAlignment"):
            if frame[part] is not None:
                assert_whole(frame[part])


@settings(max_examples=60, deadline=None)
@given(AUTO_MODE, st.lists(SINGLE, max_size=12))
def test_stream_input_speaks_every_word_and_ends_once(query: str, messages: list[dict[str, Any]]) -> None:
    raws = [json.dumps(message) for message in [*messages, {"text": ""}]]
    frames, code, reason = run("stream-input", query, raws)
    assert_frames(frames)
    assert (code, reason) == (1000, "")
    assert frames[-1]["isFinal"] is True
    ends = [index for index, message in enumerate(messages) if message.get("text") == "" and not message.get("flush")]
    taken = messages[: ends[0]] if ends else messages
    text = "".join(message.get("text") or "" for message in taken)
    assert "".join(said(frames).split()) == "".join(text.split())
    assert bool(audio_of(frames)) == bool(text.strip())


def marked(message: dict[str, Any]) -> dict[str, Any]:
    """The message with letters that no other context's texts have."""
    name, text = message.get("context_id"), message.get("text")
    if text is None:
        return message
    return {**message, "text": "".join((name or "d") if letter.isalpha() else letter for letter in text)}


@settings(max_examples=60, deadline=None)
@given(AUTO_MODE, st.lists(MULTI.map(marked), max_size=15))
def test_multi_stream_input_ends_every_context_once(query: str, messages: list[dict[str, Any]]) -> None:
    raws = [json.dumps(message) for message in [*messages, {"close_socket": True}]]
    frames, code, reason = run("multi-stream-input", query, raws)
    assert (code, reason) == (1000, "")
    of_context = defaultdict(list)
    for frame in frames:
        of_context[frame["contextId"]].append(frame)
    for name, own in of_context.items():
        # A name may have been used again, so that it has more than one end.
        assert own[-1].get("isFinal") is True
        ends = [index + 1 for index, frame in enumerate(own) if frame.get("isFinal")]
        for start, end in zip([0, *ends], ends, strict=False):
            assert_frames(own[start:end])
        letters = {letter for letter in said(own) if letter.isalpha()}
        assert letters <= {"d" if name == "default" else name}
        mine = [message for message in messages if (message.get("context_id") or "default") == name]
        if all(not message.get("close_context") for message in mine):
            flushes = [index for index, message in enumerate(mine) if message.get("flush")]
            flushed = "".join(message.get("text") or "" for message in mine[: flushes[-1] + 1]) if flushes else ""
            assert "".join(said(own).split()).startswith("".join(flushed.split()))


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["stream-input", "multi-stream-input"]), st.lists(SINGLE.map(json.dumps) | WRONG, max_size=8), WRONG
)
def test_what_is_no_message_ends_the_connection_in_the_protocols_way(kind: str, raws: list[str], wrong: str) -> None:
    end = '{"close_socket": true}' if kind.startswith("multi") else '{"text": ""}'
    frames, code, _ = run(kind, "", [*raws, wrong, end])
    assert code in (1000, 1008)
    assert [frame for frame in frames if "error" in frame] == (frames[-1:] if code == 1008 else [])
