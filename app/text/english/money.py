"""Amounts of money: "$5", "$1.5M", "€20–30", "5 EUR", "50¢"."""

from __future__ import annotations

import re

from app.text.edits import Part
from app.text.english.numbers import DECIMAL, cardinal, decimal
from app.text.english.rules import Accent, Match, Rule, Saying

_CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "US$": ("US dollar", "US dollars", "cent", "cents"),
    "A$": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "C$": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "HK$": ("Hong Kong dollar", "Hong Kong dollars", "cent", "cents"),
    "NZ$": ("New Zealand dollar", "New Zealand dollars", "cent", "cents"),
    "S$": ("Singapore dollar", "Singapore dollars", "cent", "cents"),
    "R$": ("real", "reais", "centavo", "centavos"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "sen", "sen"),
    "￥": ("yen", "yen", "sen", "sen"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₽": ("ruble", "rubles", "kopeck", "kopecks"),
    "₩": ("won", "won", "jeon", "jeon"),
    "₺": ("lira", "liras", "kurush", "kurush"),
    "₪": ("shekel", "shekels", "agora", "agorot"),
    "₫": ("dong", "dong", "xu", "xu"),
    "₱": ("peso", "pesos", "centavo", "centavos"),
    "₴": ("hryvnia", "hryvnias", "kopeck", "kopecks"),
    "₿": ("bitcoin", "bitcoins", "cent", "cents"),
    "฿": ("baht", "baht", "satang", "satang"),
    "₦": ("naira", "naira", "kobo", "kobo"),
}
_CODES = {
    "USD": ("US dollar", "US dollars"),
    "EUR": ("euro", "euros"),
    "GBP": ("pound", "pounds"),
    "JPY": ("yen", "yen"),
    "CNY": ("yuan", "yuan"),
    "RMB": ("yuan", "yuan"),
    "INR": ("rupee", "rupees"),
    "CHF": ("Swiss franc", "Swiss francs"),
    "CAD": ("Canadian dollar", "Canadian dollars"),
    "AUD": ("Australian dollar", "Australian dollars"),
    "NZD": ("New Zealand dollar", "New Zealand dollars"),
    "SEK": ("Swedish krona", "Swedish kronor"),
    "NOK": ("Norwegian krone", "Norwegian kroner"),
    "DKK": ("Danish krone", "Danish kroner"),
    "PLN": ("zloty", "zlotys"),
    "BRL": ("real", "reais"),
    "MXN": ("Mexican peso", "Mexican pesos"),
    "KRW": ("won", "won"),
    "BTC": ("bitcoin", "bitcoins"),
    "ETH": ("ether", "ether"),
}
_WHOLE_ONLY = frozenset("¥￥₩₫")

_MAGNITUDES = {
    **dict.fromkeys(("k", "K"), "thousand"),
    **dict.fromkeys(("m", "M", "mn", "mm", "MM", "million", "Million"), "million"),
    **dict.fromkeys(("b", "B", "bn", "Bn", "BN", "billion", "Billion"), "billion"),
    **dict.fromkeys(("t", "T", "tn", "trn", "trillion", "Trillion"), "trillion"),
    **dict.fromkeys(("hundred",), "hundred"),
    **dict.fromkeys(("thousand", "Thousand"), "thousand"),
}
_PERIODS = {
    "mo": "month", "month": "month", "yr": "year", "year": "year", "y": "year", "h": "hour", "hr": "hour",
    "hour": "hour", "day": "day", "d": "day", "wk": "week", "week": "week", "kg": "kilogram", "lb": "pound",
    "g": "gram", "oz": "ounce", "l": "liter", "gal": "gallon", "kWh": "kilowatt hour", "min": "minute",
    "minute": "minute", "person": "person", "user": "user", "seat": "seat", "unit": "unit", "night": "night",
    "item": "item", "share": "share", "ton": "ton", "sqft": "square foot", "mile": "mile", "token": "token",
}  # fmt: skip

_SYMBOL = "|".join(sorted(map(re.escape, _CURRENCIES), key=len, reverse=True))
_CODE = "|".join(_CODES)
_NUMBER = rf"(?:{DECIMAL})"
_SPACE = r"[ \u00a0\u202f]?"
_MAGNITUDE = rf"(?:{_SPACE}(?P<magnitude>{'|'.join(sorted(_MAGNITUDES, key=len, reverse=True))})(?!\w))?"
_PERIOD = rf"(?:/(?P<period>{'|'.join(sorted(_PERIODS, key=len, reverse=True))})(?!\w))?"
_DASH = r"\s?[-–—‒]\s?"


def _say_amount(match: Match, accent: Accent) -> Saying:
    """The number comes before the currency in speech, whatever the order in writing, so that both share one place."""
    symbol = match["symbol"]
    one, many, *coins = _CURRENCIES.get(symbol) or _CODES[symbol]
    number, magnitude = match["number"], match["magnitude"]
    start, end = match.start(), match.end("magnitude") if magnitude else match.end("number")
    end = max(end, match.end("symbol"))
    sign = match.groupdict().get("sign")
    words = _amount(number, magnitude, (one, many), coins if symbol not in _WHOLE_ONLY else [], accent)
    upper = match.groupdict().get("upper")
    if upper:
        lower_end = match.end("number")
        lower = decimal(number, accent.british)
        if magnitude and not match["lower_magnitude"]:
            # "$1–2M" has one magnitude for both.
            words = decimal(upper, accent.british)
        else:
            lower = f"{lower} {_MAGNITUDES[match['lower_magnitude']]}" if match["lower_magnitude"] else lower
            words = decimal(upper, accent.british)
        tail = f" {_MAGNITUDES[magnitude]}" if magnitude else ""
        parts = [Part(f"{lower} to ", start, lower_end), Part(f"{words}{tail} {many}", *_span(match, "upper", end))]
    else:
        parts = [Part(f"{'minus ' if sign else ''}{words}", start, end)]
    if match["period"]:
        parts.append(Part(f" per {_PERIODS[match['period']]}", *match.span("period")))
    return parts


def _span(match: Match, group: str, end: int) -> tuple[int, int]:
    return match.start(group), max(end, match.end(group))


def _amount(number: str, magnitude: str | None, names: tuple[str, str], coins: list[str], accent: Accent) -> str:
    one, many = names
    if magnitude:
        return f"{decimal(number, accent.british)} {_MAGNITUDES[magnitude]} {many}"
    whole, point, after = number.partition(".")
    if point and len(after) == 2 and coins:
        cents = int(after)
        coin = f"{cardinal(str(cents), accent.british)} {coins[0] if cents == 1 else coins[1]}"
        if not whole.replace(",", "").strip("0"):
            return coin if cents else f"zero {many}"
        amount = f"{cardinal(whole, accent.british)} {one if whole == '1' else many}"
        return f"{amount} and {coin}" if cents else amount
    return f"{decimal(number, accent.british)} {one if number == '1' else many}"


def _say_cents(match: Match, accent: Accent) -> Saying:
    number = match["number"]
    return f"{decimal(number, accent.british)} {'cent' if number == '1' else 'cents'}"


_UPPER = rf"(?:(?:{_SPACE}(?P<lower_magnitude>[kKmMbB]|bn|tn))?{_DASH}(?:{_SYMBOL})?(?P<upper>{_NUMBER}))?"

SYMBOL_FIRST = Rule(
    re.compile(
        rf"(?<![\w$])(?P<sign>[-−–](?=\S))?(?P<symbol>{_SYMBOL}){_SPACE}(?P<number>{_NUMBER}){_UPPER}{_MAGNITUDE}{_PERIOD}"
        r"(?![\d])"
    ),
    _say_amount,
)
CODE_FIRST = Rule(
    re.compile(rf"(?<!\w)(?P<symbol>{_CODE}){_SPACE}(?P<number>{_NUMBER}){_UPPER}{_MAGNITUDE}{_PERIOD}(?!\w)"),
    _say_amount,
)
NUMBER_FIRST = Rule(
    re.compile(
        rf"(?<![\w.,$])(?P<number>{_NUMBER}){_UPPER}{_MAGNITUDE}{_SPACE}(?P<symbol>{_SYMBOL}|(?:{_CODE})(?!\w)){_PERIOD}"
        r"(?![\w$€£¥₹])"
    ),
    _say_amount,
)
CENTS = Rule(re.compile(rf"(?<![\w.,])(?P<number>{_NUMBER})\s?¢"), _say_cents)

DIGIT_RULES = (CENTS, NUMBER_FIRST)
LETTER_RULES = (CODE_FIRST, SYMBOL_FIRST)
OTHER_RULES = (SYMBOL_FIRST,)
