"""What operators ask: is it ready, how is it, what did it do, and could it give some memory back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import ADMIN_KEY_REFUSED, admin_of
from app.api.errors import documented
from app.api.origins import check_origin
from app.api.service import HealthReport, service_of
from app.history import StatsHistory
from app.monitor import GarbageReport
from app.stats import Stats

router = APIRouter()


@router.head("/health", include_in_schema=False)
@router.get("/health", responses={HTTPStatus.SERVICE_UNAVAILABLE: {"model": HealthReport}})
async def health(request: Request, response: Response) -> HealthReport:
    """Whether the service is ready to speak: 200, or 503 with the reason."""
    report = await service_of(request).health()
    if not report.ok:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return report


@router.get("/stats", dependencies=[Depends(admin_of)], responses=ADMIN_KEY_REFUSED)
async def stats(request: Request) -> Stats:
    """How the whole service is: load, memory, sessions, requests, and how soon it spoke in the last minutes."""
    return await service_of(request).monitor.stats()


@router.get(
    "/stats/history",
    dependencies=[Depends(admin_of)],
    responses={**documented(HTTPStatus.UNPROCESSABLE_ENTITY), **ADMIN_KEY_REFUSED},
)
async def stats_history(
    request: Request, after: Annotated[float, Query(description="only what came after this Unix time, s")] = 0.0
) -> StatsHistory:
    """How the service was in the last minutes, as the replica of Ingress that answers has seen it."""
    return service_of(request).monitor.history(after)


@router.get(
    "/metrics",
    dependencies=[Depends(admin_of)],
    response_class=Response,
    responses={HTTPStatus.OK: {"content": {"text/plain": {}}}, **ADMIN_KEY_REFUSED},
)
async def metrics(request: Request) -> Response:
    """The metrics of all replicas in the text format of Prometheus, labelled with deployment and replica."""
    return Response(await service_of(request).monitor.metrics(), media_type=CONTENT_TYPE_LATEST)


@router.post(
    "/gc",
    dependencies=[Depends(check_origin), Depends(admin_of)],
    responses={HTTPStatus.SERVICE_UNAVAILABLE: {"model": GarbageReport}, **ADMIN_KEY_REFUSED},
)
async def collect_garbage(request: Request, response: Response) -> GarbageReport:
    """Frees memory in all replicas: 200 with what was freed, or 503 where a replica did not answer."""
    report = await service_of(request).monitor.free_memory()
    if report.missing:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return report
