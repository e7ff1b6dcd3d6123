from __future__ import annotations

import pytest

from app.text.english.numbers import cardinal, decimal, digits, ordinal, year
from app.text.normalize import spoken_form


def table(*rows: tuple[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("written", "said"), rows)


@table(
    ("I have 5 apples.", "I have five apples."),
    ("1,204 pears", "one thousand two hundred four pears"),
    ("1 000 000 stars", "one million stars"),
    ("12,34,567 rupees", "one million two hundred thirty-four thousand five hundred sixty-seven rupees"),
    ("0 errors", "zero errors"),
    ("agent 007", "agent zero zero seven"),
    ("3000 people", "three thousand people"),
    ("10k users, 2.5M views", "ten thousand users, two point five million views"),
    (
        "12345678901234567890",
        "one two three four five six seven eight nine zero one two three four five six seven eight nine zero",
    ),
    ("٣ １２", "three twelve"),
)
def test_cardinals(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("the 1st, 2nd and 3rd", "the first, second and third"),
    ("11th 12th 13th", "eleventh twelfth thirteenth"),
    ("21st 42nd 100th", "twenty-first forty-second one hundredth"),
    ("the 1,000th", "the one thousandth"),
)
def test_ordinals(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("3.14 or 0.05", "three point one four or zero point zero five"),
    ("about .5 more", "about point five more"),
    ("It is 5.", "It is five."),
    ("1,234.56", "one thousand two hundred thirty-four point five six"),
    ("1,5", "one, five"),
)
def test_decimals(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("-5 and −7", "minus five and minus seven"),
    ("(-3)", "(minus three)"),
    ("-$5", "minus five dollars"),
    ("10−5", "ten minus five"),
    ("±5", "plus or minus five"),
    ("+5", "plus five"),
    ("~100", "about one hundred"),
    ("<5, >10", "less than five, more than ten"),
    ("F-16 on I-95", "F-sixteen on I-ninety-five"),
    ("a 5-year-old", "a five-year-old"),
)
def test_signs(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("1/2, 3/4, 5/8", "one half, three quarters, five eighths"),
    ("½, ⅔, ⅞", "one half, two thirds, seven eighths"),
    ("1 1/2 cups, 1½ cups", "one and a half cups, one and a half cups"),
    ("2 3/4", "two and three quarters"),
    ("3/4 cup, ½ hour", "three quarters of a cup, half an hour"),
    ("7/250, 1/100", "seven over two hundred fifty, one one hundredth"),
    ("1/0", "one over zero"),
    ("open 24/7, since 9/11", "open twenty-four seven, since nine eleven"),
)
def test_fractions_and_mixed_numbers(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("5% of 100%!", "five percent of one hundred percent!"),
    ("5.5 % and -2%", "five point five percent and minus two percent"),
    ("5–10%", "five to ten percent"),
    ("3‰", "three per mille"),
)
def test_percentages(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("pages 10–20", "pages ten to twenty"),
    ("10-20 of them", "ten to twenty of them"),
    ("won 3-2", "won three to two"),
    ("16:9 or 2:3", "sixteen to nine or two to three"),
    ("twice as fast, 10x", "twice as fast, ten times"),
    ("1920×1080", "nineteen twenty by ten eighty"),
)
def test_ranges_and_ratios(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("Henry VIII", "Henry the eighth"),
    ("Louis XIV. He", "Louis the fourteenth. He"),
    ("World War II", "World War two"),
    ("Chapter IV, Act III", "Chapter four, Act three"),
    ("scene iv", "scene four"),
    ("I think IV drips", "I think IV drips"),
    ("Vitamin C", "Vitamin C"),
    ("Chapter IIII", "Chapter IIII"),
)
def test_roman_numerals_only_where_they_are_meant(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("A4, B2B, MP3", "A-four, B two B, MP three"),
    ("two MP4s and three DC6s", "two MP fours and three DC sixes"),
    ("3 A's and 3 A", "three A's and three amps"),
    ("M4.5 and 3.14f", "M four point five and three point one four f"),
    ("pre-1990", "pre-nineteen ninety"),
    ("H1N1 and COVID-19", "H one N one and COVID-nineteen"),
    ("1080p in 4K, 3D", "ten eighty p in four K, three D"),
    ("x86 and sha256", "x eighty-six and sha two hundred fifty-six"),
    ("flight BA2490, gate B12", "flight BA twenty-four ninety, gate B twelve"),
    ("room 5A", "room five A"),
)
def test_numbers_beside_letters(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("Buy:\n- 5 apples\n* 6 eggs", "Buy:\nfive apples.\nsix eggs"),
    ("1. Stir\n2. Bake", "one. Stir.\ntwo. Bake"),
)
def test_items_of_lists_are_sentences(written: str, said: str) -> None:
    assert spoken_form(written).text == said


def test_britons_say_and() -> None:
    assert (
        spoken_form("105 of 1,204", language="en-gb").text
        == "one hundred and five of one thousand two hundred and four"
    )
    assert spoken_form("0.5", language="en-gb").text == "zero point five"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("1999", "nineteen ninety-nine"),
        ("1905", "nineteen oh five"),
        ("1900", "nineteen hundred"),
        ("2000", "two thousand"),
        ("2005", "two thousand five"),
        ("2024", "twenty twenty-four"),
        ("79", "seventy-nine"),
        ("1000", "one thousand"),
    ],
)
def test_years(number: str, words: str) -> None:
    assert year(number) == words


def test_numbers_that_are_too_long_or_begin_with_zero_are_spelled() -> None:
    assert cardinal("05") == digits("05") == "zero five"
    assert cardinal("1" * 16) == digits("1" * 16)
    assert ordinal("1" * 16) == digits("1" * 16)
    assert decimal("05.10") == "zero five point one zero"
