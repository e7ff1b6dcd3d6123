"""What the tests do with the page, and ask it, again and again."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

IS_ENABLED = "buttons => Object.fromEntries(buttons.map(button => [button.textContent, !button.disabled]))"
JOINED = "spans => spans.map(span => span.textContent).join('')"


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def write(page: Page, text: str) -> None:
    """Puts a text into the box in place of what is there."""
    await page.get_by_label("Text", exact=True).fill(text)


async def flush(page: Page, text: str) -> None:
    await write(page, text)
    await press(page, "Flush")


async def shown(page: Page) -> str:
    """The captions, heard or not."""
    return await page.locator("#captions .flush > span").evaluate_all(JOINED)


async def until_heard(page: Page, text: str) -> None:
    """Waits until all that the captions show is lit; that must be ``text``, of one character a grapheme."""
    await expect(page.locator("#captions .heard")).to_have_count(len(text))
    assert await shown(page) == text


async def enabled(page: Page) -> set[str]:
    """Names of the buttons that can be pressed."""
    states = await page.get_by_role("button").evaluate_all(IS_ENABLED)
    return {name for name, is_enabled in states.items() if is_enabled}


async def until_state(page: Page, words: str) -> None:
    await expect(page.locator("#state")).to_have_text(words)


async def recorded(page: Page, name: str) -> list[Any]:
    """One of the lists of ``recorder.js``."""
    return await page.evaluate("name => recorded[name]", name)
