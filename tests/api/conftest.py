"""A fake service behind a real server, and a client of it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.fakes import FakeService, serving


@pytest.fixture
async def service() -> FakeService:
    return FakeService()


@pytest.fixture
async def address(service: FakeService) -> AsyncIterator[str]:
    async with serving(service) as address:
        yield address
    assert service.speech.open == 0


@pytest.fixture
async def http(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as http:
        yield http
