"""Units after numbers: "9.8 m/s²", "5 km/h", "20 °C", "16 GB", "5'10\""."""

from __future__ import annotations

import re

from app.text.english.numbers import DECIMAL, cardinal, decimal
from app.text.english.rules import Accent, Match, Rule, Saying, part

_METRIC = {"k": "kilo", "c": "centi", "m": "milli", "µ": "micro", "μ": "micro", "n": "nano", "M": "mega", "G": "giga"}


def _with_prefixes(symbol: str, one: str, prefixes: str) -> dict[str, tuple[str, str]]:
    """A unit and its multiples: symbol to singular and plural."""
    return {
        prefix + symbol: (_METRIC.get(prefix, "") + one, _METRIC.get(prefix, "") + f"{one}s")
        for prefix in ["", *prefixes]
    }


def _listed(table: str) -> dict[str, tuple[str, str]]:
    """Lines of symbols, singular and, where it is no singular with an s, plural, parted by vertical bars."""
    units = {}
    for line in filter(None, map(str.strip, table.splitlines())):
        symbols, one, *many = map(str.strip, line.split("|"))
        for symbol in symbols.split():
            units[symbol] = (one, many[0] if many else f"{one}s")
    return units


UNITS: dict[str, tuple[str, str]] = {
    **_with_prefixes("m", "meter", "kcmµμn"),
    **_with_prefixes("g", "gram", "kmµμn"),
    **_with_prefixes("s", "second", "mµμn"),
    **_with_prefixes("W", "watt", "kmMG"),
    **_with_prefixes("V", "volt", "kmMµμ"),
    **_with_prefixes("A", "amp", "kmµμ"),
    **_with_prefixes("J", "joule", "kM"),
    **_with_prefixes("N", "newton", "kM"),
    **_with_prefixes("Ω", "ohm", "kM"),
    **_with_prefixes("l", "liter", "cm"),
    **_with_prefixes("L", "liter", "m"),
    **_with_prefixes("Pa", "pascal", "kM"),
    **_listed(
        """
        Hz | hertz | hertz
        kHz | kilohertz | kilohertz
        MHz | megahertz | megahertz
        GHz | gigahertz | gigahertz
        THz | terahertz | terahertz
        hPa | hectopascal
        dl dL | deciliter
        hl | hectoliter
        ha | hectare
        h hr hrs | hour
        min mins | minute
        sec secs | second
        yr yrs | year
        wk wks | week
        d | day
        t | ton
        lb lbs | pound
        oz | ounce
        floz | fluid ounce
        ft | foot | feet
        yd yds | yard
        mi | mile
        sqft | square foot | square feet
        mph | mile per hour | miles per hour
        kph kmh | kilometer per hour | kilometers per hour
        mpg | mile per gallon | miles per gallon
        rpm | revolution per minute | revolutions per minute
        bpm | beat per minute | beats per minute
        fps | frame per second | frames per second
        gal | gallon
        qt | quart
        pt | pint
        tbsp | tablespoon
        tsp | teaspoon
        Wh | watt hour
        kWh | kilowatt hour
        MWh | megawatt hour
        GWh | gigawatt hour
        Ah | amp hour
        mAh | milliamp hour
        µF μF | microfarad
        pF | picofarad
        nF | nanofarad
        cal | calorie
        kcal | kilocalorie
        mol | mole
        mmol | millimole
        bar | bar
        mbar | millibar
        psi | P S I | P S I
        atm | atmosphere
        dB | decibel
        lx | lux | lux
        lm | lumen
        cd | candela
        px | pixel
        dpi | dot per inch | dots per inch
        ppm | part per million | parts per million
        ppb | part per billion | parts per billion
        B | byte
        KB kB | kilobyte
        MB | megabyte
        GB | gigabyte
        TB | terabyte
        PB | petabyte
        KiB | kibibyte
        MiB | mebibyte
        GiB | gibibyte
        TiB | tebibyte
        kbit kb | kilobit
        Mbit Mb | megabit
        Gbit Gb | gigabit
        kbps kbit/s | kilobit per second | kilobits per second
        Mbps Mbit/s | megabit per second | megabits per second
        Gbps Gbit/s | gigabit per second | gigabits per second
        °C ℃ | degree Celsius | degrees Celsius
        °F ℉ | degree Fahrenheit | degrees Fahrenheit
        ° º | degree
        K | kelvin | kelvin
        eV | electron volt
        keV | kilo electron volt
        MeV | mega electron volt
        GeV | giga electron volt
        Nm | newton meter
        """
    ),
}

_NO_SQUARE = frozenset("B K d t".split())
_GLUED_ONLY = frozenset("B d".split())
"""With a space before it the letter is a letter: "2 B", "3 d"."""

_SPACED_ONLY = frozenset("A K".split())
"""Without one it is a letter: "4K", "exit 5A"."""

_SYMBOL = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_SYMBOL = _SYMBOL.replace("floz", r"fl\.?\s?oz").replace("sqft", r"sq\.?\s?ft")
_POWER = r"(?:\^?[23]|[²³])?"
_END = r"(?![\w²³^°]|['’]s(?!\w))"
_ONE = rf"(?:{_SYMBOL}){_POWER}"
_PER = r"\s?/\s?|\s?[·⋅]\s?"
UNIT = rf"(?P<unit>(?:{_ONE})(?:(?:{_PER})(?:{_ONE})){{0,3}}){_END}"
_FACTOR = re.compile(rf"(?P<per>{_PER})?(?P<symbol>{_SYMBOL})(?P<power>{_POWER})(?![^\W\d_])")
_POWERS = {"2": "square", "3": "cubic", "²": "square", "³": "cubic"}


def unit_words(unit: str, one: bool) -> str | None:
    """A unit in words, with "per" and "square"; None where it is no unit after all."""
    words: list[str] = []
    position = 0
    below = False
    while position < len(unit):
        factor = _FACTOR.match(unit, position)
        if factor is None:
            return None
        position = factor.end()
        singular, plural = UNITS[re.sub(r"[.\s]", "", factor["symbol"])]
        power = factor["power"].removeprefix("^")
        if power and factor["symbol"] in _NO_SQUARE:
            return None
        per = factor["per"]
        if per and "/" in per:
            below = True
            words.append("per")
        name = singular if one or below else plural
        if power and below and factor["symbol"] in ("s", "sec", "h", "min"):
            words += [name, "squared" if _POWERS[power] == "square" else "cubed"]
        else:
            words += [_POWERS[power], name] if power else [name]
    return " ".join(words)


def _say_quantity(match: Match, accent: Accent) -> Saying:
    number, unit = match["number"], match["unit"]
    if unit in (_GLUED_ONLY if match["gap"] else _SPACED_ONLY):
        return None
    if unit == "B" and len(number) < 3:
        # "2B or not 2B"
        return None
    words = unit_words(unit, one=number == "1" or match["gap"] == "-")
    if words is None:
        return None
    lower = [part(match, "from", f"{decimal(match['from'], accent.british)} to ")] if match["from"] else []
    return [*lower, part(match, "number", decimal(number, accent.british)), part(match, "unit", f" {words}")]


def _say_dimensions(match: Match, accent: Accent) -> Saying:
    parts = [part(match, "a", decimal(match["a"], accent.british))]
    for name in ("b", "c"):
        if match[name]:
            parts.append(part(match, f"x{name}", " by "))
            parts.append(part(match, name, decimal(match[name], accent.british)))
    if match["dimension"]:
        words = unit_words(match["dimension"], one=False)
        if words is None:
            return None
        parts.append(part(match, "dimension", f" {words}"))
    return parts


def _say_height(match: Match, accent: Accent) -> Saying:
    feet, inches = match["feet"], match["inches"]
    parts = [part(match, "feet", f"{cardinal(feet)} {'foot' if feet == '1' or inches else 'feet'}")]
    if inches:
        parts.append(part(match, "inches", f" {cardinal(inches)}"))
    return parts


def _say_feet(match: Match) -> Saying:
    feet, inches = match["feet"], match["inches"]
    return [
        part(match, "feet", f"{cardinal(feet)} {'foot' if feet == '1' else 'feet'}"),
        part(match, "inches", f" {cardinal(inches)} inch{'' if inches == '1' else 'es'}"),
    ]


_COMPASS = {"N": "north", "S": "south", "E": "east", "W": "west"}


def _say_angle(match: Match, accent: Accent) -> Saying:
    names = (("degrees", "degree"), ("minutes", "minute"), ("seconds", "second"))
    parts = [
        part(match, group, f"{' ' if at else ''}{decimal(match[group], accent.british)} {word}{_s(match[group])}")
        for at, (group, word) in enumerate(names)
        if match[group]
    ]
    return [*parts, part(match, "compass", f" {_COMPASS[match['compass']]}")] if match["compass"] else parts


def _s(number: str) -> str:
    return "" if number == "1" else "s"


_BEFORE = r"(?<![\w.,])"

QUANTITY = Rule(
    re.compile(
        rf"{_BEFORE}(?:(?P<from>{DECIMAL})(?:\s?(?:°[CF]?|[A-Za-z]{{1,3}}))?\s?[-–—‒]\s?)?"
        rf"(?P<number>{DECIMAL})(?P<gap>[ \u00a0\u202f\u2009-]?){UNIT}"
    ),
    _say_quantity,
)
DIMENSIONS = Rule(
    re.compile(
        rf"{_BEFORE}(?P<a>{DECIMAL})\s?(?P<xb>[x×])\s?(?P<b>{DECIMAL})(?:\s?(?P<xc>[x×])\s?(?P<c>{DECIMAL}))?"
        rf"(?:\s?{UNIT.replace('?P<unit>', '?P<dimension>')})?(?![\w×])"
    ),
    _say_dimensions,
)
HEIGHT = Rule(
    re.compile(r"(?<![\w.,])(?P<feet>\d{1,2})\s?['′’]\s?(?P<inches>\d{1,2})(?:\s?(?:[\"″”]|''|’’))(?!\w)"), _say_height
)
ANGLE = Rule(
    re.compile(
        r"(?<![\w.,])(?P<degrees>\d{1,3})\s?°\s?(?P<minutes>\d{1,2})\s?['′’](?:\s?(?P<seconds>\d{1,2}(?:\.\d{1,6})?)\s?[\"″”])?"
        r"(?:\s?(?P<compass>[NSEW])(?!\w))?"
    ),
    _say_angle,
)
FEET = Rule(
    re.compile(r"(?<![\w.,])(?P<feet>\d{1,2})\s?(?:ft|feet|foot)\.?\s?(?P<inches>\d{1,2})\s?(?:in|inches)(?!\w)\.?"),
    lambda match, accent: _say_feet(match),
)
INCHES = Rule(
    re.compile(rf"{_BEFORE}(?P<number>{DECIMAL})(?:[″]|-inch\b|\"(?=\s(?:screen|display|monitor|pipe|TV|laptop)\b))"),
    lambda match, accent: f"{decimal(match['number'], accent.british)} inch",
)

RULES = (FEET, HEIGHT, ANGLE, DIMENSIONS, QUANTITY, INCHES)
