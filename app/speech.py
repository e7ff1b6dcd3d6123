"""The CPU stage: one flush of text in, chunks of speech with the time of every character out."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

import numpy as np
import torch

from app.assets import prepare
from app.audio.assemble import Assembler, Piece
from app.audio.resample import Resampler
from app.kokoro.voices import Voices, language_of
from app.messages import (
    FRAME_SAMPLES,
    Kokoro,
    Prosody,
    ReplicaLost,
    SpeechChunk,
    SpeechRequest,
    SynthesisFailed,
    Utterance,
    Window,
)
from app.metrics import SpeechMetrics
from app.settings import Settings, SpeechSettings
from app.text.normalize import SpokenText, spoken_form
from app.text.phonemize import Phonemizer
from app.text.segment import Segment, split_segments

logger = logging.getLogger(__name__)

SECONDS_PER_PHONEME = 0.065
"""How long a phoneme lasts at speed 1, stress marks and spaces counted in, for speech that is not made yet."""

MAX_TAKEOVERS = 3
"""Replicas that may be lost while they work on one utterance before it fails."""

WARM_UP_TEXT = "Hello there, qwzzy."
"""Its last word is in no lexicon, so that espeak is used once as well."""


def load_speaker(kokoro: Kokoro, settings: Settings, metrics: SpeechMetrics) -> Speaker:
    """Make a speaker with everything loaded and used once: voices, text, resampler. Takes a few seconds.

    Torch is kept to one thread in this process: its work here is small, and many requests share the cores.

    Raises:
        AssetsUnavailable: without weights and voices.
        ValueError: when the default voice is not among them.
    """
    torch.set_num_threads(1)
    assets = prepare(settings.weights, progress=False)
    vocabulary = json.loads(assets.config_path.read_text("utf-8"))["vocab"]
    voices = Voices({name: assets.voice_path(name) for name in assets.voices})
    if settings.session.default_voice not in voices.names:
        raise ValueError(
            f"session.default_voice is {settings.session.default_voice!r}, which is not among the voices of "
            f"{assets.folder}: {', '.join(voices.names) or 'none of a language that is served'}"
        )
    phonemizers = {
        language: Phonemizer(vocabulary, language) for language in sorted({language_of(name) for name in voices.names})
    }
    split_segments(WARM_UP_TEXT)
    for phonemizer in phonemizers.values():
        phonemizer.phonemize(WARM_UP_TEXT)
    for name in voices.names:
        voices.style(name, 1)
    Resampler(settings.session.default_sample_rate_hz).push(np.zeros(2400, dtype=np.float32), last=True)
    return Speaker(kokoro, voices, phonemizers, settings.speech, metrics)


class Speaker:
    """Speaks requests with the help of a Kokoro. One per process; every request is a coroutine of its own."""

    def __init__(
        self,
        kokoro: Kokoro,
        voices: Voices,
        phonemizers: dict[str, Phonemizer],
        settings: SpeechSettings,
        metrics: SpeechMetrics,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args:
        phonemizers: by language, for all languages that the voices speak.
        clock, sleep: seconds; they keep the work within ``max_ahead_s`` of the listener.
        """
        self._kokoro = kokoro
        self._voices = voices
        self._phonemizers = phonemizers
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._sleep = sleep

    @property
    def voices(self) -> tuple[str, ...]:
        """Names of the voices on offer."""
        return self._voices.names

    async def speak(self, request: SpeechRequest) -> AsyncGenerator[list[SpeechChunk], None]:
        """Yield the chunks of one flush, the first one alone; the last one is final.

        A flush without anything to say yields one final chunk without sound. While one utterance is sent, the
        next one is with Kokoro already. Closing the generator cancels what was asked there.

        Raises:
            SynthesisFailed: when Kokoro fails on an utterance, or the voice does not exist.
        """
        if request.voice not in self._voices.names:
            raise SynthesisFailed(f"There is no voice {request.voice!r}; GET /health lists the voices.")
        with self._metrics.speaking.track_inprogress():
            async with aclosing(self._speak(request)) as chunks:
                async for batch in chunks:
                    yield batch

    async def _speak(self, request: SpeechRequest) -> AsyncGenerator[list[SpeechChunk], None]:
        with self._metrics.timed("text"):
            spoken, segments = await asyncio.to_thread(self._prepare, request)
        assembler = Assembler(spoken, request.text, request.sample_rate_hz, self._settings)
        listener = _Listener(request.ahead_s, self._clock)
        pieces = self._pieces(spoken, segments, language_of(request.voice))
        asked: list[_Asked] = []
        look_ahead: asyncio.Task[Piece | None] | None = None
        try:
            piece = await anext(pieces)
            if piece.phrase is None:
                assembler.add_silent(piece)
                yield [assembler.finish_silent()]
                return
            asked.append(self._ask(request, piece, listener))
            while asked:
                # Phonemised while Kokoro decodes: the end of the flush is known before its last sound is sent.
                look_ahead = asyncio.create_task(_next_or_none(pieces))
                following: Piece | None = None
                ends_here = False
                async for window in asked[0].windows():
                    if window.prosody is not None:
                        following = await look_ahead
                        ends_here = following is None or following.phrase is None
                        assembler.begin(piece, window.prosody, last=ends_here)
                        listener.made_s = assembler.audio_s
                        if following is not None and following.phrase is None:
                            assembler.add_silent(following)
                        elif following is not None:
                            asked.append(self._ask(request, following, listener))
                    began = self._clock()
                    for chunks in assembler.push(window, last=window.last and ends_here):
                        self._metrics.took("sound", self._clock() - began)
                        yield chunks
                        listener.heard_first()
                        began = self._clock()
                await asked.pop(0).close()
                if following is not None:
                    piece = following
        finally:
            if look_ahead is not None:
                look_ahead.cancel()
                await asyncio.gather(look_ahead, return_exceptions=True)
            for stream in asked:
                await stream.close()
            await pieces.aclose()

    def _prepare(self, request: SpeechRequest) -> tuple[SpokenText, list[Segment]]:
        """Off the event loop: 10,000 characters take some 30 ms."""
        spoken = spoken_form(request.text, request.normalize)
        settings = self._settings
        return spoken, split_segments(
            spoken.text, min_words=settings.min_segment_words, max_characters=settings.max_segment_characters
        )

    def _ask(self, request: SpeechRequest, piece: Piece, listener: _Listener) -> _Asked:
        """Ask Kokoro for a piece, later if the listener has enough to hear for now."""
        assert piece.phrase is not None
        ids = piece.phrase.phoneme_ids
        deadline_s = listener.runs_dry_in_s()
        delay_s = 0.0
        if request.paced and deadline_s is not None:
            expected_s = len(ids) * SECONDS_PER_PHONEME / request.speed
            # A piece longer than all that may be made ahead starts when the listener runs dry.
            delay_s = min(max(0.0, deadline_s + expected_s - self._settings.max_ahead_s), max(0.0, deadline_s))
        utterance = Utterance(
            id=f"{request.id}-{piece.number}",
            phoneme_ids=ids,
            style=self._voices.style(request.voice, len(ids)),
            voice=request.voice,
            speed=request.speed,
            seed=(request.seed + piece.number) % 2**32,
            deadline_s=None if deadline_s is None else deadline_s - delay_s,
            paced=request.paced,
            lead_ms=self._settings.lead_silence_ms,
        )
        return _Asked(self._kokoro, utterance, delay_s, self._sleep, self._metrics)

    async def _pieces(self, spoken: SpokenText, segments: list[Segment], language: str) -> AsyncGenerator[Piece, None]:
        """The utterances of a text, phonemised one segment at a time; at least one, and they tile the text.

        Text without a sound is the silent beginning of the next piece, or at the end a piece of its own without
        a phrase.
        """
        phonemizer = self._phonemizers[language]
        number, start = 0, 0
        for segment in segments:
            text = spoken.text[segment.start : segment.end]
            with self._metrics.timed("phonemes"):
                phrases = await asyncio.to_thread(phonemizer.phonemize, text)
            for phrase in phrases:
                at_end = phrase is phrases[-1]
                end = segment.end if at_end else segment.start + phrase.text_end
                boundary = segment.boundary if at_end else "none"
                yield Piece(number, start, end, segment.start + phrase.text_start, phrase, boundary)
                number, start = number + 1, end
        if start < len(spoken.text) or number == 0:
            yield Piece(number, start, len(spoken.text), start, None, "none")


async def _next_or_none(pieces: AsyncIterator[Piece]) -> Piece | None:
    return await anext(pieces, None)


class _Asked:
    """One utterance with Kokoro: its windows are collected as they come, whether they are wanted yet or not.

    When the replica that decodes it is lost, another one goes on from the first frame that did not come.
    """

    def __init__(
        self,
        kokoro: Kokoro,
        utterance: Utterance,
        delay_s: float,
        sleep: Callable[[float], Awaitable[None]],
        metrics: SpeechMetrics,
    ) -> None:
        self._kokoro = kokoro
        self._utterance = utterance
        self._metrics = metrics
        self._prosody: Prosody | None = None
        self._next_frame = 0
        self._arrived: asyncio.Queue[Window | Exception | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._collect(delay_s, sleep))

    async def windows(self) -> AsyncIterator[Window]:
        """The windows in order; raises what Kokoro raised."""
        while (item := await self._arrived.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item

    async def close(self) -> None:
        """Withdraw what is not there yet."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _collect(self, delay_s: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        try:
            if delay_s:
                await sleep(delay_s)
            for takeovers_left in reversed(range(MAX_TAKEOVERS + 1)):
                try:
                    await self._take_all()
                    break
                except ReplicaLost:
                    if not takeovers_left:
                        raise
                    self._metrics.takeovers.inc()
                    logger.warning("utterance %s is taken over from frame %d", self._utterance.id, self._next_frame)
        except Exception as error:
            self._arrived.put_nowait(error)
        else:
            self._arrived.put_nowait(None)

    async def _take_all(self) -> None:
        began = time.monotonic()
        async with aclosing(self._kokoro.submit(self._utterance, self._next_frame, self._prosody)) as stream:
            async for window in stream:
                if self._prosody is None:
                    self._metrics.took("kokoro", time.monotonic() - began)
                    self._prosody = window.prosody
                else:
                    window = replace(window, prosody=None)
                self._next_frame = window.first_frame + len(window.samples) // FRAME_SAMPLES
                self._arrived.put_nowait(window)
                if window.last:
                    return


class _Listener:
    """When the listener runs dry, if the sound is heard from its first chunk on without a break."""

    def __init__(self, ahead_s: float | None, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ahead_s = ahead_s or 0.0
        self._since: float | None = None if ahead_s is None else clock()
        self.made_s = 0.0
        """Seconds of this flush that were made or asked for."""

    def heard_first(self) -> None:
        """A chunk was handed out; the first one starts the clock of a listener who heard nothing before."""
        if self._since is None:
            self._since = self._clock()

    def runs_dry_in_s(self) -> float | None:
        """Seconds until what was made is played; None before a listener who hears nothing got the first chunk."""
        if self._since is None and not self.made_s:
            return None
        elapsed_s = 0.0 if self._since is None else self._clock() - self._since
        return self._ahead_s + self.made_s - elapsed_s
