"""Ready means warmed up: one sentence has gone through every stage, and the stages still answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from importlib.metadata import version

from app.api.service import HealthReport
from app.drain import Drain
from app.keys import Keys
from app.messages import Speech, SpeechDescription, SpeechRequest
from app.metrics import IngressMetrics
from app.monitor import Monitor
from app.settings import Settings

logger = logging.getLogger(__name__)

WARM_UP_TEXT = "The service is ready to speak."
RETRY_S = 0.5
WATCH_EVERY_S = 5.0
ANSWER_WITHIN_S = 10.0
"""A busy replica answers late; a lost one never."""


class ReadyService:
    """The service behind the API: warms itself up, then keeps watching. Run ``watch`` as a task."""

    def __init__(
        self,
        settings: Settings,
        speech: Speech,
        describe: Callable[[], Awaitable[SpeechDescription]],
        replicas: Callable[[], Awaitable[dict[str, int]]],
        metrics: IngressMetrics,
        monitor: Monitor,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args:
        describe: asks a Speech replica, and through it a Kokoro replica, what they are.
        replicas: running replicas by deployment.
        metrics: of this ingress.
        monitor: of all replicas.
        sleep: seconds.

        Raises:
            KeysUnreadable: the settings name a file of keys that is missing or wrong.
        """
        self.settings = settings
        self.keys = Keys(lambda: self.settings.auth)
        self.drain = Drain(lambda: self.settings.session)
        self.metrics = metrics
        metrics.ready.set_function(lambda: float(self._reason is None))
        metrics.draining.set_function(lambda: float(self.drain.is_begun))
        self.monitor = monitor
        self._speech = speech
        self._describe = describe
        self._count_replicas = replicas
        self._sleep = sleep
        self._reason: str | None = "The service is warming up: the model is being loaded."
        self._description: SpeechDescription | None = None
        self._replicas: dict[str, int] = {}
        self._warm = asyncio.Event()

    @property
    def speech(self) -> Speech:
        """The stage below."""
        return self._speech

    @property
    def voices(self) -> tuple[str, ...]:
        """Names that a client may ask for; empty until the service is warm."""
        return self._description.voices if self._description else ()

    def configure(self, settings: Settings) -> None:
        """Take over other live settings; a default voice that nobody has leaves the one of before, and is logged."""
        voice = settings.session.default_voice
        if self.voices and voice not in self.voices:
            kept = self.settings.session.default_voice
            logger.error("session.default_voice is %r, which is not among the voices: %r stays", voice, kept)
            session = settings.session.model_copy(update={"default_voice": kept})
            settings = settings.model_copy(update={"session": session})
        self.settings = settings

    async def watch(self) -> None:
        """Warm up, then look after the stages every few seconds; runs until cancelled."""
        while self._description is None:
            try:
                await self._speak_once()
                self._description = await self._look()
                self._reason = None
                self._warm.set()
            except Exception as error:
                self._reason = f"The service is not warm yet: {_in_a_line(error)}"
                logger.warning("warm-up failed, trying again: %r", error)
                await self._sleep(RETRY_S)
        while True:
            await self._sleep(WATCH_EVERY_S)
            try:
                self._description = await self._look()
                missing = [name for name, running in self._replicas.items() if not running]
                self._reason = f"No replica of {' and '.join(missing)} is running." if missing else None
            except Exception as error:
                self._reason = f"Speech or Kokoro does not answer: {_in_a_line(error)}"
                logger.warning("the stages do not answer: %r", error)

    async def until_warm(self) -> None:
        """Waits until a sentence has gone through every stage; ``watch`` has to run."""
        await self._warm.wait()

    async def health(self) -> HealthReport:
        """What is known now; answers at once."""
        kokoro = self._description.kokoro if self._description else None
        return HealthReport(
            ok=self._reason is None,
            reason=self._reason,
            device=kokoro.device if kokoro else None,
            version=version("kokoro-serve"),
            weights=kokoro.weights if kokoro else None,
            voices=list(self.voices),
            needs_key=self.keys.exist,
            torch_threads=kokoro.torch_threads if kokoro else None,
            replicas=self._replicas,
            server_min_send_ms=self.settings.speech.chunk_ms,
            first_burst_ms=self.settings.speech.first_chunk_ms,
        )

    async def _speak_once(self) -> None:
        session = self.settings.session
        request = SpeechRequest(
            id="warm-up",
            text=WARM_UP_TEXT,
            voice=session.default_voice,
            sample_rate_hz=session.default_sample_rate_hz,
            paced=False,
        )
        async for _ in self._speech.speak(request):
            pass

    async def _look(self) -> SpeechDescription:
        description, self._replicas = await asyncio.wait_for(
            asyncio.gather(self._describe(), self._count_replicas()), ANSWER_WITHIN_S
        )
        return description


def _in_a_line(error: Exception) -> str:
    """The last line of what went wrong: an error from another process brings its whole trace along."""
    if isinstance(error, asyncio.TimeoutError):
        return f"nothing came within {ANSWER_WITHIN_S:.0f} s"
    cause = getattr(error, "cause", None) or error
    return (str(cause).strip() or type(cause).__name__).splitlines()[-1]
