"""The page for operators, in a real browser, over a fleet that the test holds in its hands."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, Route, expect

from app.client import connect as session
from app.stats import Stats
from tests.browser.conftest import Open
from tests.browser.operated import QUICK, OperatedFleet, Past, watched
from tests.cluster import Service
from tests.fakes import FakeService

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def fleet(fake: FakeService) -> AsyncIterator[OperatedFleet]:
    """Watched twice a second."""
    async with watched(fake) as fleet:
        yield fleet


@pytest_asyncio.fixture(loop_scope="session")
async def page(fleet: OperatedFleet, address: str, open_page: Open) -> Page:
    """The page with figures on it."""
    page = await open_page(f"{address}status")
    await expect(title(page)).to_have_text("Ready")
    return page


def title(page: Page) -> Locator:
    return page.get_by_role("status").get_by_role("heading")


def tile(page: Page, label: str) -> Locator:
    """The figure of a tile."""
    name = page.get_by_role("term").filter(has_text=re.compile(f"^{re.escape(label)}$"))
    return page.locator(".tile").filter(has=name).locator(".figure")


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


async def test_the_figures_are_those_of_stats(page: Page, fleet: OperatedFleet) -> None:
    fleet.ingress.sessions.set(3)
    for _ in range(2):
        fleet.ingress.dialect("native").asked("some text")
    fleet.ingress.dialect("native").first_chunk(0.312)
    fleet.speech.speaking.set(2)
    fleet.kokoro.waiting.set(1)
    fleet.kokoro.active.set(4)
    fleet.kokoro.waiting_audio.set(2.5)
    fleet.kokoro.step("vocoder", 3, 0.5)
    fleet.kokoro.audio.inc(2)
    fleet.gpu_memory_mb = 2048.0

    for label, figure in {
        "Sessions": "3",
        "Speaking": "2",
        "Waiting": "1",
        "Batch size": "3.0",
        "Real-time factor": "0.25",
        "First sound, p50": "312 ms",
        "First sound, p95": "312 ms",
        "CPU": "63%",
        "RAM": "41%",
        "GPU memory": "4 GB",
    }.items():
        await expect(tile(page, label)).to_have_text(figure)
    await expect(row(page, "Ingress i1a2b3c4")).to_contain_text("3 sessions · 2 texts being spoken")
    await expect(row(page, "Speech s5d6e7f8")).to_contain_text("2 texts being spoken")
    busy = row(page, "Kokoro k9a8b7c6")
    await expect(busy).to_contain_text("4 utterances · 1 of them waiting · 2.5 s of sound to make · batches of 3.0")
    await expect(busy).to_contain_text("1.6 GB + 2 GB GPU")
    await expect(busy.locator(".badge")).to_have_text("speaking")
    await expect(row(page, "Kokoro k5d4e3f2").locator(".badge")).to_have_text("idle")
    await expect(page.locator("#summary")).to_have_text("3 of 3 deployments ready · model on CPU · version 1.2.3")


async def test_who_comes_late_sees_what_was_before(fake: FakeService, address: str, open_page: Open) -> None:
    watch = await Past(fake).pass_by()
    page = await open_page(f"{address}status")
    await expect(page.get_by_role("heading", name="The last 5 min")).to_be_visible()

    charts = {name.partition(",")[0]: name for name in await chart_names(page)}
    assert set(charts) == {"Sessions and queue", "Time to the first sound", "Batch size", "Memory"}
    most = re.search(r"Sessions: \d+ now, (\d+) at most", charts["Sessions and queue"])
    assert most is not None
    assert int(most[1]) == max(point.sessions for point in fake.monitor.history().points)
    assert "Objective: 600 ms." in charts["Time to the first sound"]
    # The line is broken where nobody spoke.
    outline = await page.locator(".plot").nth(2).locator(".line").get_attribute("d")
    assert outline is not None
    assert outline.count("M") >= 2
    assert outline.count("L") > 100
    watch.cancel()


async def chart_names(page: Page) -> list[str]:
    return [await chart.get_attribute("aria-label") or "" for chart in await page.locator(".plot svg").all()]


async def test_a_chart_tells_what_is_under_the_pointer(fake: FakeService, address: str, open_page: Open) -> None:
    watch = await Past(fake).pass_by()
    page = await open_page(f"{address}status")
    chart = page.locator(".chart").first
    await chart.locator(".plot svg").hover(position={"x": 120, "y": 50})

    await expect(chart.locator(".when")).to_have_text(re.compile(r"^[34] min before$"))
    await page.get_by_role("link", name="Speak").hover()
    await expect(chart.locator(".when")).to_have_text("")
    watch.cancel()


async def test_a_service_that_has_not_spoken_yet_says_so(page: Page) -> None:
    await expect(tile(page, "First sound, p50")).to_have_text("–")
    await expect(page.locator(".chart").nth(1).locator(".empty")).to_have_text("Nothing was spoken")


async def test_a_replica_that_does_not_answer_is_named(page: Page, fleet: OperatedFleet) -> None:
    fleet.incomplete = {"Kokoro"}

    await expect(title(page)).to_have_text("Ready, with trouble")
    await expect(page.locator("#troubles")).to_have_text(
        "No full answer from Kokoro: the figures are those of the other replicas."
    )
    await expect(row(page, "Kokoro").locator(".badge")).to_have_text("no answer")
    await expect(row(page, "Kokoro")).to_contain_text("At least one more replica does not answer")
    await expect(page.locator("tbody").get_by_role("row")).to_have_count(5)


async def test_a_deployment_that_is_gone_is_named_and_comes_back(page: Page, fleet: OperatedFleet) -> None:
    fleet.missing = {"Kokoro"}

    await expect(title(page)).to_have_text("In trouble")
    await expect(page.locator("#summary")).to_contain_text("2 of 3 deployments ready")
    await expect(row(page, "Kokoro")).to_contain_text("No replica answers")
    await expect(page.locator("tbody").get_by_role("row")).to_have_count(3)
    fleet.missing = set()
    await expect(title(page)).to_have_text("Ready")
    await expect(page.locator("tbody").get_by_role("row")).to_have_count(4)


async def test_a_replica_that_was_replaced_leaves_no_row(page: Page, fleet: OperatedFleet) -> None:
    fleet.names["speech"] = "another1"

    await expect(row(page, "Speech another1")).to_be_visible()
    await expect(row(page, "Speech s5d6e7f8")).to_have_count(0)


async def test_an_ingress_that_drains_says_so(page: Page, fleet: OperatedFleet) -> None:
    fleet.ingress.draining.set(1)

    await expect(row(page, "Ingress i1a2b3c4").locator(".badge")).to_have_text("draining")


async def test_a_service_that_is_not_ready_gives_its_reason(
    page: Page, fake: FakeService, complaints: list[str]
) -> None:
    fake.reason = "No replica of Kokoro is running."

    await expect(title(page)).to_have_text("Not ready")
    await expect(page.locator("#troubles")).to_have_text("No replica of Kokoro is running.")
    await expect(page).to_have_title("Not ready · Kokoro Serve")
    fake.reason = None
    await expect(title(page)).to_have_text("Ready")
    complaints[:] = [complaint for complaint in complaints if "503" not in complaint]


async def test_speech_that_begins_late_is_told(page: Page, fleet: OperatedFleet) -> None:
    fleet.ingress.dialect("native").first_chunk(0.6)
    await expect(page.get_by_text("objective 600 ms: met")).to_be_visible()
    await expect(title(page)).to_have_text("Ready")
    for _ in range(2):
        fleet.ingress.dialect("native").first_chunk(0.75)

    await expect(page.get_by_text("objective 600 ms: missed")).to_be_visible()
    await expect(page.locator("#troubles")).to_have_text(
        "Speech begins late: half of the texts of the last 5 min waited longer than 600 ms."
    )


async def test_memory_that_runs_short_is_told(page: Page, fleet: OperatedFleet) -> None:
    fleet.ram_percent = 93.4

    await expect(page.locator("#troubles")).to_have_text("Memory is short: more than 90% of it is in use.")


async def test_figures_that_grow_old_are_marked(page: Page, fleet: OperatedFleet) -> None:
    await expect(page.locator("#age")).to_have_text(re.compile("^Updated "))
    fleet.is_silent = True

    await expect(page.locator("#age")).to_have_text(re.compile("^Stale: "))
    await expect(page.locator("#troubles")).to_contain_text("The server took no new figures for more than")
    await expect(page.locator("#figures")).to_have_class("stale")
    fleet.is_silent = False
    await expect(page.locator("#figures")).not_to_have_class("stale")
    await expect(title(page)).to_have_text("Ready")


async def test_a_server_that_is_gone_is_told_and_found_again(page: Page, complaints: list[str]) -> None:
    await page.route("**/health", lambda route: route.abort())

    await expect(title(page)).to_have_text(re.compile(r"^No answer since \d\d:\d\d:\d\d$"))
    await expect(page.locator("#troubles")).to_have_text("The server does not answer. Trying again …")
    await expect(page.locator("#age")).to_have_text(re.compile("^Stale: "))
    await expect(page.get_by_role("table")).to_be_visible()
    await page.unroute("**/health")
    await expect(title(page)).to_have_text("Ready")
    complaints.clear()


async def test_figures_that_cannot_be_had_here_are_told(page: Page) -> None:
    await page.route("**/stats", lambda route: route.fulfill(body="<!doctype html>the page"))

    await expect(title(page)).to_have_text(re.compile("^No figures since "))
    await expect(page.locator("#troubles")).to_contain_text("cannot be had at this address (status 200)")


async def test_nothing_is_asked_while_it_is_paused(page: Page) -> None:
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_role("button", name="Pause", pressed=True)).to_be_visible()
    await expect(page.locator("#age")).to_have_text(re.compile(r"^Paused: figures of \d\d:\d\d:\d\d$"))
    await page.wait_for_timeout(QUICK.period_s * 1000)  # what was under way comes to its end
    asked: list[Route] = []
    await page.route("**/stats", lambda route: asked.append(route))
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await page.wait_for_timeout(3 * QUICK.period_s * 1000)
    assert asked == []
    await page.unroute("**/stats")
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator("#age")).to_have_text(re.compile("^Updated "))


async def test_a_service_without_keys_asks_for_none(page: Page) -> None:
    await expect(page.get_by_label("Admin key")).to_be_hidden()


async def test_with_keys_the_figures_want_one_of_an_operator(
    fake: FakeService, fleet: OperatedFleet, address: str, open_page: Open, complaints: list[str]
) -> None:
    reader, admin = fake.add_key("reader"), fake.add_key("boss", admin=True)
    page = await open_page(f"{address}status")
    key, problem = page.get_by_label("Admin key"), page.get_by_role("alert")
    await expect(page.get_by_role("heading", name="The figures are for operators")).to_be_visible()
    await expect(title(page)).to_have_text("Ready")
    await expect(page.get_by_role("table")).to_be_hidden()
    await expect(problem).to_have_text("")
    assert complaints == [], "nothing was asked for that is known to be refused"

    await key.fill("wrong")
    await key.press("Enter")
    await expect(problem).to_have_text("This API key is not known here.")
    await key.fill(reader)
    await page.get_by_role("button", name="Show the figures").click()
    await expect(problem).to_have_text('This is for admin keys, and the key of "reader" is none.')
    await expect(page.get_by_role("table")).to_be_hidden()

    await key.fill(admin)
    await key.press("Enter")
    await expect(row(page, "Speech s5d6e7f8")).to_be_visible()
    await expect(key).to_be_hidden()
    await expect(title(page)).to_be_focused()
    await page.reload()
    await expect(row(page, "Speech s5d6e7f8")).to_be_visible()
    complaints[:] = [complaint for complaint in complaints if not re.search("40[13]", complaint)]


async def test_figures_that_are_locked_meanwhile_leave(page: Page, fake: FakeService, fleet: OperatedFleet) -> None:
    fake.add_key("boss", admin=True)

    await expect(page.get_by_label("Admin key")).to_be_visible()
    await expect(page.get_by_role("table")).to_be_hidden()


async def test_the_way_to_the_page_that_speaks(page: Page, address: str) -> None:
    await page.get_by_role("link", name="Speak").click()

    await expect(page).to_have_url(address)


async def test_the_real_service_is_ready_and_speaks_while_a_sentence_is_spoken(
    service: Service, open_page: Open
) -> None:
    page = await open_page(f"{service.url}/status")
    await expect(page.locator("#summary")).to_contain_text("3 of 3 deployments ready", timeout=60_000)
    async with session(service.ws) as client:
        # Sound is made faster than it is heard, and the figures are of some moments only: there is plenty to speak.
        speaking = asyncio.create_task(client.speak("This sentence is long enough to be seen. " * 40))
        await expect(row_of(page, "Kokoro").locator(".badge")).to_have_text("speaking", timeout=60_000)
        await expect(page.locator("#summary")).to_contain_text("3 of 3 deployments ready")
        await expect(row_of(page, "Ingress")).to_contain_text("1 session")
        await client.send(cancel=True)
        assert (await speaking).pcm
    await expect(tile(page, "First sound, p50")).to_have_text(re.compile(r"^[\d,]+ ms$"))
    async with httpx.AsyncClient() as http:
        stats = Stats.model_validate((await http.get(f"{service.url}/stats", timeout=30)).json())
    assert {replica.deployment for replica in stats.replicas} == {"Ingress", "Speech", "Kokoro"}
    assert stats.batch_size is not None
    assert stats.real_time_factor is not None
    await page.goto("about:blank")


def row_of(page: Page, deployment: str) -> Locator:
    """The only row of a deployment."""
    return page.locator("tbody tr").filter(has_text=deployment)
