"""What the page says when something is wrong, and that it can be used again afterwards."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, WebSocketRoute, expect

from app.messages import SynthesisFailed
from tests.browser.actions import enabled, flush, press, recorded, shown, until_heard, until_state, write
from tests.browser.conftest import Open
from tests.fakes import VOICES, FakeService

LOST = "The connection was lost. Flush makes a new one as soon as the service is found again."
NOWHERE = "window.WebSocket = class extends WebSocket { constructor() { super(new URL('/nowhere', location)); } };"
"""A script that lets every WebSocket go where there is none."""

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def until_problem(page: Page, sentence: str) -> None:
    await expect(page.get_by_role("alert")).to_have_text(sentence)


class ScriptedServer:
    """The server's side of the page's WebSockets, in the hands of the test."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.socket: WebSocketRoute | None = None

    async def install(self, page: Page) -> None:
        await page.route_web_socket("**/ws?*", self._accept)

    def _accept(self, socket: WebSocketRoute) -> None:
        self.socket = socket
        socket.on_message(lambda message: self.messages.put_nowait(json.loads(message)))

    async def received(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.messages.get(), 10)

    def send(self, **frame: Any) -> None:
        assert self.socket is not None
        self.socket.send(json.dumps(frame))

    def speak(self, text: str, *, ms: int = 200, final: bool = True) -> None:
        """One chunk of silence with a flush's whole text at its beginning."""
        nothing = [0] * len(text)
        self.send(
            audio=base64.b64encode(bytes(2 * 441 * ms // 10)).decode(),
            alignment={"chars": [*text], "char_start_times_ms": nothing, "char_durations_ms": nothing, "offset_ms": 0},
            flush_index=0,
            meta={"first_chunk_ms": 5.0, "seed": 1, "utterance_id": "u"},
            final=final,
        )


@pytest.fixture
def server() -> ScriptedServer:
    return ScriptedServer()


@pytest_asyncio.fixture(loop_scope="session")
async def scripted_page(server: ScriptedServer, address: str, open_page: Open) -> Page:
    page = await open_page(address, server.install)
    await page.locator("#flush:enabled").wait_for()
    return page


async def test_a_flush_that_failed_is_spoken_by_the_next_press(page: Page, fake: FakeService) -> None:
    fake.speech.fail(0, 2, SynthesisFailed("The model failed on this part of the text."))
    await flush(page, "one two three four")
    await until_problem(page, "The model failed on this part of the text.")
    await until_heard(page, "one two ")
    await until_state(page, "Connected")
    await press(page, "Flush")
    await until_problem(page, "")
    await until_heard(page, "one two three four")


async def test_text_that_is_refused_is_not_taken_for_spoken(page: Page, fake: FakeService) -> None:
    fake.configure(max_buffered_characters=10)
    await flush(page, "This is more than ten.")
    await expect(page.get_by_role("alert")).to_contain_text("A session may hold 10 characters")
    assert await shown(page) == ""
    await flush(page, "This is.")
    await until_heard(page, "This is.")
    assert [request.text for request in fake.speech.requests] == ["This is."]


async def test_an_end_that_is_refused_leaves_the_session_open(page: Page, fake: FakeService) -> None:
    fake.configure(max_buffered_characters=10)
    await write(page, "This is more than ten.")
    await press(page, "End")
    await expect(page.get_by_role("alert")).to_contain_text("A session may hold 10 characters")
    await until_state(page, "Connected")
    await flush(page, "This is.")
    await until_heard(page, "This is.")


async def test_a_server_with_no_place_says_so(page: Page, fake: FakeService) -> None:
    fake.configure(max_sessions=0)
    await flush(page, "Hello.")
    await until_problem(page, "All 0 sessions are taken; try again in 5 s.")
    await until_state(page, "Not connected")
    assert await shown(page) == ""
    fake.configure(max_sessions=1)
    await press(page, "Flush")
    await until_heard(page, "Hello.")
    await until_problem(page, "")


async def test_a_service_that_is_not_ready_says_why_and_is_waited_for(
    fake: FakeService, address: str, open_page: Open, complaints: list[str]
) -> None:
    fake.reason, fake.voices = "The service is warming up: the model is being loaded.", ()
    page = await open_page(address)
    await until_state(page, fake.reason)
    assert await enabled(page) == {"Test tone"}
    fake.reason, fake.voices = None, VOICES
    await until_state(page, "Not connected")
    await expect(page.get_by_label("Voice")).to_have_value("af_heart")
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


async def test_a_lost_connection_can_be_made_again(scripted_page: Page, server: ScriptedServer) -> None:
    await flush(scripted_page, "One.")
    assert (await server.received())["text"] == "One."
    assert server.socket is not None
    await server.socket.close(code=3000)
    await until_problem(scripted_page, LOST)
    await until_state(scripted_page, "Not connected")
    assert await shown(scripted_page) == ""
    await press(scripted_page, "Connect")
    await until_state(scripted_page, "Connected")
    await until_problem(scripted_page, "")


async def test_a_connection_that_was_never_made_is_not_called_lost(
    address: str, open_page: Open, complaints: list[str]
) -> None:
    page = await open_page(address, lambda page: page.add_init_script(NOWHERE))
    await press(page, "Connect")
    await expect(page.get_by_role("alert")).to_contain_text("There is no connection: the service did not take it")
    await until_state(page, "Not connected")
    # The browser itself writes this down.
    assert {"/nowhere" in complaint for complaint in complaints} == {True}
    complaints.clear()


async def test_what_still_sounds_of_a_cut_flush_is_not_called_the_rest(
    scripted_page: Page, server: ScriptedServer
) -> None:
    await flush(scripted_page, "One two.")
    await server.received()
    server.speak("One ", final=False, ms=3_000)
    await until_state(scripted_page, "Speaking")
    assert server.socket is not None
    await server.socket.close(code=3000)
    await until_state(scripted_page, "Speaking what came")
    await until_state(scripted_page, "Not connected")


async def test_a_refusal_names_the_flush_that_is_not_spoken(scripted_page: Page, server: ScriptedServer) -> None:
    await flush(scripted_page, "One.")
    await flush(scripted_page, "One. Two.")
    assert [(await server.received())["text"] for _ in range(2)] == ["One.", " Two."]
    server.send(error="The first one is refused.", code="bad_message", message_index=0)
    await until_problem(scripted_page, "The first one is refused.")
    server.speak(" Two.")
    await until_heard(scripted_page, " Two.")
    await until_state(scripted_page, "Connected")


async def test_a_refusal_of_what_was_cancelled_since_is_ignored(scripted_page: Page, server: ScriptedServer) -> None:
    await flush(scripted_page, "One.")
    await press(scripted_page, "Cancel")
    await flush(scripted_page, "Two.")
    for _ in range(3):
        await server.received()
    server.send(error="The first one is refused.", code="bad_message", message_index=0)
    server.send(cancelled=True)
    server.speak("Two.")
    await until_heard(scripted_page, "Two.")
    await until_problem(scripted_page, "")
    await until_state(scripted_page, "Connected")


async def test_what_was_heard_of_a_lost_flush_stays(scripted_page: Page, server: ScriptedServer) -> None:
    await flush(scripted_page, "One two.")
    await server.received()
    server.speak("One ", final=False, ms=100)
    assert server.socket is not None
    await server.socket.close(code=3000, reason="The server is going away.")
    await until_problem(scripted_page, "The server is going away.")
    await until_heard(scripted_page, "One ")
    await until_state(scripted_page, "Not connected")


async def test_frames_of_what_was_cancelled_are_ignored(scripted_page: Page, server: ScriptedServer) -> None:
    await flush(scripted_page, "One.")
    assert await server.received() == {"text": "One.", "voice": "af_heart", "flush": True}
    await press(scripted_page, "Cancel")
    assert await server.received() == {"cancel": True}
    await flush(scripted_page, "Two.")
    assert await server.received() == {"text": "Two.", "voice": "af_heart", "flush": True}
    server.speak("One.")
    server.send(error="The speech could not be made.", code="synthesis_failed", flush_index=0)
    server.send(cancelled=True)
    server.speak("Two.")
    await until_heard(scripted_page, "Two.")
    await until_problem(scripted_page, "")
    assert len(await recorded(scripted_page, "starts")) == 1


async def test_a_flush_of_no_sound_lights_up_at_once_and_says_why(scripted_page: Page, server: ScriptedServer) -> None:
    await flush(scripted_page, "...")
    await server.received()
    server.speak("...", ms=0)
    await until_heard(scripted_page, "...")
    await until_state(scripted_page, "Connected")
    assert await scripted_page.locator("#latency").inner_text() == ""
    await expect(scripted_page.locator("#notice")).to_contain_text("Nothing of this text can be spoken")


async def test_end_says_the_rest_and_the_end_in_one_message(scripted_page: Page, server: ScriptedServer) -> None:
    await write(scripted_page, "One.")
    await press(scripted_page, "End")
    assert await server.received() == {"text": "One.", "voice": "af_heart", "end": True}
    assert await enabled(scripted_page) == {"Cancel", "Disconnect", "Test tone"}
