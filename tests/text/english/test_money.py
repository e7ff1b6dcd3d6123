from __future__ import annotations

import pytest

from app.text.normalize import spoken_form


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("$5", "five dollars"),
        ("$1", "one dollar"),
        ("$1.00", "one dollar"),
        ("$5.99", "five dollars and ninety-nine cents"),
        ("$1.01", "one dollar and one cent"),
        ("$0.05", "five cents"),
        ("$0", "zero dollars"),
        ("£2.01, £1.50", "two pounds and one penny, one pound and fifty pence"),
        ("$1,234,567", "one million two hundred thirty-four thousand five hundred sixty-seven dollars"),
        ("$1.5M", "one point five million dollars"),
        ("$1.5 million", "one point five million dollars"),
        ("£1.2bn", "one point two billion pounds"),
        ("$5k", "five thousand dollars"),
        ("€20–30", "twenty to thirty euros"),
        ("$5-10", "five to ten dollars"),
        ("$1–2M", "one to two million dollars"),
        ("$100k-$200k", "one hundred thousand to two hundred thousand dollars"),
        ("5 €, 1.5€", "five euros, one point five euros"),
        ("100 USD, EUR 20", "one hundred US dollars, twenty euros"),
        ("US$5, A$10", "five US dollars, ten Australian dollars"),
        ("¥500, ₹10", "five hundred yen, ten rupees"),
        ("50¢, 1¢", "fifty cents, one cent"),
        ("$5/month, $3.50/lb", "five dollars per month, three dollars and fifty cents per pound"),
        ("costs $5, then $10.", "costs five dollars, then ten dollars."),
    ],
)
def test_amounts(written: str, said: str) -> None:
    assert spoken_form(written).text == said
