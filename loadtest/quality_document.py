"""docs/quality.md: sections that are written one by one, each by the command that measures it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "docs" / "quality.md"

SECTIONS = ("windows", "words", "timings", "prosody", "loudness", "long")
"""In the order of the document."""

HEAD = """\
# Quality

What can be heard and seen of the service's speech, in figures. Each section names the command that makes it and
leaves the others as they are; `make quality` makes them all.
"""


def write_section(name: str, text: str, path: Path = DOCUMENT) -> None:
    """Put a section in its place, and leave the others as they are.

    Args:
        name: one of ``SECTIONS``.
        text: Markdown, from a heading of the second level on.

    Raises:
        ValueError: for another name.
    """
    if name not in SECTIONS:
        raise ValueError(f"{name!r} is not one of {', '.join(SECTIONS)}")
    written = path.read_text("utf-8") if path.exists() else ""
    sections = {found["name"]: found["text"] for found in _SECTION.finditer(written)} | {name: text.strip()}
    kept = (f"<!-- {key} -->\n\n{sections[key]}\n\n<!-- /{key} -->\n" for key in SECTIONS if key in sections)
    path.write_text("\n".join([HEAD, *kept]), "utf-8")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


_SECTION = re.compile(r"<!-- (?P<name>\w+) -->\n\n(?P<text>.*?)\n\n<!-- /(?P=name) -->", re.DOTALL)
