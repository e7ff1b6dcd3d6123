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
    ("source", "spoken"),
    [
        ("", ""),
        ("   ", " "),
        ("a \t b\nc", "a b c"),
        ("a\x00b\x07c\x7f", "abc"),
        ("\ufeffze\u200bro wi\u00addth\u202e", "zero width"),
        ("lone \ud83d surrogate", "lone surrogate"),
        ("private\ue000use", "private use"),
        ("unassigned\U000e0fff!", "unassigned!"),
        ("➀ x² ٣ １２", "1 x2 3 12"),
        ("10² ①②", "10 2 1 2"),
        ("Hello 😀 world", "Hello world"),
        ("Hello😀world", "Hello world"),
        ("Well done 👍🏽. Yes!👨‍👩‍👧Thanks", "Well done. Yes! Thanks"),
        ("1️⃣ ❤️ 🇩🇪", "1 "),
        ("a → b ■ c", "a b c"),
        ("20℃ №5 Acme™", "20°C No5 Acme"),
        ("Z\u0335\u0336a\u0337lgo cafe\u0301", "Zalgo café"),
        ("don’t", "don't"),
        ("[x](y)", "[x](y)"),
    ],
)
@pytest.mark.parametrize("normalize", [True, False])
def test_what_nobody_can_say_is_dropped_with_and_without_normalisation(
    source: str, spoken: str, normalize: bool
) -> None:
    assert spoken_form(source, normalize).text == spoken


@pytest.mark.parametrize(
    ("source", "spoken", "raw"),
    [
        ("“Yes,” ‘no’ „ja“ «oui»", '"Yes," \'no\' "ja" "oui"', "“Yes,” ‘no' „ja“ «oui»"),
        ("Wait… what…now.....", "Wait... what... now...", "Wait… what…now....."),
        ("yes – no - so -- go—on", "yes — no — so — go—on", "yes – no - so -- go—on"),
        ("word--word", "word—word", "word--word"),
        ("Paris–London non‑stop −5 10–20 5 - 3", "Paris-London non-stop -5 10–20 5 - 3", None),
        ("ﬁne 𝐛𝐨𝐥𝐝 Ⓐ", "fine bold A", None),
        ("½ cup, 1½ cups, ⅞", "one half cup, 1 and one half cups, seven eighths", "½ cup, 1 ½ cups, ⅞"),
        ("a\u00a0b\u2009c", "a b c", "a b c"),
        ("Title\n\nText.\n\nMore", "Title.\nText.\nMore", "Title\nText.\nMore"),
        ("Buy:\n- milk\n* eggs\n1. one", "Buy:\nmilk.\neggs.\n1. one", "Buy: - milk * eggs 1. one"),
    ],
)
def test_typography_becomes_plain_only_when_asked(source: str, spoken: str, raw: str | None) -> None:
    assert spoken_form(source).text == spoken
    if raw is not None:
        assert spoken_form(source, normalize=False).text == raw


@pytest.mark.parametrize(
    ("source", "part", "heard"),
    [
        ("Add ½ cup", "½", "one half"),
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
    assert positions.tolist() == [0, 1, 1, 2, 3, 11, 13]


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


def test_a_spoken_form_without_typography_is_its_own_spoken_form() -> None:
    rng = random.Random(2)
    for _ in range(300):
        once = spoken_form(random_text(rng), normalize=False).text.replace("\n", " ")
        assert spoken_form(once, normalize=False).text == once


@pytest.mark.parametrize("unit", ["\n", "- ", "\n-", "a\u0301\u0335", "\u0301", "😀", "½", "ﷺ", "...", "--", "“"])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    source = unit * (10_000 // len(unit))
    began = time.process_time()
    spoken_form(source)
    # About 20 ms; quadratic time would be seconds.
    assert time.process_time() - began < 0.5
