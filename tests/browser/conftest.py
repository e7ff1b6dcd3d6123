"""A real browser at the page, with the fake service behind it or the real one, that notes every complaint."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    Route,
    async_playwright,
    expect,
)

from tests.fakes import FakeService, serving

RECORDER = Path(__file__).parent / "recorder.js"
TAP = Path(__file__).parent / "tap.js"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    # A page that a test hands on counts as one from another network, from which no WebSocket comes to this machine.
    "--disable-features=LocalNetworkAccessChecks",
)
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 960}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 960}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light", "has_touch": True, "is_mobile": True},
}
"""What the pages have to look well in."""

LONG = " ".join(["word"] * 25)
"""Long enough for a state of the page to be seen: whatever waits for one looks twice a second."""

Open = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium; without one the tests are skipped, but never where CI runs."""
    executable = shutil.which("chromium")
    if executable is None:
        reason = "There is no chromium in the PATH to test the page with."
        if "CI" in os.environ:
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        yield browser
        await browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What a developer would see in red: errors, warnings, requests that failed. Empty at the end of a test."""
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, complaints: list[str]) -> AsyncIterator[Open]:
    """Opens the page at an address in a browser profile of its own."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.type}: {message.text}")

    def on_response(response: Response) -> None:
        if response.status >= 400:
            complaints.append(f"{response.status} {response.url}")

    async def prepared(is_tapped: bool, options: dict[str, Any]) -> BrowserContext:
        context = await browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        if is_tapped:
            await tap(context)
        await context.add_init_script(path=RECORDER)
        context.on("console", on_console)
        context.on("weberror", lambda error: complaints.append(f"thrown: {error.error}"))
        context.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
        context.on("response", on_response)
        return context

    async with AsyncExitStack() as stack:

        async def open_page(
            url: str,
            before: Callable[[Page], Awaitable[None]] | None = None,
            is_tapped: bool = False,
            **options: Any,
        ) -> Page:
            context = await stack.enter_async_context(await prepared(is_tapped, options))
            page = await context.new_page()
            if before is not None:
                await before(page)
            await page.goto(url)
            return page

        yield open_page
    assert complaints == []


async def tap(context: BrowserContext) -> None:
    """Lets ``recorder.js`` note what is played. The page's policy lets in no code but its own, and here the tap."""

    async def let_in(route: Route) -> None:
        answer = await route.fetch()
        policy = f"{answer.headers['content-security-policy']}; script-src 'self' blob:"
        await route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": policy})

    await context.route(lambda url: urlsplit(url).path == "/", let_in)
    await context.add_init_script(f"window.tapSource = {json.dumps(TAP.read_text())}")


@pytest.fixture
def pictures() -> Path:
    """The folder for pictures of the pages: ``build/screenshots``, or what the variable ``SCREENSHOTS`` names."""
    folder = Path(os.environ.get("SCREENSHOTS", "build/screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def fake() -> FakeService:
    return FakeService()


@pytest_asyncio.fixture(loop_scope="session")
async def address(fake: FakeService) -> AsyncIterator[str]:
    """Where the fake service's page is; closed after the page, so that no socket is left."""
    async with serving(fake) as address:
        yield f"http://{address}/"
    assert fake.speech.open == 0


@pytest_asyncio.fixture(loop_scope="session")
async def page(address: str, open_page: Open) -> Page:
    """The page with the fake service, ready to speak."""
    page = await open_page(address)
    await page.locator("#speak:enabled").wait_for()
    return page


@pytest_asyncio.fixture(loop_scope="session")
async def tapped_page(address: str, open_page: Open) -> Page:
    """The same, and what is played is noted."""
    page = await open_page(address, is_tapped=True)
    await page.locator("#speak:enabled").wait_for()
    return page
