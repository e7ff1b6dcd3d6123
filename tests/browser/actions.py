"""What the tests do with the page, and ask it, again and again."""

from __future__ import annotations

import asyncio
import base64
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from playwright.async_api import Page, expect

PATIENCE_S = 15
CAN_BE_PRESSED = """buttons => Object.fromEntries(
  buttons.map(button => [button.textContent, !button.disabled && button.ariaDisabled !== "true"])
)"""
JOINED = "characters => characters.map(character => character.textContent).join('')"


@dataclass(frozen=True)
class Played:
    """What left the page's player."""

    samples: np.ndarray
    """(frames,), int16."""
    from_frame: int
    """Of the audio clock, at which the first of them was played."""
    rate_hz: int

    def place_of(self, sound: np.ndarray) -> int:
        """Where a sound begins whose first sample that is not 0 is the first one of what was played.

        Args:
            sound: (frames,), int16.
        """
        return int(np.flatnonzero(self.samples)[0] - np.flatnonzero(sound)[0])


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def write(page: Page, text: str) -> None:
    """Puts a text into the box in place of what is there."""
    await page.get_by_label("Text", exact=True).fill(text)


async def speak(page: Page, text: str) -> None:
    await write(page, text)
    await press(page, "Speak")


async def shown(page: Page) -> str:
    """The captions, heard or not."""
    return await page.locator("#captions .character").evaluate_all(JOINED)


async def until_heard(page: Page, text: str) -> None:
    """Waits until all that the captions show is lit; that must be ``text``, of one character a grapheme."""
    await expect(page.locator("#captions .heard")).to_have_count(len(text))
    assert await shown(page) == text


async def enabled(page: Page) -> set[str]:
    """Names of the buttons that can be seen and pressed, but for those of the examples."""
    states = await page.locator("button:visible:not(#examples *)").evaluate_all(CAN_BE_PRESSED)
    return {name for name, is_enabled in states.items() if is_enabled}


async def until_state(page: Page, words: str) -> None:
    await expect(page.locator("#state")).to_have_text(words)


async def until_problem(page: Page, sentence: str) -> None:
    await expect(page.get_by_role("alert")).to_have_text(sentence)


async def until(page: Page, expression: str) -> None:
    """Waits until an expression holds. Playwright's own way evaluates text in the page, which its policy forbids."""
    gives_up_at = time.monotonic() + PATIENCE_S
    while not await page.evaluate(expression):
        assert time.monotonic() < gives_up_at, expression
        await asyncio.sleep(0.02)


async def recorded(page: Page, name: str) -> list[Any]:
    """One of the lists of ``recorder.js``."""
    return await page.evaluate("name => recorded[name]", name)


async def played(page: Page) -> Played:
    """All that was played since the player was made."""
    found = await page.evaluate("allPlayed()")
    samples = np.frombuffer(base64.b64decode(found["base64"]), "<i2")
    return Played(samples, found["from"], round(found["rateHz"]))


async def heard_runs(page: Page) -> list[tuple[int, int]]:
    """What was played as runs of one value: each value that is not 0, with its frames. The fake Speech has one value
    for each word."""
    samples = (await played(page)).samples
    edges = np.flatnonzero(np.diff(samples)) + 1
    parts = np.split(samples, edges)
    return [(int(part[0]), len(part)) for part in parts if len(part) and part[0]]
