from __future__ import annotations

import random

import pytest

from app.text.typography import plain_form


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
    assert plain_form(source, normalize).text == spoken


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
    assert plain_form(source, True).text == spoken
    if raw is not None:
        assert plain_form(source, False).text == raw


def random_text(rng: random.Random) -> str:
    ranges = [(0, 0x110000), (0, 0x3000), (32, 127), (0x2000, 0x2C00), (0x1F300, 0x1FB00)]
    low, high = rng.choice(ranges)
    return "".join(chr(rng.randrange(low, high)) for _ in range(rng.randrange(80)))


def test_what_is_plain_stays_as_it_is() -> None:
    rng = random.Random(2)
    for _ in range(300):
        once = plain_form(random_text(rng), False).text.replace("\n", " ")
        assert plain_form(once, False).text == once
