"""Clients of each protocol for Locust, which wants them blocking: gevent lets others go on meanwhile.

Each has a text sent in pieces and gives its sound back in parts, 16-bit mono PCM at ``RATE_HZ``.
"""

from __future__ import annotations

import base64
import json
from abc import ABC, abstractmethod
from collections.abc import Generator
from itertools import count
from typing import Any

import httpx
from websockets.sync.client import connect

RATE_HZ = 24_000
MAX_FRAME_BYTES = 2**24
PATIENCE_S = 60.0
"""Nothing for so long is a failure."""


class Refused(Exception):
    """The service answered with an error."""


class Speaker(ABC):
    """One client, which speaks one text after the other.

    Args:
        host: ``http://host:port``.
        key: the API key, if the service wants one.
        voice: whose.
    """

    protocol: str
    takes_whole_texts = False
    """Whether its sound can be asked for only when the text is complete."""

    def __init__(self, host: str, key: str | None, voice: str) -> None:
        self._host = host.rstrip("/")
        self._headers = {"xi-api-key": key, "authorization": f"Bearer {key}"} if key else {}
        self._voice = voice

    @abstractmethod
    def send(self, piece: str, *, ends_sentence: bool, ends_text: bool) -> None:
        """Sends a piece of the text."""

    @abstractmethod
    def parts(self) -> Generator[bytes, None, None]:
        """The sound of the text that is sent, until it ends.

        Raises:
            Refused: an error came in place of it.
        """

    @abstractmethod
    def interrupt(self) -> None:
        """Has no more of the text spoken, and waits until nothing of it comes any more."""

    @abstractmethod
    def close(self) -> None:
        """Leaves."""

    def _socket(self, path: str) -> Any:
        url = self._host.replace("http", "ws", 1) + path
        return connect(url, additional_headers=self._headers, max_size=MAX_FRAME_BYTES, compression=None)


class Native(Speaker):
    """The project's own WebSocket: every sentence is a flush."""

    protocol = "native"

    def __init__(self, host: str, key: str | None, voice: str) -> None:
        super().__init__(host, key, voice)
        self._ws = self._socket("/ws")
        self._unspoken = 0
        self._is_sent = True

    def send(self, piece: str, *, ends_sentence: bool, ends_text: bool) -> None:
        flush = ends_sentence or ends_text
        self._unspoken += flush
        self._is_sent = ends_text
        self._ws.send(json.dumps({"text": piece, "flush": flush, "voice": self._voice, "sample_rate": RATE_HZ}))

    def parts(self) -> Generator[bytes, None, None]:
        while self._unspoken or not self._is_sent:
            frame = json.loads(self._ws.recv(PATIENCE_S))
            if "error" in frame:
                self._unspoken, self._is_sent = 0, True
                raise Refused(f"{frame['error']} ({frame['code']})")
            self._unspoken -= bool(frame.get("final"))
            yield base64.b64decode(frame["audio"])

    def interrupt(self) -> None:
        self._unspoken, self._is_sent = 0, True
        self._ws.send('{"cancel": true}')
        while not json.loads(self._ws.recv(PATIENCE_S)).get("cancelled"):
            pass

    def close(self) -> None:
        self._ws.close()


class ElevenLabs(Speaker):
    """ElevenLabs' ``multi-stream-input`` as frameworks for voice agents use it: a context for each text."""

    protocol = "elevenlabs"

    def __init__(self, host: str, key: str | None, voice: str) -> None:
        super().__init__(host, key, voice)
        query = f"output_format=pcm_{RATE_HZ}&auto_mode=true&inactivity_timeout=180"
        self._ws = self._socket(f"/v1/text-to-speech/{voice}/multi-stream-input?{query}")
        self._names = (f"text-{number}" for number in count())
        self._name = next(self._names)
        self._is_new = True

    def send(self, piece: str, *, ends_sentence: bool, ends_text: bool) -> None:
        if self._is_new:
            self._is_new = False
            self._say(text=" ")
        self._say(text=piece)
        if ends_text:
            self._say(text="", flush=True)
            self._say(close_context=True)

    def parts(self) -> Generator[bytes, None, None]:
        while (frame := self._next()) is not None:
            yield base64.b64decode(frame["audio"])

    def interrupt(self) -> None:
        self._say(close_context=True)
        while self._next() is not None:
            pass

    def close(self) -> None:
        self._ws.close()

    def _next(self) -> dict[str, Any] | None:
        """The next message of sound; None at the end of the context, behind which another one may begin."""
        frame = json.loads(self._ws.recv(PATIENCE_S))
        if "error" in frame:
            raise Refused(f"{frame['message']} ({frame['error']})")
        if frame.get("isFinal"):
            self._name, self._is_new = next(self._names), True
            return None
        return frame

    def _say(self, **message: Any) -> None:
        self._ws.send(json.dumps({**message, "context_id": self._name}))


class OpenAI(Speaker):
    """OpenAI's ``/v1/audio/speech``: a request takes the whole text, however it came."""

    protocol = "openai"
    takes_whole_texts = True

    def __init__(self, host: str, key: str | None, voice: str) -> None:
        super().__init__(host, key, voice)
        self._http = httpx.Client(base_url=self._host, headers=self._headers, timeout=PATIENCE_S, trust_env=False)
        self._text = ""

    def send(self, piece: str, *, ends_sentence: bool, ends_text: bool) -> None:
        self._text += piece

    def parts(self) -> Generator[bytes, None, None]:
        text, self._text = self._text, ""
        body = {"model": "kokoro", "voice": self._voice, "input": text, "response_format": "pcm"}
        with self._http.stream("POST", "/v1/audio/speech", json=body) as answer:
            if answer.is_error:
                raise Refused(f"{answer.read().decode(errors='replace')} ({answer.status_code})")
            odd = b""
            for part in answer.iter_raw():
                whole = odd + part
                even = len(whole) // 2 * 2
                odd = whole[even:]
                yield whole[:even]

    def interrupt(self) -> None:
        self._text = ""  # the request ended when its parts were left

    def close(self) -> None:
        self._http.close()
