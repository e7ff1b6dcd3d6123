"""Corrections of the part of speech that spaCy gives to a token, where misaki says the token wrongly for it."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

_AFTER_LETTERS = frozenset(",.;:?!)]=+*/>&")


def correct_tags(tokens: list[Any], silent: Container[str]) -> None:
    """Correct the tags of misaki's tokens, in place.

    Args:
        silent: tags of what has no sound.
    """
    for index, token in enumerate(tokens):
        if token.tag in silent and any(map(str.isalnum, token.text)):
            # The tagger, in odd surroundings, takes words and "-7" for punctuation.
            token.tag = "CD" if any(map(str.isdigit, token.text)) else "NN"
        elif token.text in ("a", "A") and token.tag == "DT" and _is_letter(tokens, index):
            token.tag = "NN"


def _is_letter(tokens: list[Any], index: int) -> bool:
    """Whether an "A" is the name of a letter: the tagger takes most of them for articles.

    A word follows an article, and within a sentence an article has a capital only where that word has one as well.
    """
    if index + 1 == len(tokens):
        return True
    token, following = tokens[index], tokens[index + 1].text
    if following == "." or (following[0] in _AFTER_LETTERS and following[0] != "."):
        return True
    if following[0] in "-–—":
        return not token.whitespace
    if len(following) == 1 and following.isupper() and token.text == "A":
        # "N A C L"
        return True
    within = index > 0 and tokens[index - 1].text[-1].isalnum()
    return within and token.text == "A" and following[0].isalnum() and not following[0].isupper()
