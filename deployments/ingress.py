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
from app.settings import Settings
from deployments.handles import RemoteSpeech, answer


class Ingress:
    """Holds the connections. No model, no spaCy and no torch in its process."""

    async def __init__(self, speech: DeploymentHandle, settings: Settings) -> None:  # type: ignore[misc]
        self._base_settings = settings
        self._speech = speech
        self._service = ReadyService(settings, RemoteSpeech(speech), self._describe, self._replicas)
        self._watch = asyncio.create_task(self._service.watch(), name="readiness")

    def __serve_build_asgi_app__(self) -> FastAPI:
        self._app = create_app(self._service)
        return self._app

    def reconfigure(self, user_config: dict[str, dict[str, Any]]) -> None:
        """Take over live settings."""
        self._service.settings = self._base_settings.with_live(user_config)

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
