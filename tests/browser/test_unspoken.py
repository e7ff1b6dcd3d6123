"""What of a text is still to be spoken, given what of it was sent."""

import pytest
from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

CASES = {
    "at first all of it": ("One two.", "", "One two."),
    "then what was added": ("One two. Three.", "One two.", " Three."),
    "the rest of a word": ("One world", "One wor", "ld"),
    "nothing where nothing was added": ("One two.", "One two.", ""),
    "the whole text where its only sentence was changed": (
        "The cat is black.",
        "The cat sat on the mat.",
        "The cat is black.",
    ),
    "from the sentence that was changed": ("One. Two too. Three.", "One. Two. Three.", " Two too. Three."),
    "a sentence whose end was changed": ("One. Two? Three.", "One. Two. Three.", " Two? Three."),
    "from the sentence after the one that stayed": ("One. Four.", "One. Two. Three.", " Four."),
    "a sentence that lost a word": ("One. Two four.", "One. Two three four.", " Two four."),
    "a sentence that lost half a word": ("One two", "One twofold", "One two"),
    "nothing where words at the end were taken out": ("One two", "One two three", ""),
    "nothing where sentences at the end were taken out": ("One.", "One. Two.", ""),
    "nothing where all was taken out": ("", "One two", ""),
    "a sentence that went on otherwise": ("One. Two four", "One. Two three", " Two four"),
    "a sentence after quotes": ("“One.” Too", "“One.” Two", " Too"),
    "after a blank line": ("A title\n\nOne too", "A title\n\nOne two", "\nOne too"),
    "lines of one sentence": ("One\nthree", "One\ntwo", "One\nthree"),
    "no sentence within a number": ("It is 3.5 km", "It is 3.4 km", "It is 3.5 km"),
    "whole emoji": ("Hi 👩\u200d🚀", "Hi 👩\u200d🔬", "Hi 👩\u200d🚀"),
    "all where nothing is the same": ("Three", "One", "Three"),
}


async def test_what_is_new_in_a_text(page: Page) -> None:
    found = await page.evaluate(
        """async cases => {
          const { unspoken } = await import("/web/speak/unspoken.js");
          return cases.map(([text, sent]) => unspoken(text, sent));
        }""",
        [[text, sent] for text, sent, _ in CASES.values()],
    )
    assert dict(zip(CASES, found, strict=True)) == {name: wanted for name, (_, _, wanted) in CASES.items()}
