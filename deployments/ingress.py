"""The Ingress deployment: the web application of ``app.api`` over handles to the other two."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from typing import Any, cast

from fastapi import FastAPI
from ray import serve
from ray.serve.context import _get_global_client
from ray.serve.handle import DeploymentHandle
from ray.serve.schema import ReplicaState

from app import logs
from app.api.application import create_app
from app.api.readiness import ReadyService
from app.messages import SpeechDescription
from app.metrics import IngressMetrics
from app.monitor import Monitor
from app.replica import FreedMemory, ReplicaReport
from app.settings import Settings
from app.takeover import ResumedSpeech
from deployments import draining
from deployments.fleet import RemoteFleet, this_replica
from deployments.handles import RemoteSpeech, answer

logger = logging.getLogger("ray.serve")


JOINS_WITHIN_S = 60.0
"""Longer than a Speech and a Kokoro replica need to answer with a sentence, however busy they are."""


class Ingress:
    """Holds the connections. No model, no spaCy and no torch in its process."""

    async def __init__(  # type: ignore[misc]  # Serve awaits it
        self, speech: DeploymentHandle, kokoro: DeploymentHandle, settings: Settings
    ) -> None:
        logs.install("ray.serve")
        self._base_settings = settings
        self._speech = speech
        self._kokoro = kokoro
        self._metrics = IngressMetrics(settings.monitor.window_s)
        self._replica = this_replica(self._metrics)
        context = serve.get_replica_context()
        ingress = serve.get_deployment_handle(context.deployment, context.app_name)
        monitor = Monitor(RemoteFleet([ingress, speech, kokoro], settings.monitor.answer_within_s), settings.monitor)
        self._service = ReadyService(
            settings,
            ResumedSpeech(
                RemoteSpeech(speech, lambda: self._service.settings.speech.replica_within_s), self._metrics.taken_over
            ),
            self._describe,
            self._replicas,
            self._metrics,
            monitor,
        )
        if warning := self._service.keys.warning(await asyncio.to_thread(_host)):
            logger.warning(warning)
        self._tasks = [
            asyncio.create_task(self._service.watch(), name="readiness"),
            asyncio.create_task(monitor.watch(), name="monitor"),
            asyncio.create_task(draining.watch(self._service.drain, draining.is_ending), name="drain"),
        ]
        await self._join()

    async def _join(self) -> None:
        """A replica that joins others must not get clients before it is warm; the first one tells them what it waits
        for, so it does not wait."""
        others = await self._replicas()
        if all(others.get(name) for name in (self._speech.deployment_name, self._kokoro.deployment_name)):
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._service.until_warm(), JOINS_WITHIN_S)

    def __serve_build_asgi_app__(self) -> FastAPI:
        self._app = create_app(self._service)
        return self._app

    def reconfigure(self, user_config: dict[str, dict[str, Any]]) -> None:
        """Take over live settings."""
        self._service.configure(self._base_settings.with_live(user_config))

    async def report(self) -> ReplicaReport:
        """How this replica is."""
        return self._replica.report(self._metrics.recent_first_chunks.values())

    async def free_memory(self) -> FreedMemory:
        """Give unused memory back."""
        return await asyncio.to_thread(self._replica.free_memory)

    async def drain(self) -> None:
        """Let the sessions come to their end."""
        self._service.drain.begin()

    async def open_work(self) -> int:
        """WebSocket sessions and texts over HTTP that this replica is at."""
        return self._app.state.session_limit.open + self._app.state.request_limit.open

    async def open_sessions(self) -> int:
        """WebSocket sessions of this replica; for tests and operators."""
        return self._app.state.session_limit.open

    async def process_id(self) -> int:
        """Of this replica; for tests and operators."""
        return os.getpid()

    async def _describe(self) -> SpeechDescription:
        return cast(SpeechDescription, await answer(self._speech.describe.remote()))

    async def _replicas(self) -> dict[str, int]:
        """Running replicas of each deployment of this application."""
        status = await asyncio.to_thread(serve.status)
        application = status.applications[serve.get_replica_context().app_name]
        return {
            name: deployment.replica_states.get(ReplicaState.RUNNING, 0)
            for name, deployment in application.deployments.items()
        }


def _host() -> str:
    """Name or address that Serve's proxies listen at."""
    client = _get_global_client()
    assert client is not None
    return client.http_config.host or "localhost"
