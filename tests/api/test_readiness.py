"""When the service says that it is ready, and what it says when it is not."""

import asyncio

import pytest

from app.api.readiness import ReadyService
from app.messages import KokoroDescription, SpeechDescription
from app.metrics import READY, IngressMetrics, totals
from app.monitor import Monitor
from app.settings import MonitorSettings, Settings
from tests.fakes import FakeFleet, FakeSpeech

DESCRIPTION = SpeechDescription(("af_heart",), KokoroDescription("cpu", 2, "packages", "float32", (12,)))


class RemoteError(Exception):
    """As Ray's errors are: the text is a trace, the cause is the error."""

    cause = ValueError("session.default_voice is 'af_hart', which is not among the voices")

    def __str__(self) -> str:
        return "\x1b[36mray::Speech()\x1b[39m (pid=7)\n  File app/speech.py, line 1\nValueError: first line"


class Stages:
    """Speech and its description, which answer what the test wants."""

    def __init__(self) -> None:
        self.speech = FakeSpeech()
        self.error: BaseException | None = None
        self.running = {"Ingress": 1, "Speech": 1, "Kokoro": 1}
        self.ticks: asyncio.Queue[None] = asyncio.Queue()
        self.resting = asyncio.Event()
        metrics = IngressMetrics(300)
        self.service = ReadyService(
            Settings(),
            self.speech,
            self.describe,
            self.replicas,
            metrics,
            Monitor(FakeFleet(metrics), MonitorSettings()),
            sleep=self.sleep,
        )

    async def describe(self) -> SpeechDescription:
        if self.error:
            raise self.error
        return DESCRIPTION

    async def replicas(self) -> dict[str, int]:
        return self.running

    async def sleep(self, seconds: float) -> None:
        self.resting.set()
        await self.ticks.get()

    async def look_again(self) -> None:
        """Let the watcher take one more look."""
        await asyncio.wait_for(self.resting.wait(), 10)
        self.resting.clear()
        self.ticks.put_nowait(None)
        await asyncio.wait_for(self.resting.wait(), 10)


@pytest.fixture
async def stages():
    stages = Stages()
    watch = asyncio.create_task(stages.service.watch())
    yield stages
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)


async def test_it_is_ready_only_after_a_sentence_was_spoken() -> None:
    stages = Stages()
    gate = stages.speech.hold(0, 0)
    watch = asyncio.create_task(stages.service.watch())
    await gate.reached()
    report = await stages.service.health()
    assert not report.ok
    assert "warming up" in report.reason
    assert totals(stages.service.metrics.snapshot())[READY] == 0
    assert stages.service.voices == ()
    warm = asyncio.create_task(stages.service.until_warm())
    await asyncio.sleep(0)
    assert not warm.done()
    gate.open()
    await asyncio.wait_for(warm, 10)
    await asyncio.wait_for(stages.resting.wait(), 10)
    report = await stages.service.health()
    assert (report.ok, report.reason, report.device, report.torch_threads) == (True, None, "cpu", 2)
    assert report.replicas == stages.running
    assert totals(stages.service.metrics.snapshot())[READY] == 1
    assert stages.service.voices == ("af_heart",)
    watch.cancel()


async def test_a_failed_warm_up_is_told_in_one_line_and_tried_again() -> None:
    stages = Stages()
    stages.speech.fail(0, 0, RemoteError())
    watch = asyncio.create_task(stages.service.watch())
    await asyncio.wait_for(stages.resting.wait(), 10)
    report = await stages.service.health()
    assert report.reason == (
        "The service is not warm yet: session.default_voice is 'af_hart', which is not among the voices"
    )
    await stages.look_again()
    assert (await stages.service.health()).ok
    watch.cancel()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RemoteError(), "which is not among the voices"),
        (asyncio.TimeoutError(), "nothing came within"),
        (OSError(), "OSError"),
    ],
)
async def test_stages_that_do_not_answer_make_it_unready_until_they_do(stages: Stages, error, said) -> None:
    await asyncio.wait_for(stages.resting.wait(), 10)
    stages.error = error
    await stages.look_again()
    report = await stages.service.health()
    assert not report.ok
    assert said in report.reason
    assert "\n" not in report.reason
    assert "\x1b" not in report.reason
    stages.error = None
    await stages.look_again()
    assert (await stages.service.health()).ok


async def test_a_deployment_without_a_replica_makes_it_unready(stages: Stages) -> None:
    await asyncio.wait_for(stages.resting.wait(), 10)
    stages.running = {"Ingress": 1, "Speech": 1, "Kokoro": 0}
    await stages.look_again()
    report = await stages.service.health()
    assert (report.ok, report.reason) == (False, "No replica of Kokoro is running.")


async def test_other_settings_hold_at_once_but_a_default_voice_that_nobody_has(stages: Stages) -> None:
    await asyncio.wait_for(stages.resting.wait(), 10)
    wanted = Settings().with_live({"session": {"default_voice": "af_hart", "max_sessions": 7}})
    stages.service.configure(wanted)
    assert stages.service.settings.session.default_voice == "af_heart"
    assert stages.service.settings.session.max_sessions == 7


async def test_before_it_is_warm_any_default_voice_is_taken_and_the_warm_up_tells() -> None:
    service = Stages().service
    service.configure(Settings().with_live({"session": {"default_voice": "bf_emma"}}))
    assert service.settings.session.default_voice == "bf_emma"
