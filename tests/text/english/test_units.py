from __future__ import annotations

import pytest

from app.text.english.units import UNITS, unit_words
from app.text.normalize import spoken_form


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("5 km", "five kilometers"),
        ("1 km", "one kilometer"),
        ("10km/h", "ten kilometers per hour"),
        ("9.8 m/s²", "nine point eight meters per second squared"),
        ("20 m², 3 m^3", "twenty square meters, three cubic meters"),
        ("5 kg/m³", "five kilograms per cubic meter"),
        ("10–20 km", "ten to twenty kilometers"),
        ("2°C–3°C", "two to three degrees Celsius"),
        ("-5 °F", "minus five degrees Fahrenheit"),
        ("20℃, 300 K", "twenty degrees Celsius, three hundred kelvin"),
        ("16GB at 3.5 GHz", "sixteen gigabytes at three point five gigahertz"),
        ("100 Mbps", "one hundred megabits per second"),
        ("5 ft 3 in", "five feet three inches"),
        ("5'10\"", "five foot ten"),
        ("a 5-km run", "a five kilometer run"),
        ("a 24-inch screen", "a twenty-four inch screen"),
        ("6 lbs 2 oz", "six pounds two ounces"),
        ("1 h 30 min", "one hour thirty minutes"),
        ("10 µm, 10 μm", "ten micrometers, ten micrometers"),
        ("40°26′46″N", "forty degrees twenty-six minutes forty-six seconds north"),
        ("2x4 m", "two by four meters"),
        ("5 in the morning", "five in the morning"),
        ("2B or not 2B", "two B or not two B"),
        ("5 a day", "five a day"),
        ("5 mm.", "five millimeters."),
        ("5 metric tons", "five metric tons"),
    ],
)
def test_quantities(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@pytest.mark.parametrize("symbol", sorted(UNITS))
def test_every_unit_has_words(symbol: str) -> None:
    singular, plural = UNITS[symbol]
    assert unit_words(symbol, one=True) == singular
    assert unit_words(symbol, one=False) == plural
    assert all(word.isascii() and word.replace(" ", "").isalpha() for word in (singular, plural))
