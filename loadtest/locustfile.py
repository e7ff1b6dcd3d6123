"""Locust users that listen, for any running service:

    python -m locust -f loadtest/locustfile.py --host http://127.0.0.1:8000 NativeUser ElevenLabsUser OpenAIUser

Every user plays what it gets in real time. Among Locust's entries, in ms: *first audio*, from the end of the first
sentence to the first chunk; *first sound*, the same with the silence that the sound begins with; *longest gap* between
two chunks; *underrun*, for how long there was nothing to play; *real-time factor × 1000*. A run whose median of the
first audio is above ``--first-audio-p50-ms``, or in which a text failed, ends with a code that is not 0.
"""

from __future__ import annotations

import random
import time
from argparse import ArgumentParser
from contextlib import closing
from typing import Any

import gevent
import httpx
from locust import User, events, task
from locust.env import Environment
from websockets.exceptions import WebSocketException

from loadtest.objectives import missed
from loadtest.playback import Playback
from loadtest.scenarios import SCENARIOS, Turn, ends_sentence
from loadtest.speakers import RATE_HZ, ElevenLabs, Native, OpenAI, Refused, Speaker

FAILURES = (Refused, WebSocketException, httpx.HTTPError, OSError, EOFError)
AFTER_FAILURE_S = 1.0


@events.init_command_line_parser.add_listener
def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="conversation", help="what users say")
    parser.add_argument("--voice", default="af_heart", help="whose voice")
    parser.add_argument("--key", default="", is_secret=True, help="API key, if the service wants one")
    parser.add_argument("--seed", type=int, default=1, help="of what users say and when")
    parser.add_argument(
        "--arrivals-per-s",
        type=float,
        default=0.0,
        help="open loop: so many texts a second in all, at random moments, however long the ones before take",
    )
    parser.add_argument("--first-audio-p50-ms", type=float, default=600.0, help="objective for the median")


@events.quitting.add_listener
def _judge(environment: Environment, **_: Any) -> None:
    objectives = missed(environment.stats, environment.parsed_options.first_audio_p50_ms)
    for sentence in objectives:
        print(f"missed: {sentence}")
    environment.process_exit_code = 1 if objectives else 0


class Listener(User):
    """A client that speaks, listens and thinks."""

    abstract = True
    kind: type[Speaker]

    def on_start(self) -> None:
        """Each user has its own course, the same in every run."""
        options = self.environment.parsed_options
        self.chance = random.Random(f"{options.seed} {self.kind.protocol} {self.environment.runner.user_count}")
        self.speaker: Speaker | None = None
        gevent.sleep(self.chance.uniform(0, 1))

    def on_stop(self) -> None:
        """Leaves."""
        self._leave()

    @task
    def turn(self) -> None:
        """One text; in an open loop the next one does not wait for its end."""
        options = self.environment.parsed_options
        turn = SCENARIOS[options.scenario](self.chance)
        if options.arrivals_per_s:
            gevent.spawn(self._speak_alone, turn)
            gevent.sleep(self.chance.expovariate(options.arrivals_per_s / max(1, self.environment.runner.user_count)))
            return
        try:
            self.speaker = self.speaker or self._enter()
            playback = self._hear(self.speaker, turn)
        except FAILURES as error:
            self._fire("speech", 0.0, error)
            self._leave()
            gevent.sleep(AFTER_FAILURE_S)
            return
        gevent.sleep((0.0 if turn.interrupted_after_s else playback.left_s(time.perf_counter())) + turn.think_s)

    def _enter(self) -> Speaker:
        options = self.environment.parsed_options
        return self.kind(self.environment.host or self.host, options.key or None, options.voice)

    def _leave(self) -> None:
        speaker, self.speaker = self.speaker, None
        if speaker is not None:
            with gevent.Timeout(AFTER_FAILURE_S, False):
                speaker.close()

    def _speak_alone(self, turn: Turn) -> None:
        try:
            speaker = self._enter()
            try:
                self._hear(speaker, turn)
            finally:
                speaker.close()
        except FAILURES as error:
            self._fire("speech", 0.0, error)

    def _hear(self, speaker: Speaker, turn: Turn) -> Playback:
        """Speaks a turn and tells Locust what was heard."""
        playback = Playback(RATE_HZ, time.perf_counter())
        feeding = gevent.spawn(_feed, speaker, turn, playback)
        if speaker.takes_whole_texts:
            feeding.join()
        else:
            gevent.sleep(0)
        heard_all = True
        with closing(speaker.parts()) as parts:
            for pcm in parts:
                playback.hear(pcm, time.perf_counter())
                if turn.interrupted_after_s is not None and playback.audio_s >= turn.interrupted_after_s:
                    heard_all = False
                    break
        feeding.kill()
        if not heard_all:
            speaker.interrupt()
        self._report(playback, heard_all)
        return playback

    def _report(self, playback: Playback, heard_all: bool) -> None:
        self._fire("speech", playback.made_in_s, length=round(playback.audio_s * 1000))
        if playback.first_audio_s is None:
            return
        self._fire("first audio", playback.first_audio_s)
        self._fire("first sound", playback.first_sound_s or playback.first_audio_s)
        self._fire("longest gap", playback.longest_gap_s)
        self._fire("underrun", sum(playback.underruns_s))
        if heard_all:
            self._fire("real-time factor × 1000", playback.made_in_s / playback.audio_s)

    def _fire(self, name: str, seconds: float, exception: Exception | None = None, length: int = 0) -> None:
        self.environment.events.request.fire(
            request_type=self.kind.protocol,
            name=name,
            response_time=seconds * 1000,
            response_length=length,
            exception=exception,
            context={},
        )


def _feed(speaker: Speaker, turn: Turn, playback: Playback) -> None:
    """Sends the pieces in their time; the listener waits from the first end of a sentence on."""
    is_waiting = False
    for number, piece in enumerate(turn.pieces, start=1):
        ends = ends_sentence(piece)
        if (ends or number == len(turn.pieces)) and not is_waiting:
            is_waiting, playback.asked_at = True, time.perf_counter()
        speaker.send(piece, ends_sentence=ends, ends_text=number == len(turn.pieces))
        if number < len(turn.pieces):
            gevent.sleep(turn.pause_s)


class NativeUser(Listener):
    """Over the project's own WebSocket."""

    kind = Native


class ElevenLabsUser(Listener):
    """Over ElevenLabs' WebSocket with contexts."""

    kind = ElevenLabs


class OpenAIUser(Listener):
    """Over OpenAI's HTTP path."""

    kind = OpenAI
