"""A connection that is lost is made again, and the voice goes on where it was."""

from __future__ import annotations

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.browser.actions import heard_runs, press, shown, speak, until_heard, until_problem, until_state
from tests.browser.conftest import Open
from tests.browser.scripted import HURRY, ScriptedServer
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOST, RESTARTING, FULL, TOO_OLD = 3000, 1012, 1013, 1001


@pytest.fixture
def server() -> ScriptedServer:
    return ScriptedServer()


@pytest_asyncio.fixture(loop_scope="session")
async def scripted_page(server: ScriptedServer, address: str, open_page: Open) -> Page:
    page = await open_page(address, server.install, is_tapped=True)
    await page.locator("#speak:enabled").wait_for()
    return page


@pytest.mark.parametrize("code", [LOST, RESTARTING])
async def test_what_was_cut_goes_on_at_the_first_sample_that_did_not_come(
    scripted_page: Page, server: ScriptedServer, code: int
) -> None:
    await speak(scripted_page, "One two.")
    first = await server.accepted()
    asked = await first.received()
    assert "resume" not in asked
    rate_hz = asked["sample_rate"]
    first.speak("One ", rate_hz=rate_hz, final=False, value=1)
    await first.close(code)
    second = await server.accepted()
    assert await second.received() == {**asked, "seed": 7, "resume": {"from_sample": rate_hz // 5}}
    second.speak("two.", rate_hz=rate_hz, value=2)
    await until_heard(scripted_page, "One two.")
    await until_problem(scripted_page, "")
    await until_state(scripted_page, "Connected")
    await scripted_page.wait_for_timeout(200)
    assert await heard_runs(scripted_page) == [(1, rate_hz // 5), (2, rate_hz // 5)]


async def test_what_was_not_begun_is_sent_again_behind_it(scripted_page: Page, server: ScriptedServer) -> None:
    await scripted_page.get_by_label("Speak as I type").check()
    text = scripted_page.get_by_label("Text", exact=True)
    await text.fill("")
    await text.press_sequentially("One. ")
    first = await server.accepted()
    rate_hz = (await first.received())["sample_rate"]
    await text.press_sequentially("Two. ")
    assert (await first.received())["text"] == "Two. "
    first.speak("One", rate_hz=rate_hz, final=False)
    await first.close(LOST)
    second = await server.accepted()
    again = [await second.received() for _ in range(2)]
    assert [message["text"] for message in again] == ["One. ", "Two. "]
    assert [message.get("resume") for message in again] == [{"from_sample": rate_hz // 5}, None]
    assert [message["seed"] for message in again] == [7, None]
    second.speak(". ", rate_hz=rate_hz)
    second.speak("Two. ", rate_hz=rate_hz)
    await until_heard(scripted_page, "One. Two. ")


async def test_a_server_that_goes_away_ends_what_it_has_and_the_page_moves_on(
    scripted_page: Page, server: ScriptedServer
) -> None:
    await speak(scripted_page, "One two.")
    first = await server.accepted()
    rate_hz = (await first.received())["sample_rate"]
    first.send(going_away=True, reconnect_within_ms=60_000)
    first.speak("One two.", rate_hz=rate_hz)
    await server.accepted()
    await until_heard(scripted_page, "One two.")
    await until_state(scripted_page, "Connected")
    await until_problem(scripted_page, "")


async def test_what_is_refused_by_a_server_that_goes_away_is_asked_for_elsewhere(
    scripted_page: Page, server: ScriptedServer
) -> None:
    await speak(scripted_page, "One.")
    first = await server.accepted()
    rate_hz = (await first.received())["sample_rate"]
    first.send(error="The server is about to stop.", code="going_away", message_index=0)
    second = await server.accepted()
    assert (await second.received())["text"] == "One."
    second.speak("One.", rate_hz=rate_hz)
    await until_heard(scripted_page, "One.")
    await until_problem(scripted_page, "")


async def test_a_session_that_was_idle_too_long_is_not_made_again(scripted_page: Page, server: ScriptedServer) -> None:
    await press(scripted_page, "Connect")
    await (await server.accepted()).close(TOO_OLD, "Nothing was said for a while.")
    await until_state(scripted_page, "Not connected")
    await until_problem(scripted_page, "")


async def test_an_open_connection_that_is_lost_is_made_again(scripted_page: Page, server: ScriptedServer) -> None:
    await press(scripted_page, "Connect")
    await (await server.accepted()).close(LOST)
    await server.accepted()
    await until_state(scripted_page, "Connected")


async def test_losses_of_an_idle_connection_are_no_failures(scripted_page: Page, server: ScriptedServer) -> None:
    await press(scripted_page, "Connect")
    for _ in range(7):
        socket = await server.accepted()
        await until_state(scripted_page, "Connected")
        await socket.close(LOST)
    await server.accepted()
    await until_state(scripted_page, "Connected")
    await until_problem(scripted_page, "")


async def test_what_is_refused_while_another_is_spoken_ends_nothing_of_it(
    scripted_page: Page, server: ScriptedServer
) -> None:
    await scripted_page.get_by_label("Prebuffer").fill("1000")
    await scripted_page.get_by_label("Speak as I type").check()
    text = scripted_page.get_by_label("Text", exact=True)
    await text.fill("")
    await text.press_sequentially("One. ")
    socket = await server.accepted()
    rate_hz = (await socket.received())["sample_rate"]
    await text.press_sequentially("Two. ")
    await socket.received()
    socket.speak("One", rate_hz=rate_hz, final=False)
    socket.send(error="The second one is refused.", code="too_many_flushes", message_index=1)
    await until_problem(scripted_page, "The second one is refused.")
    await until_state(scripted_page, "Waiting for sound …")
    assert await shown(scripted_page) == "One. "
    socket.speak(". ", rate_hz=rate_hz)
    await until_heard(scripted_page, "One. ")


async def test_a_server_that_fails_again_and_again_is_given_up(scripted_page: Page, server: ScriptedServer) -> None:
    await scripted_page.evaluate(HURRY)
    await speak(scripted_page, "One two.")
    for _ in range(5):
        await (await server.accepted()).close(1011, "The server failed in this session.")
    await until_problem(scripted_page, "The server failed in this session.")
    await until_state(scripted_page, "Not connected")
    assert await shown(scripted_page) == ""
    await press(scripted_page, "Speak")
    socket = await server.accepted()
    rate_hz = (await socket.received())["sample_rate"]
    socket.speak("One two.", rate_hz=rate_hz)
    await until_heard(scripted_page, "One two.")


async def test_a_service_that_is_gone_is_waited_for(
    scripted_page: Page, server: ScriptedServer, fake: FakeService, complaints: list[str]
) -> None:
    await speak(scripted_page, "One two.")
    first = await server.accepted()
    rate_hz = (await first.received())["sample_rate"]
    first.speak("One ", rate_hz=rate_hz, final=False)
    fake.reason = "The service is warming up: the model is being loaded."
    await first.close(LOST)
    await until_state(scripted_page, fake.reason)
    fake.reason = None
    second = await server.accepted()
    assert (await second.received())["resume"] == {"from_sample": rate_hz // 5}
    second.speak("two.", rate_hz=rate_hz)
    await until_heard(scripted_page, "One two.")
    # The browser itself writes down that the service was not ready.
    assert {"503" in complaint for complaint in complaints} == {True}
    complaints.clear()


async def test_stop_gives_up_what_is_waited_for(
    scripted_page: Page, server: ScriptedServer, fake: FakeService, complaints: list[str]
) -> None:
    await speak(scripted_page, "One two.")
    first = await server.accepted()
    rate_hz = (await first.received())["sample_rate"]
    first.speak("One ", rate_hz=rate_hz, final=False)
    fake.reason = "The service is warming up: the model is being loaded."
    await first.close(LOST)
    await until_state(scripted_page, fake.reason)
    await press(scripted_page, "Stop")
    await until_state(scripted_page, "Not connected")
    assert await shown(scripted_page) == "One "
    complaints.clear()
