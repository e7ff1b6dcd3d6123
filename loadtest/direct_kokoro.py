"""The model as the service runs it, in this process and without an engine round it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from app.kokoro.model import KokoroModel
from app.messages import Prosody, Utterance, Window


class DirectKokoro:
    """A Kokoro for ``app.speech.Speaker``: one utterance after the other, in the windows that a newcomer gets."""

    def __init__(self, model: KokoroModel) -> None:
        self._model = model

    async def submit(
        self, utterance: Utterance, first_frame: int = 0, prosody: Prosody | None = None
    ) -> AsyncGenerator[Window, None]:
        """Yield the windows of an utterance."""
        [ready] = self._model.encode([utterance], [prosody])
        spans = ready.plan(first_frame, grows=True)
        for span in spans:
            [samples] = self._model.decode([(ready, span)])
            yield Window(samples, span.start, span is spans[-1], ready.prosody if span is spans[0] else None)
