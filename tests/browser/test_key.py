"""The page of a service that wants API keys."""

from __future__ import annotations

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.actions import press, speak, until, until_heard
from tests.browser.conftest import Open
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def give(page: Page, key: str) -> None:
    await page.get_by_label("API key", exact=True).fill(key)


@pytest.fixture
def reader(fake: FakeService) -> str:
    return fake.add_key("reader")


@pytest_asyncio.fixture(loop_scope="session")
async def locked(reader: str, address: str, open_page: Open) -> Page:
    """The page, ready to speak for whoever has a key."""
    page = await open_page(address)
    await page.locator("#speak:enabled").wait_for()
    return page


async def test_a_service_without_keys_asks_for_none(page: Page) -> None:
    await expect(page.get_by_label("API key", exact=True)).to_be_hidden()


async def test_without_a_key_the_page_asks_for_one_and_does_not_connect(locked: Page, fake: FakeService) -> None:
    await speak(locked, "One two.")
    await expect(locked.get_by_role("alert")).to_have_text("This service wants an API key: enter yours above.")
    await expect(locked.get_by_label("API key", exact=True)).to_be_focused()
    assert fake.speech.requests == []


async def test_with_its_key_the_page_speaks_and_a_reload_keeps_it(locked: Page, reader: str) -> None:
    await give(locked, reader)
    await speak(locked, "One two.")
    await until_heard(locked, "One two.")
    await locked.reload()
    await locked.locator("#speak:enabled").wait_for()
    await speak(locked, "Three.")
    await until_heard(locked, "Three.")


async def test_connect_alone_brings_the_key_along(locked: Page, reader: str, fake: FakeService) -> None:
    fake.configure_auth(key_within_s=0.5)
    await give(locked, reader)
    await press(locked, "Connect")
    await expect(locked.locator("#state")).to_have_text("Connected")
    await locked.wait_for_timeout(700)
    await expect(locked.locator("#state")).to_have_text("Connected")


async def test_a_sample_is_spoken_with_the_key(locked: Page, reader: str, fake: FakeService) -> None:
    await press(locked, "Sample")
    await expect(locked.get_by_role("alert")).to_contain_text("wants an API key")
    await give(locked, reader)
    await press(locked, "Sample")
    await fake.speech.started(0)
    await until(locked, "recorded.clips.length === 1")


async def test_enter_behind_the_key_connects(locked: Page, reader: str) -> None:
    await give(locked, reader)
    await locked.get_by_label("API key", exact=True).press("Enter")
    await expect(locked.locator("#state")).to_have_text("Connected")


async def test_a_wrong_key_is_told(locked: Page, reader: str) -> None:
    await give(locked, "wrong")
    await speak(locked, "One two.")
    await expect(locked.get_by_role("alert")).to_have_text("This API key is not known here.")
    await give(locked, reader)
    await press(locked, "Speak")
    await until_heard(locked, "One two.")
