"""The CPU stage: one flush of text in, chunks of speech with the time of every character out."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

import numpy as np
import torch

from app.assets import prepare
from app.audio.assemble import Assembler, Piece
from app.audio.resample import Resampler
from app.kokoro.voices import Voices, language_of
from app.messages import Kokoro, SpeechChunk, SpeechRequest, SynthesisFailed, Utterance, Window
from app.settings import Settings, SpeechSettings
from app.text.normalize import SpokenText, spoken_form
from app.text.phonemize import Phonemizer
from app.text.segment import split_segments

WARM_UP_TEXT = "Hello there, qwzzy."
"""Its last word is in no lexicon, so that espeak is used once as well."""


def load_speaker(kokoro: Kokoro, settings: Settings) -> Speaker:
    """Make a speaker with everything loaded and used once: voices, text, resampler. Takes a few seconds.

    Torch is kept to one thread in this process: its work here is small, and many requests share the cores.
    """
    torch.set_num_threads(1)
    assets = prepare(settings.weights, progress=False)
    vocabulary = json.loads(assets.config_path.read_text("utf-8"))["vocab"]
    voices = Voices({name: assets.voice_path(name) for name in assets.voices})
    phonemizers = {
        language: Phonemizer(vocabulary, language) for language in sorted({language_of(name) for name in voices.names})
    }
    split_segments(WARM_UP_TEXT)
    for phonemizer in phonemizers.values():
        phonemizer.phonemize(WARM_UP_TEXT)
    for name in voices.names:
        voices.style(name, 1)
    Resampler(settings.session.default_sample_rate_hz).push(np.zeros(2400, dtype=np.float32), last=True)
    return Speaker(kokoro, voices, phonemizers, settings.speech)


class Speaker:
    """Speaks requests with the help of a Kokoro. One per process; every request is a coroutine of its own."""

    def __init__(
        self,
        kokoro: Kokoro,
        voices: Voices,
        phonemizers: dict[str, Phonemizer],
        settings: SpeechSettings,
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
            raise SynthesisFailed(f"The voice {request.voice!r} does not exist.")
        spoken = spoken_form(request.text, request.normalize)
        assembler = Assembler(spoken, request.text, request.sample_rate_hz, self._settings)
        listener = _Listener(request.ahead_s, self._clock)
        pieces = self._pieces(spoken, request.language or language_of(request.voice))
        piece = await anext(pieces)
        if piece.phrase is None:
            assembler.add_silent(piece)
            yield [assembler.finish_silent()]
            return
        asked: list[_Asked] = [self._ask(request, piece, listener)]
        look_ahead: asyncio.Task[Piece | None] | None = None
        try:
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
                    for chunks in assembler.push(window, last=window.last and ends_here):
                        yield chunks
                        listener.heard_first()
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

    def _ask(self, request: SpeechRequest, piece: Piece, listener: _Listener) -> _Asked:
        """Ask Kokoro for a piece, later if the listener has enough to hear for now."""
        assert piece.phrase is not None
        ids = piece.phrase.phoneme_ids
        deadline_s = listener.runs_dry_in_s()
        delay_s = 0.0
        if request.paced and deadline_s is not None:
            delay_s = max(0.0, deadline_s - self._settings.max_ahead_s)
        utterance = Utterance(
            id=f"{request.id}-{piece.number}",
            phoneme_ids=ids,
            style=self._voices.style(request.voice, len(ids)),
            voice=request.voice,
            speed=request.speed,
            seed=(request.seed + piece.number) % 2**32,
            deadline_s=None if deadline_s is None else deadline_s - delay_s,
        )
        return _Asked(self._kokoro, utterance, delay_s, self._sleep)

    async def _pieces(self, spoken: SpokenText, language: str) -> AsyncGenerator[Piece, None]:
        """The utterances of a text, phonemised one segment at a time; at least one, and they tile the text.

        Text without a sound is the silent beginning of the next piece, or at the end a piece of its own without
        a phrase.
        """
        phonemizer = self._phonemizers[language]
        settings = self._settings
        segments = split_segments(
            spoken.text, min_words=settings.min_segment_words, max_characters=settings.max_segment_characters
        )
        number, start = 0, 0
        for segment in segments:
            text = spoken.text[segment.start : segment.end]
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
    """One utterance with Kokoro: its windows are collected as they come, whether they are wanted yet or not."""

    def __init__(
        self, kokoro: Kokoro, utterance: Utterance, delay_s: float, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._arrived: asyncio.Queue[Window | BaseException | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._collect(kokoro, utterance, delay_s, sleep))

    async def _collect(
        self, kokoro: Kokoro, utterance: Utterance, delay_s: float, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        try:
            if delay_s:
                await sleep(delay_s)
            stream = kokoro.submit(utterance)
            try:
                async for window in stream:
                    self._arrived.put_nowait(window)
            finally:
                await stream.aclose()
        except Exception as error:
            self._arrived.put_nowait(error)
        else:
            self._arrived.put_nowait(None)

    async def windows(self) -> AsyncIterator[Window]:
        """The windows in order; raises what Kokoro raised."""
        while (item := await self._arrived.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    async def close(self) -> None:
        """Withdraw what is not there yet."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


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
