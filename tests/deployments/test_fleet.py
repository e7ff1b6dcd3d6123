"""Asking all replicas, of which some die, err or hang; the calls are in the hands of the test."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ray.exceptions import ActorDiedError
from ray.serve.exceptions import DeploymentUnavailableError

from app.fleet import Answers
from deployments.fleet import RemoteFleet


class Call:
    """As Serve's result of one replica: an answer, an error, or with None nothing ever."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.cancelled = False

    async def get_async(self) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is None:
            await asyncio.Event().wait()
        return self.answer

    def cancel(self) -> None:
        self.cancelled = True


class Deployment:
    """As a handle of a deployment whose replicas answer so."""

    def __init__(self, name: str, *answers: Any, error: Exception | None = None, hangs: bool = False) -> None:
        self.deployment_name = name
        self.calls = [Call(answer) for answer in answers]
        self.error = error
        self.hangs = hangs
        self.asked = ""

    def broadcast(self, method: str) -> Deployment:
        self.asked = method
        return self

    async def _fetch_replica_results_async(self) -> list[Call]:
        if self.error:
            raise self.error
        if self.hangs:
            await asyncio.Event().wait()
        return self.calls


async def answers_of(*deployments: Deployment, within_s: float = 0.05) -> dict[str, Answers[Any]]:
    return await RemoteFleet(deployments, within_s).reports()  # type: ignore[arg-type]


async def test_all_replicas_of_all_deployments_answer() -> None:
    speech, kokoro = Deployment("Speech", "s1"), Deployment("Kokoro", "k1", "k2")

    assert await answers_of(speech, kokoro, within_s=10) == {
        "Speech": Answers(("s1",), complete=True),
        "Kokoro": Answers(("k1", "k2"), complete=True),
    }
    assert speech.asked == kokoro.asked == "report"
    await RemoteFleet([speech], 10).free_memory()  # type: ignore[list-item]
    assert speech.asked == "free_memory"


@pytest.mark.parametrize("error", [ActorDiedError(), ValueError("a bug")])
async def test_a_replica_that_fails_costs_its_own_answer_only(error: Exception) -> None:
    found = await answers_of(Deployment("Speech", "s1"), Deployment("Kokoro", "k1", error), within_s=10)

    assert found == {"Speech": Answers(("s1",), complete=True), "Kokoro": Answers(("k1",), complete=False)}


async def test_a_replica_that_hangs_costs_its_own_answer_only_and_is_not_waited_for() -> None:
    kokoro = Deployment("Kokoro", None, "k2")

    found = await asyncio.wait_for(answers_of(Deployment("Speech", "s1"), kokoro), 10)

    assert found == {"Speech": Answers(("s1",), complete=True), "Kokoro": Answers(("k2",), complete=False)}
    assert [call.cancelled for call in kokoro.calls] == [True, False]


@pytest.mark.parametrize("trouble", [{"error": DeploymentUnavailableError("Kokoro")}, {"hangs": True}])
async def test_a_deployment_that_cannot_be_asked_takes_no_other_with_it(trouble: dict[str, Any]) -> None:
    found = await asyncio.wait_for(answers_of(Deployment("Speech", "s1"), Deployment("Kokoro", **trouble)), 10)

    assert found == {"Speech": Answers(("s1",), complete=True), "Kokoro": Answers((), complete=False)}
