"""What the page says when something is wrong, and that it can be used again afterwards."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from app.messages import SynthesisFailed
from tests.browser.actions import enabled, press, shown, speak, until_heard, until_problem, until_state
from tests.browser.conftest import Open
from tests.browser.scripted import HURRY, ScriptedServer
from tests.fakes import VOICES, FakeService

NOWHERE = "window.WebSocket = class extends WebSocket { constructor() { super(new URL('/nowhere', location)); } };"
"""A script that lets every WebSocket go where there is none."""

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def server() -> ScriptedServer:
    return ScriptedServer()


@pytest_asyncio.fixture(loop_scope="session")
async def scripted_page(server: ScriptedServer, address: str, open_page: Open) -> Page:
    page = await open_page(address, server.install)
    await page.locator("#speak:enabled").wait_for()
    return page


async def test_a_flush_that_failed_keeps_what_was_heard(page: Page, fake: FakeService) -> None:
    fake.speech.fail(0, 2, SynthesisFailed("The model failed on this part of the text."))
    await speak(page, "one two three four")
    await until_problem(page, "The model failed on this part of the text.")
    await until_heard(page, "one two ")
    await until_state(page, "Connected")
    await press(page, "Speak")
    await until_problem(page, "")
    await until_heard(page, "one two three four")


async def test_text_that_is_refused_leaves_the_session_open(page: Page, fake: FakeService) -> None:
    fake.configure(max_buffered_characters=10)
    await speak(page, "This is more than ten.")
    await expect(page.get_by_role("alert")).to_contain_text("A session may hold 10 characters")
    await until_state(page, "Connected")
    assert await shown(page) == ""
    await speak(page, "This is.")
    await until_heard(page, "This is.")
    assert [request.text for request in fake.speech.requests] == ["This is."]


async def test_a_server_with_no_place_says_so(page: Page, fake: FakeService) -> None:
    fake.configure(max_sessions=0)
    await speak(page, "Hello.")
    await until_problem(page, "All 0 sessions are taken; try again in 5 s.")
    await until_state(page, "Not connected")
    assert await shown(page) == ""
    fake.configure(max_sessions=1)
    await press(page, "Speak")
    await until_heard(page, "Hello.")
    await until_problem(page, "")


async def test_a_service_that_is_not_ready_says_why_and_is_waited_for(
    fake: FakeService, address: str, open_page: Open, complaints: list[str]
) -> None:
    fake.reason, fake.voices = "The service is warming up: the model is being loaded.", ()
    page = await open_page(address)
    await until_state(page, fake.reason)
    assert await enabled(page) == {"Test tone"}
    await press(page, "A story")
    await expect(page.locator("#notice")).to_have_text(fake.reason)
    fake.reason, fake.voices = None, VOICES
    await until_state(page, "Not connected")
    await expect(page.get_by_label("Voice", exact=True)).to_have_value("af_heart")
    # The browser itself writes this down, whatever the page does with the answer.
    assert {"503" in complaint for complaint in complaints} == {True}
    complaints.clear()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 401, "body": "Unauthorized"}, "The server asks for a sign-in. Load this page again."),
        (
            {"status": 502, "body": "<h1>Bad Gateway</h1>"},
            "A proxy answers, but not the service behind it (status 502).",
        ),
        ({"status": 200, "body": "<h1>Another site</h1>"}, "What answers here is not this service (status 200)."),
        (None, "The server does not answer."),
    ],
    ids=["sign-in", "proxy", "another site", "nothing"],
)
async def test_what_answers_in_the_place_of_the_service_is_told(
    address: str, open_page: Open, complaints: list[str], answer: dict[str, Any] | None, said: str
) -> None:
    async def instead(page: Page) -> None:
        await page.route("**/health", lambda route: route.fulfill(**answer) if answer else route.abort())

    page = await open_page(address, instead)
    await expect(page.locator("#state")).to_contain_text(said)
    await page.unroute("**/health")
    await until_state(page, "Not connected")
    complaints.clear()


async def test_a_connection_that_is_never_made_is_given_up(
    address: str, open_page: Open, complaints: list[str]
) -> None:
    page = await open_page(address, lambda page: page.add_init_script(NOWHERE + HURRY))
    await press(page, "Connect")
    await expect(page.get_by_role("alert")).to_contain_text("There is no connection: the service did not take it")
    await until_state(page, "Not connected")
    # The browser itself writes this down.
    assert {"/nowhere" in complaint for complaint in complaints} == {True}
    complaints.clear()


async def test_a_sample_that_cannot_be_made_says_why(page: Page, fake: FakeService, complaints: list[str]) -> None:
    fake.configure(max_buffered_characters=5)
    await press(page, "Sample")
    await expect(page.get_by_role("alert")).to_contain_text("The sample could not be made: ")
    await expect(page.get_by_role("alert")).to_contain_text("5")
    await expect(page.get_by_role("button", name="Sample", exact=True)).to_be_visible()
    # The browser itself writes this down.
    assert len(complaints) == 2
    complaints.clear()


async def test_a_refusal_of_what_was_cancelled_since_is_ignored(scripted_page: Page, server: ScriptedServer) -> None:
    await speak(scripted_page, "One.")
    socket = await server.accepted()
    rate_hz = (await socket.received())["sample_rate"]
    await speak(scripted_page, "Two.")
    assert await socket.received() == {"cancel": True}
    assert (await socket.received())["text"] == "Two."
    socket.send(error="The first one is refused.", code="bad_message", message_index=0)
    socket.send(cancelled=True)
    socket.speak("Two.", rate_hz=rate_hz)
    await until_heard(scripted_page, "Two.")
    await until_problem(scripted_page, "")
    await until_state(scripted_page, "Connected")


async def test_frames_of_what_was_cancelled_are_ignored(scripted_page: Page, server: ScriptedServer) -> None:
    await speak(scripted_page, "One.")
    socket = await server.accepted()
    rate_hz = (await socket.received())["sample_rate"]
    await press(scripted_page, "Stop")
    assert await socket.received() == {"cancel": True}
    await speak(scripted_page, "Two.")
    assert (await socket.received())["text"] == "Two."
    socket.speak("One.", rate_hz=rate_hz)
    socket.send(error="The speech could not be made.", code="synthesis_failed", flush_index=0)
    socket.send(cancelled=True)
    socket.speak("Two.", rate_hz=rate_hz)
    await until_heard(scripted_page, "Two.")
    await until_problem(scripted_page, "")


async def test_a_text_without_sound_lights_up_at_once_and_says_why(scripted_page: Page, server: ScriptedServer) -> None:
    await speak(scripted_page, "...")
    socket = await server.accepted()
    rate_hz = (await socket.received())["sample_rate"]
    socket.speak("...", ms=0, rate_hz=rate_hz)
    await until_heard(scripted_page, "...")
    await until_state(scripted_page, "Connected")
    await expect(scripted_page.locator(".legend")).to_have_count(0)
    await expect(scripted_page.locator("#notice")).to_contain_text("Nothing of this text can be spoken")
