from __future__ import annotations

import pytest

from app.text.normalize import spoken_form


def table(*rows: tuple[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("written", "said"), rows)


@table(
    ("2024-03-15", "March fifteenth, twenty twenty-four"),
    ("3/15/2024", "March fifteenth, twenty twenty-four"),
    ("15/3/2024", "March fifteenth, twenty twenty-four"),
    ("3/4/24", "March fourth, twenty twenty-four"),
    ("15.03.2024", "March fifteenth, twenty twenty-four"),
    ("March 4, 2024", "March fourth, twenty twenty-four"),
    ("March 4th and 5th", "March fourth and fifth"),
    ("Mar. 4", "March fourth"),
    ("May 5–7", "May fifth to seventh"),
    ("4 March 2024", "the fourth of March, twenty twenty-four"),
    ("the 4th of July", "the fourth of July"),
    ("June 2023", "June twenty twenty-three"),
    ("Mon, 5 May 2025", "Monday, the fifth of May, twenty twenty-five"),
    ("Mon-Fri", "Monday to Friday"),
    ("2024-13-45", "two zero two four, one three, four five"),
)
def test_dates(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("3/4/2024", "the third of April, twenty twenty-four"),
    ("2024-03-15", "the fifteenth of March, twenty twenty-four"),
    ("March 4", "March the fourth"),
)
def test_british_dates(written: str, said: str) -> None:
    assert spoken_form(written, language="en-gb").text == said


@table(
    ("the 90s", "the nineties"),
    ("the '60s", "the sixties"),
    ("1990s, 1800s", "nineteen nineties, eighteen hundreds"),
    ("the 2000s", "the two thousands"),
    ("in 1999", "in nineteen ninety-nine"),
    ("1990–1995", "nineteen ninety to nineteen ninety-five"),
    ("2019-20", "twenty nineteen to twenty"),
    ("in 1066, 1066 of them", "in ten sixty-six, one thousand sixty-six of them"),
    ("2024's best", "twenty twenty-four's best"),
)
def test_years_and_decades(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("at 12:30", "at twelve thirty"),
    ("3:05 pm", "three oh five PM"),
    ("9am", "nine AM"),
    ("5 p.m. on", "five p.m. on"),
    ("12:00", "twelve o'clock"),
    ("0:00", "midnight"),
    ("17:00", "seventeen hundred"),
    ("12:30:45", "twelve thirty and forty-five seconds"),
    ("9:00–17:00", "nine o'clock to seventeen hundred"),
    ("9-5pm", "nine to five PM"),
    ("9am–5pm", "nine AM to five PM"),
    ("7:30 P.M.", "seven thirty p.m."),
    ("2024-03-15T12:30:00Z", "March fifteenth, twenty twenty-four, twelve thirty UTC"),
    ("John 3:16", "John three sixteen"),
    ("I have 5 and am", "I have five and am"),
)
def test_times(written: str, said: str) -> None:
    assert spoken_form(written).text == said
