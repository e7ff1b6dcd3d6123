"""Rules of spoken form: a pattern where a token begins, and what is said for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from app.text.edits import Edit, Part

Match = re.Match[str]
Trigger = Literal["digit", "letter", "other"]


@dataclass(frozen=True, slots=True)
class Accent:
    """Where British and American readings differ."""

    british: bool


Saying = str | Sequence[Part] | None
"""One expansion for the whole match, parts with places of their own (none at all for silence), or None where the rule
does not apply after all."""


class Rule(NamedTuple):
    """A class of what people write. Patterns have to be of bounded length: they are tried wherever a token begins."""

    pattern: re.Pattern[str]
    say: Callable[[Match, Accent], Saying]


Rules = dict[Trigger, tuple[Rule, ...]]
"""By the kind of the character that a match begins with; the first rule that says something is taken."""

_TOKEN = re.compile(r"(?P<letter>[^\W\d_]+)|(?P<digit>\d+)|(?P<other>[^\w\s]|_+)")


def part(match: Match, group: int | str, spoken: str) -> Part:
    """What is said for one group of a match."""
    return Part(spoken, *match.span(group))


def find_edits(text: str, rules: Rules, accent: Accent) -> Iterator[Edit]:
    """The edits of the first rule that applies at each token, in the order of the text and without overlaps.

    Takes time linear in the length of the text: every pattern matches a bounded length.
    """
    position = 0
    while token := _TOKEN.search(text, position):
        position = token.end()
        trigger: Trigger = "digit" if token["digit"] else "letter" if token["letter"] else "other"
        for rule in rules[trigger]:
            match = rule.pattern.match(text, token.start())
            if match is None or match.end() == token.start():
                continue
            said = rule.say(match, accent)
            if said is None:
                continue
            parts = (Part(said, *match.span()),) if isinstance(said, str) else tuple(said)
            yield Edit(match.start(), match.end(), parts)
            position = match.end()
            break
