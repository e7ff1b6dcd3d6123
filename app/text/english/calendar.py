"""Dates, decades, times of day and spans of them."""

from __future__ import annotations

import re

from app.text.edits import Part
from app.text.english.numbers import cardinal, ordinal, plural, year
from app.text.english.rules import Accent, Match, Rule, Saying, part

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SHORT_MONTHS = {
    **{name[:3]: name for name in MONTHS},
    "Sept": "September",
}
_SHORT_DAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Thur": "Thursday",
    "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
_MONTH = "|".join([*MONTHS, *(rf"{short}\.?" for short in sorted(_SHORT_MONTHS, key=len, reverse=True))])
_DAY = "|".join(sorted(_SHORT_DAYS, key=len, reverse=True))
_DASH = r"\s?[-–—‒]\s?"
_YEAR = r"1\d{3}|20\d{2}"
_LONGER = r"(?![\w/]|[-.,]\d)"


def _month(name: str) -> str:
    name = name.rstrip(".")
    return _SHORT_MONTHS.get(name, name)


def _say_iso_date(match: Match, accent: Accent) -> Saying:
    return _numeric_date(match["day"], match["month"], match["year"], accent)


def _numeric_date(day: str, month: str, the_year: str, accent: Accent) -> str | None:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    name, place = MONTHS[int(month) - 1], ordinal(str(int(day)))
    date = f"the {place} of {name}" if accent.british else f"{name} {place}"
    return f"{date}, {year(the_year, accent.british)}"


def _say_slashed_date(match: Match, accent: Accent) -> Saying:
    first, second, the_year = match["first"], match["second"], match["year"]
    if len(the_year) == 2:
        the_year = f"{'20' if int(the_year) < 50 else '19'}{the_year}"
    day, month = (first, second) if accent.british or match["mark"] == "." else (second, first)
    if int(month) > 12 >= int(day):
        day, month = month, day
    return _numeric_date(day, month, the_year, accent)


def _say_month_first(match: Match, accent: Accent) -> Saying:
    """ "March 4, 2024" keeps the order in which it is written: both accents say it like that."""
    if not 1 <= int(match["day"]) <= 31:
        return None
    parts = [
        part(match, "month", f"{_month(match['month'])} "),
        part(match, "day", _the(accent) + ordinal(match["day"])),
    ]
    if match["last"]:
        parts.append(part(match, "last", f" to {_the(accent)}{ordinal(match['last'])}"))
    if match["year"]:
        parts.append(part(match, "year", f", {year(match['year'], accent.british)}"))
    return parts


def _the(accent: Accent) -> str:
    return "the " if accent.british else ""


def _say_day_first(match: Match, accent: Accent) -> Saying:
    if not 1 <= int(match["day"]) <= 31:
        return None
    before = match.string[max(0, match.start() - 4) : match.start()].lower()
    the = "" if before == "the " else "the "
    parts = [part(match, "day", f"{the}{ordinal(match['day'])}")]
    if match["last"]:
        parts.append(part(match, "last", f" to the {ordinal(match['last'])}"))
    parts.append(part(match, "month", f" of {_month(match['month'])}"))
    if match["year"]:
        parts.append(part(match, "year", f", {year(match['year'], accent.british)}"))
    return parts


def _say_month_year(match: Match, accent: Accent) -> Saying:
    return [
        part(match, "month", f"{_month(match['month'])} "),
        part(match, "year", year(match["year"], accent.british)),
    ]


def _say_short_month(match: Match, accent: Accent) -> Saying:
    return _month(match["month"])


def _say_short_day(match: Match, accent: Accent) -> Saying:
    return _SHORT_DAYS[match["weekday"]]


def _say_decade(match: Match, accent: Accent) -> Saying:
    century, tens = match["century"] or "", match["tens"]
    if tens == "00":
        if not century:
            return None
        return "two thousands" if century == "20" else f"{cardinal(century)} hundreds"
    words = plural(cardinal(tens)) if tens != "10" else "tens"
    return f"{cardinal(century)} {words}" if century else words


def _say_years(match: Match, accent: Accent) -> Saying:
    first, last = match["from"], match["to"]
    if len(last) == 2:
        spoken = cardinal(last) if last[0] != "0" else f"oh {cardinal(last[1])}"
    else:
        spoken = year(last, accent.british)
    return [part(match, "from", year(first, accent.british)), part(match, "to", f" to {spoken}")]


_CUES = frozenset("in since by year circa c ca ad from until till before after of during late early around".split())


def _say_year(match: Match, accent: Accent) -> Saying:
    if match["year"].startswith("10"):
        before = re.search(r"(\w+)\.? $", match.string[max(0, match.start() - 12) : match.start()])
        if before is None or before[1].lower() not in _CUES:
            return None
    return year(match["year"], accent.british)


_TIME = r"(?P<hour{0}>[01]?\d|2[0-4]):(?P<minute{0}>[0-5]\d)(?::(?P<second{0}>[0-5]\d)(?:\.\d{{1,6}})?)?"


def _half(written: str | None) -> str:
    """ "p.m." or "PM" as it was written, so that a full stop which ends a sentence stays one."""
    if not written:
        return ""
    letter = written[0].upper()
    return f" {letter.lower()}.m." if written.endswith(".") and "." in written[:-1] else f" {letter}M"


def _clock(hour: str, minute: str, second: str | None, half: str | None) -> str:
    hours = cardinal(str(int(hour)))
    if minute == "00":
        words = (
            hours
            if half or second
            else "midnight"
            if int(hour) in (0, 24)
            else (f"{hours} o'clock" if int(hour) <= 12 else f"{hours} hundred")
        )
    else:
        words = f"{hours} {f'oh {cardinal(minute[1])}' if minute[0] == '0' else cardinal(minute)}"
    if second and second != "00":
        words += f" and {cardinal(str(int(second)))} second{'' if second == '01' else 's'}"
    return words + _half(half)


def _say_time(match: Match, accent: Accent) -> Saying:
    return _clock(match["hour"], match["minute"], match["second"], match["half"])


def _say_time_range(match: Match, accent: Accent) -> Saying:
    first = _clock(match["hour1"], match["minute1"], match["second1"], match["half1"])
    last = _clock(match["hour2"], match["minute2"], match["second2"], match["half2"])
    end = match.end()
    return [Part(first, match.start(), match.end("minute1")), Part(f" to {last}", match.start("hour2"), end)]


def _say_hour(match: Match, accent: Accent) -> Saying:
    if not 1 <= int(match["hour"]) <= 12:
        return None
    parts = []
    if match["first"]:
        if not 1 <= int(match["first"]) <= 12:
            return None
        parts.append(part(match, "first", f"{cardinal(str(int(match['first'])))}{_half(match['first_half'])} to "))
    hour = cardinal(str(int(match["hour"])))
    parts.append(Part(hour, *match.span("hour")))
    parts.append(Part(_half(match["half"]), *match.span("half")))
    return parts


_HALF_OPTIONAL = r"(?:\s?{})?"
_HALF_OF_TIME = r"(?P<half{0}>[AaPp](?:\.\s?[Mm]\.|[Mm]))(?!\w)"

ISO_DATE = Rule(
    re.compile(r"(?<![\w.-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\w-])(?!\.\d)"), _say_iso_date
)
ISO_MOMENT = Rule(
    re.compile(
        r"(?<![\w.-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})[T ](?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)"
        r"(?::(?P<second>[0-5]\d)(?:\.\d{1,9})?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?(?!\w)"
    ),
    lambda match, accent: _say_moment(match, accent),
)
SLASHED_DATE = Rule(
    re.compile(
        rf"(?<![\w./-])(?P<first>\d{{1,2}})(?P<mark>[/.-])(?P<second>\d{{1,2}})(?P=mark)(?P<year>{_YEAR}|\d{{2}}){_LONGER}"
    ),
    _say_slashed_date,
)
MONTH_FIRST = Rule(
    re.compile(
        rf"(?P<month>{_MONTH})[ \u00a0](?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
        rf"(?:{_DASH}(?P<last>\d{{1,2}})(?:st|nd|rd|th)?)?"
        rf"(?:,?[ \u00a0](?P<year>{_YEAR}))?(?![\w:/%°]|[.,]\d)"
    ),
    _say_month_first,
)
DAY_FIRST = Rule(
    re.compile(
        rf"(?<![\w.,/:-])(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:{_DASH}(?P<last>\d{{1,2}})(?:st|nd|rd|th)?)?"
        rf"[ \u00a0](?:of )?(?P<month>{_MONTH})(?!\w)(?:,?[ \u00a0](?P<year>{_YEAR})(?![\w:/%]|[.,]\d))?"
    ),
    _say_day_first,
)
MONTH_YEAR = Rule(re.compile(rf"(?P<month>{_MONTH}),?[ \u00a0](?P<year>{_YEAR})(?![\w:/%]|[.,]\d)"), _say_month_year)
SHORT_MONTH = Rule(
    re.compile(rf"(?P<month>(?:{'|'.join(name for name in _SHORT_MONTHS if name not in MONTHS)})\.)(?=\s|$|,)"),
    lambda match, accent: _say_short_month(match, accent),
)
DAYS = Rule(
    re.compile(rf"(?P<from>{_DAY})\.?\s?[-–—]\s?(?P<to>{_DAY})(?!\w)"),
    lambda match, accent: [
        part(match, "from", _SHORT_DAYS[match["from"]]),
        part(match, "to", f" to {_SHORT_DAYS[match['to']]}"),
    ],
)
SHORT_DAY = Rule(
    re.compile(rf"(?P<weekday>{_DAY})(?:\.,?|,)(?=\s(?:\d|{_MONTH}))"),
    lambda match, accent: f"{_say_short_day(match, accent)},",
)
DECADE = Rule(re.compile(r"(?<![\w.,])(?P<century>1[0-9]|20)?(?P<tens>\d0)['’]?s(?!\w)"), _say_decade)
SHORT_DECADE = Rule(re.compile(r"(?<!\w)['’‘](?P<century>)(?P<tens>\d0)['’]?s(?!\w)"), _say_decade)
YEARS = Rule(
    re.compile(rf"(?<![\w.,/:$€£-])(?P<from>{_YEAR}){_DASH}(?P<to>{_YEAR}|\d{{2}})(?![\w/]|[-–.,]\d)"),
    lambda match, accent: _say_years(match, accent) if _rises(match) else None,
)
YEAR = Rule(
    re.compile(
        r"(?:(?<![\w.,/:$€£-])|(?<=\bpre-)|(?<=\bpost-)|(?<=\bmid-))(?P<year>1\d{3}|20\d{2})(?![\w/%]|[-–.,:]\d)"
    ),
    _say_year,
)
TIME_RANGE = Rule(
    re.compile(
        r"(?<![\w.:])"
        + _TIME.format("1")
        + _HALF_OPTIONAL.format(_HALF_OF_TIME.format("1"))
        + _DASH
        + _TIME.format("2")
        + _HALF_OPTIONAL.format(_HALF_OF_TIME.format("2"))
        + r"(?![\w:])"
    ),
    _say_time_range,
)
TIME = Rule(
    re.compile(r"(?<![\w.:])" + _TIME.format("") + _HALF_OPTIONAL.format(_HALF_OF_TIME.format("")) + r"(?![\w:])"),
    _say_time,
)
HOUR = Rule(
    re.compile(
        rf"(?<![\w.,:])(?:(?P<first>\d{{1,2}})(?:\s?{_HALF_OF_TIME.format('_')})?{_DASH})?".replace(
            "half_", "first_half"
        )
        + rf"(?P<hour>\d{{1,2}})\s?{_HALF_OF_TIME.format('')}"
    ),
    _say_hour,
)


def _rises(match: Match) -> bool:
    first, last = match["from"], match["to"]
    return int(first) < int(first[: 4 - len(last)] + last)


def _say_moment(match: Match, accent: Accent) -> Saying:
    date = _numeric_date(match["day"], match["month"], match["year"], accent)
    if date is None:
        return None
    time = _clock(match["hour"], match["minute"], match["second"], None)
    parts = [
        Part(f"{date}, ", match.start("year"), match.end("day")),
        Part(time, match.start("hour"), match.end("second") if match["second"] else match.end("minute")),
    ]
    if match["zone"] == "Z":
        parts.append(part(match, "zone", " UTC"))
    elif match["zone"]:
        sign, hours = match["zone"][0], int(match["zone"][1:3])
        parts.append(part(match, "zone", f" UTC {'plus' if sign == '+' else 'minus'} {cardinal(str(hours))}"))
    return parts


DIGIT_RULES = (
    ISO_MOMENT, ISO_DATE, SLASHED_DATE, DAY_FIRST, TIME_RANGE, TIME, HOUR, DECADE, YEARS,
)  # fmt: skip
LETTER_RULES = (MONTH_FIRST, MONTH_YEAR, DAYS, SHORT_DAY, SHORT_MONTH)
OTHER_RULES = (SHORT_DECADE,)
