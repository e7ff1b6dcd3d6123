from __future__ import annotations

import random
import time

import numpy as np
import pytest

from app.text.normalize import SpokenText, spoken_form


def heard_from(spoken: SpokenText, source: str, part: str) -> str:
    """The spoken characters that come from one part of the source."""
    start = source.index(part)
    inside = [start <= first and last <= start + len(part) for first, last in spoken.spans]
    return "".join(character for character, kept in zip(spoken.text, inside, strict=True) if kept)


@pytest.mark.parametrize(
    ("source", "part", "heard"),
    [
        ("Add ½ cup", "½ ", "half a "),
        ("It costs $5 now", "$5", "five dollars"),
        ("at 12:45 sharp", "12:45", "twelve forty-five"),
        ("from 10–20 km on", "10", "ten to "),
        ("from 10–20 km on", "km", " kilometers"),
        ("see **this** now", "**this**", "this"),
        ("a ﬁne day", "ﬁ", "fi"),
        ("so… yes", "…", "..."),
        ("cafe\u0301 noir", "e\u0301", "é"),
        ("Hi 😀 you", " 😀 ", " "),
        ("so\u200b yes", "\u200b", ""),
    ],
)
def test_spoken_characters_point_to_the_source_they_stand_for(source: str, part: str, heard: str) -> None:
    assert heard_from(spoken_form(source), source, part) == heard


def test_knots_give_deleted_characters_no_width_and_share_out_expansions() -> None:
    source = "a\u200bb ½c"
    spoken = spoken_form(source)
    assert spoken.text == "ab one half c"
    positions = np.interp(np.arange(len(source) + 1), *spoken.source_knots())
    assert positions.tolist() == [0, 1, 1, 2, 3, 12, 13]


def test_one_spoken_character_for_many_is_shared_out_evenly() -> None:
    places = np.interp(np.arange(6), *spoken_form("x \t y").source_knots())
    assert places.tolist() == pytest.approx([0, 1, 4 / 3, 5 / 3, 2, 3])


def random_text(rng: random.Random) -> str:
    ranges = [(0, 0x110000), (0, 0x3000), (32, 127), (0x2000, 0x2C00), (0x1F300, 0x1FB00)]
    low, high = rng.choice(ranges)
    return "".join(chr(rng.randrange(low, high)) for _ in range(rng.randrange(80)))


@pytest.mark.parametrize("normalize", [True, False])
def test_any_text_maps_every_character_boundary_monotonically(normalize: bool) -> None:
    rng = random.Random(1)
    for _ in range(500):
        source = random_text(rng)
        spoken = spoken_form(source, normalize)
        spoken.text.encode()
        assert len(spoken.spans) == len(spoken.text)
        assert all(start < end for start, end in spoken.spans)
        assert list(spoken.spans) == sorted(spoken.spans)
        positions, places = spoken.source_knots()
        assert (np.diff(positions) > 0).all()
        assert (np.diff(places) >= 0).all()
        assert (positions[0], places[0]) == (0, 0)
        assert (positions[-1], places[-1]) == (len(source), len(spoken.text) if source else 0)


@pytest.mark.parametrize("unit", ["\n", "- ", "\n-", "a\u0301\u0335", "\u0301", "😀", "½", "ﷺ", "...", "--", "“"])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    source = unit * (10_000 // len(unit))
    began = time.process_time()
    spoken_form(source)
    # About 20 ms; quadratic time would be seconds.
    assert time.process_time() - began < 0.5
