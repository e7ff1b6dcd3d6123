"""The Ingress deployment: the web application of ``app.api`` over handles to the other two."""

from __future__ import annotations

import asyncio
import os
from typing import Any, cast

from fastapi import FastAPI
from ray import serve
from ray.serve.handle import DeploymentHandle
from ray.serve.schema import ReplicaState

from app.api.application import create_app
from app.api.readiness import ReadyService
from app.messages import SpeechDescription
from app.metrics import IngressMetrics
from app.monitor import Monitor
from app.replica import FreedMemory, ReplicaReport
from app.settings import Settings
from deployments.fleet import RemoteFleet, this_replica
from deployments.handles import RemoteSpeech, answer


class Ingress:
    """Holds the connections. No model, no spaCy and no torch in its process."""

    async def __init__(  # type: ignore[misc]  # Serve awaits it
        self, speech: DeploymentHandle, kokoro: DeploymentHandle, settings: Settings
    ) -> None:
        self._base_settings = settings
        self._speech = speech
        self._metrics = IngressMetrics(settings.monitor.window_s)
        self._replica = this_replica(self._metrics)
        context = serve.get_replica_context()
        ingress = serve.get_deployment_handle(context.deployment, context.app_name)
        monitor = Monitor(RemoteFleet([ingress, speech, kokoro], settings.monitor.answer_within_s), settings.monitor)
        self._service = ReadyService(
            settings, RemoteSpeech(speech), self._describe, self._replicas, self._metrics, monitor
        )
        self._tasks = [
            asyncio.create_task(self._service.watch(), name="readiness"),
            asyncio.create_task(monitor.watch(), name="monitor"),
        ]

    def __serve_build_asgi_app__(self) -> FastAPI:
        self._app = create_app(self._service)
        return self._app

    def reconfigure(self, user_config: dict[str, dict[str, Any]]) -> None:
        """Take over live settings."""
        self._service.settings = self._base_settings.with_live(user_config)

    async def report(self) -> ReplicaReport:
        """How this replica is."""
        return self._replica.report(self._metrics.recent_first_chunks.values())

    async def free_memory(self) -> FreedMemory:
        """Give unused memory back."""
        return await asyncio.to_thread(self._replica.free_memory)

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
