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

from app.asked import Asked
from app.assets import prepare
from app.audio.assemble import Assembler, Piece
from app.audio.loudness import gain_of
from app.audio.resample import Resampler
from app.kokoro.voices import Voices, spoken_language
from app.languages import LANGUAGES
from app.messages import (
    SECONDS_PER_PHONEME,
    Kokoro,
    NothingToResume,
    Prosody,
    SpeechChunk,
    SpeechRequest,
    SynthesisFailed,
    Utterance,
)
from app.metrics import SpeechMetrics
from app.pieces import pieces_of
from app.settings import MAX_SPEED, MIN_SPEED, Settings, SpeechSettings
from app.text.marks import NO_DICTIONARY, Dictionary, read_dictionary
from app.text.normalize import spoken_form
from app.text.phonemize import Phonemizer
from app.text.segment import split_segments

logger = logging.getLogger(__name__)

WARM_UP_TEXT = "Hello there, qwzzy."
"""Its last word is in no lexicon, so that espeak is used once as well."""


def load_speaker(kokoro: Kokoro, settings: Settings, metrics: SpeechMetrics) -> Speaker:
    """Make a speaker with everything loaded and used once: voices, text, resampler. Takes a few seconds.

    Torch is kept to one thread in this process: its work here is small, and many requests share the cores.

    Raises:
        AssetsUnavailable: without weights and voices.
        ValueError: when the default voice is not among them, or for a dictionary that cannot be read.
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
    phonemizers = {language: Phonemizer(vocabulary, language) for language in LANGUAGES}
    for language, phonemizer in phonemizers.items():
        split_segments(spoken_form(WARM_UP_TEXT, language=language).text, language)
        phonemizer.phonemize(WARM_UP_TEXT)
    for name in voices.names:
        voices.style(name, 1)
    Resampler(settings.session.default_sample_rate_hz).push(np.zeros(2400, dtype=np.float32), last=True)
    return Speaker(
        kokoro,
        voices,
        phonemizers,
        settings.speech,
        metrics,
        dictionary=read_dictionary(settings.speech.dictionary_file),
    )


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
        dictionary: Dictionary = NO_DICTIONARY,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args:
        phonemizers: by language, for all of them: a request may name any.
        dictionary: words that are said in another way; a request's own go before them.
        clock, sleep: seconds; they keep the work within ``max_ahead_s`` of the listener.
        """
        self._kokoro = kokoro
        self._voices = voices
        self._phonemizers = phonemizers
        self._settings = settings
        self._dictionary = dictionary
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
        if not self._voices.has(request.voice):
            raise SynthesisFailed(f"There is no voice {request.voice!r}; GET /health lists the voices.")
        with self._metrics.speaking.track_inprogress():
            async with aclosing(self._speak(request)) as chunks:
                async for batch in chunks:
                    yield batch

    async def _speak(self, request: SpeechRequest) -> AsyncGenerator[list[SpeechChunk], None]:
        logger.info("speaking", extra={"characters": len(request.text), "from_sample": request.from_sample})
        gain = gain_of(request.voice, self._settings.loudness_lufs)
        assembler = Assembler(request.text, request.sample_rate_hz, self._settings, request.from_sample, gain)
        listener = _Listener(request.ahead_s, self._clock)
        language = spoken_language(request.language, request.voice)
        pieces = pieces_of(
            request,
            language,
            self._phonemizers[language],
            self._dictionary.with_entries(request.pronunciations),
            self._settings,
            assembler.extend,
            self._metrics.timed,
        )
        asked: list[Asked] = []
        look_ahead: asyncio.Task[Piece | None] | None = None
        try:
            piece = await anext(pieces)
            if piece.phrase is None:
                if request.from_sample:
                    raise NothingToResume("This text has no sound, so it cannot go on from within it.")
                assembler.add_silent(piece)
                yield [assembler.finish_silent()]
                return
            if request.from_sample:
                piece, pieces, resumed = await self._skipped(request, piece, pieces, assembler)
                asked.append(self._ask(request, piece, listener, *resumed))
            else:
                asked.append(self._ask(request, piece, listener))
            while asked:
                # Phonemised while Kokoro decodes: the end of the flush is known before its last sound is sent.
                look_ahead = asyncio.create_task(_next_or_none(pieces))
                following: Piece | None = None
                ends_here = False
                async for window in asked[0].windows():
                    if window.prosody is not None:
                        following = await look_ahead
                        ends_here = _ends_before(following)
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

    async def _skipped(
        self, request: SpeechRequest, piece: Piece, pieces: AsyncGenerator[Piece, None], assembler: Assembler
    ) -> tuple[Piece, AsyncGenerator[Piece, None], tuple[int, Prosody]]:
        """Goes past the pieces that end before ``request.from_sample``, of which only the prosody is asked for.

        Returns:
            The piece that the sample lies in, those after it, and the frame and the prosody to go on with.

        Raises:
            NothingToResume: there is no such sample.
        """
        while True:
            prosody = await self._prosody(request, piece)
            following = await _next_or_none(pieces)
            ends_here = _ends_before(following)
            frame = assembler.first_frame(piece, prosody, last=ends_here)
            if frame is not None:
                return piece, _with_first(following, pieces), (frame, prosody)
            assert following is not None
            assembler.begin(piece, prosody, last=ends_here)
            piece = following

    async def _prosody(self, request: SpeechRequest, piece: Piece) -> Prosody:
        utterance = replace(self._utterance(request, piece, None), prosody_only=True)
        stream = Asked(self._kokoro, utterance, 0.0, self._sleep, self._metrics)
        try:
            async for window in stream.windows():
                assert window.prosody is not None
                return window.prosody
            raise RuntimeError("Kokoro gave no prosody")
        finally:
            await stream.close()

    def _ask(
        self,
        request: SpeechRequest,
        piece: Piece,
        listener: _Listener,
        first_frame: int = 0,
        prosody: Prosody | None = None,
    ) -> Asked:
        """Ask Kokoro for a piece, later if the listener has enough to hear for now."""
        deadline_s = listener.runs_dry_in_s()
        delay_s = 0.0
        if request.paced and deadline_s is not None:
            assert piece.phrase is not None
            expected_s = len(piece.phrase.phoneme_ids) * SECONDS_PER_PHONEME / _speed(request, piece)
            # A piece longer than all that may be made ahead starts when the listener runs dry.
            delay_s = min(max(0.0, deadline_s + expected_s - self._settings.max_ahead_s), max(0.0, deadline_s))
        utterance = self._utterance(request, piece, None if deadline_s is None else deadline_s - delay_s)
        return Asked(self._kokoro, utterance, delay_s, self._sleep, self._metrics, first_frame, prosody)

    def _utterance(self, request: SpeechRequest, piece: Piece, deadline_s: float | None) -> Utterance:
        assert piece.phrase is not None
        ids = piece.phrase.phoneme_ids
        return Utterance(
            id=f"{request.id}-{piece.number}",
            phoneme_ids=ids,
            style=self._voices.style(request.voice, len(ids)),
            voice=request.voice,
            speed=_speed(request, piece),
            seed=(request.seed + piece.number) % 2**32,
            deadline_s=deadline_s,
            paced=request.paced,
            lead_ms=self._settings.lead_silence_ms,
            session=request.session,
        )


async def _next_or_none(pieces: AsyncIterator[Piece]) -> Piece | None:
    return await anext(pieces, None)


async def _with_first(first: Piece | None, pieces: AsyncGenerator[Piece, None]) -> AsyncGenerator[Piece, None]:
    """A piece that was looked at already, and those after it; closing this closes them."""
    async with aclosing(pieces):
        if first is not None:
            yield first
        async for piece in pieces:
            yield piece


def _speed(request: SpeechRequest, piece: Piece) -> float:
    return min(max(request.speed * piece.rate, MIN_SPEED), MAX_SPEED)


def _ends_before(following: Piece | None) -> bool:
    """Whether nothing with a sound comes any more."""
    return following is None or following.phrase is None


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
