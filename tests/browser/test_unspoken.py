"""What Flush takes from the text box, given what of it was sent."""

import pytest
from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

CASES = {
    "at first all of it": ("One two.", "", "One two."),
    "then what was added": ("One two. Three.", "One two.", " Three."),
    "the rest of a word": ("One world", "One wor", "ld"),
    "nothing where nothing was added": ("One two.", "One two.", ""),
    "from the word that was changed": ("One too. Three.", "One two. Three.", "too. Three."),
    "from the word that was made longer": ("One twofold three", "One two three", "twofold three"),
    "from the word that was made shorter": ("One two", "One twofold", "two"),
    "from where a word was taken out": ("One three", "One two three", "three"),
    "nothing where words at the end were taken out": ("One two", "One two three", ""),
    "nothing where all was taken out": ("", "One two", ""),
    "what follows a shortened text": ("One two four", "One two three", "four"),
    "lines as words": ("One\nthree", "One\ntwo", "three"),
    "whole emoji": ("Hi 👩\u200d🚀", "Hi 👩\u200d🔬", "👩\u200d🚀"),
    "all where nothing is the same": ("Three", "One", "Three"),
}


async def test_what_is_new_in_a_text(page: Page) -> None:
    found = await page.evaluate(
        """async cases => {
          const { unspoken } = await import("/web/unspoken.js");
          return cases.map(([text, sent]) => unspoken(text, sent));
        }""",
        [[text, sent] for text, sent, _ in CASES.values()],
    )
    assert dict(zip(CASES, found, strict=True)) == {name: wanted for name, (_, _, wanted) in CASES.items()}
