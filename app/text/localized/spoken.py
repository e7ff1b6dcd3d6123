"""Numbers, dates, money, units and abbreviations of languages besides English, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from app.text.edits import Edit, Part, Rewritten, Span, replaced, rewrite, sparing
from app.text.localized import french, hindi, italian, portuguese, spanish
from app.text.localized.addresses import PATTERN, address_edit
from app.text.localized.conventions import LARGEST_ORDINAL, Conventions, Gender, Noun
from app.text.localized.numerals import ROMAN, SPACE, Numerals, amount, roman

CONVENTIONS = {
    "es": spanish.CONVENTIONS,
    "fr-fr": french.CONVENTIONS,
    "hi": hindi.CONVENTIONS,
    "it": italian.CONVENTIONS,
    "pt-br": portuguese.CONVENTIONS,
}
"""By language, one of ``app.languages.LANGUAGES``."""

Match = re.Match[str]

_END = r"(?![\w\u0900-\u0963])"
"""No letter and no vowel sign of Devanagari, which is no ``\\w``."""

_TOKEN = re.compile(
    r"(?P<letter>(?:[^\W\d_¼-¾⅐-⅞]|[\u0300-\u036f\u0900-\u0963])+)|(?P<digit>\d+)|(?P<other>[^\w\s]|_+|[¼-¾⅐-⅞])"
)
_LAST_CENTURY = 30
_WRITTEN_FRACTIONS = {
    "1/2": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾", "1/5": "⅕", "1/8": "⅛",
}  # fmt: skip
_SPACED_MARK = re.compile(rf"{SPACE}{{1,3}}(?P<closing>[!?;:»]+)|(?P<opening>«){SPACE}{{1,3}}")


class _Rule(NamedTuple):
    trigger: str
    """The kind of token that a match begins with."""
    pattern: re.Pattern[str]
    """Of bounded length: it is tried wherever such a token begins."""
    edit: Callable[[Match], Edit | None]


def spoken_localized(before: Rewritten, language: str, kept: Sequence[Span] = ()) -> Rewritten:
    """Numbers and abbreviations of one of ``CONVENTIONS`` in words.

    Args:
        kept: places in the source that stay as they are.
    """
    spoken = rewrite(before, sparing(number_edits(before.text, language), before, kept))
    if CONVENTIONS[language].spaced_marks:
        spoken = rewrite(spoken, _close_up(spoken.text))
    return spoken


def number_edits(text: str, language: str) -> list[Edit]:
    """What is said for the numbers and the abbreviations of a text; takes time linear in its length."""
    return list(_reader(language).edits(text))


@cache
def _reader(language: str) -> _Reader:
    return _Reader(CONVENTIONS[language])


def _close_up(text: str) -> Iterator[Edit]:
    """Marks without the spaces that French has before and inside them: they belong to the word."""
    for match in _SPACED_MARK.finditer(text):
        yield replaced(*match.span(), match["closing"] or match["opening"])


def _any(words: Iterable[str]) -> str:
    """A pattern of these words; their spaces may be there or not."""
    longest_first = sorted(words, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(word).replace(r"\ ", f"{SPACE}?") for word in longest_first) + ")"


class _Reader:
    """The rules of one language."""

    def __init__(self, conventions: Conventions) -> None:
        self._words = conventions
        self._numerals = Numerals(conventions)
        self._rules = tuple(self._make_rules(conventions))
        self._following_word = re.compile(rf"{SPACE}(?P<noun>[^\W\d_]{{3,30}})(?!\w)")
        self._abbreviations = {key.replace(" ", ""): word for key, word in conventions.abbreviations.items()}
        self._closing = {key.replace(" ", "") for key in conventions.closing}

    def edits(self, text: str) -> Iterator[Edit]:
        """In the order of the text and without overlaps."""
        position = 0
        while token := _TOKEN.search(text, position):
            start, position = token.span()
            before = text[start - 1] if start else " "
            within = before.isalnum() or before == "_"
            if token.lastgroup != "other" and (within or _goes_on(text, start)):
                continue
            for rule in self._rules:
                if rule.trigger == token.lastgroup and (match := rule.pattern.match(text, start)):
                    edit = rule.edit(match)
                    if edit is not None:
                        yield edit
                        position = edit.end
                        break

    def _make_rules(self, words: Conventions) -> Iterator[_Rule]:
        number = self._numerals.pattern
        signs, units = _any(words.currencies), _any(words.units)
        magnitude = rf"(?:{SPACE}(?P<magnitude>{_any(words.magnitudes)}){_END})?"
        day, month = r"(?P<day>0?[1-9]|[12]\d|3[01])", r"(?P<month>0?[1-9]|1[0-2])"
        clock = r"[:h](?P<minute>[0-5]\d)(?:min)?"
        alone = "" if words.indian_grouping or "h" in words.units else rf"|{SPACE}?h(?:{SPACE}?(?P<minutes>[0-5]\d))?"

        def rule(trigger: str, pattern: str, edit: Callable[[Match], Edit | None]) -> _Rule:
            return _Rule(trigger, re.compile(pattern), edit)

        for trigger in ("digit", "letter"):
            yield rule(trigger, PATTERN, lambda match: address_edit(match, words))
        yield rule("digit", rf"{day}(?P<sep>[/.-]){month}(?P=sep)(?P<year>\d{{4}})(?![\w/])", self._date)
        yield rule("digit", rf"(?P<year>\d{{4}})-{month}-{day}(?![\w-])", self._date)
        yield rule("digit", rf"1(?={SPACE}(?:de{SPACE})?{_any(words.months)}{_END})", self._first_of_month)
        yield rule("digit", rf"(?P<hour>2[0-3]|[01]?\d)(?:{clock}{alone})(?:{SPACE}?h(?:rs)?)?(?![\w:])", self._time)
        yield rule("digit", rf"(?P<number>{number}){magnitude}(?P<rest>{SPACE}?(?P<sign>{signs})){_END}", self._money)
        yield rule("digit", rf"(?P<number>{number})(?P<rest>{SPACE}?%)", self._percent)
        yield rule("digit", rf"(?P<fraction>{_any(_WRITTEN_FRACTIONS)})(?![\w/])", self._written_fraction)
        yield rule("digit", rf"(?P<number>\d{{1,4}})(?P<mark>{_any(words.ordinal_marks)}){_END}", self._ordinal)
        yield rule(
            "digit", rf"(?P<number>{number})(?P<rest>{SPACE}?(?P<unit>{units}))(?![\w\u0900-\u0963²³/°])", self._unit
        )
        yield rule(
            "digit", rf"(?P<number>\d{{1,6}}){SPACE}?(?P<fraction>{_any(words.fractions)})", self._whole_and_fraction
        )
        yield rule("digit", r"(?P<first>\d{1,4})(?P<dash>[-–])(?=(?P<last>\d{1,4})(?![\w-]))", self._range)
        yield rule("digit", rf"(?P<number>{number}){_END}(?![.,:/]\d)", self._number)
        yield rule("letter", rf"(?P<sign>{signs}){SPACE}?(?P<number>{number}){magnitude}{_END}", self._money)
        yield rule("letter", rf"(?:[Nn]\.?[º°]|[Nn]\.|No\.)(?={SPACE}?\d)", self._number_sign)
        if words.century:
            yield rule("letter", rf"(?:{words.century}){SPACE}(?P<roman>{ROMAN}){_END}", self._century)
        if words.century_after:
            yield rule(
                "letter", rf"(?P<roman>{ROMAN})(?:er|ère|e|ème|º)?(?={SPACE}(?:{words.century_after}){_END})",
                self._ordinal_century,
            )  # fmt: skip
        yield rule("letter", rf"{_any(words.abbreviations)}{_END}", self._abbreviation)
        yield rule("other", rf"(?P<sign>{signs}){SPACE}?(?P<number>{number}){magnitude}{_END}", self._money)
        yield rule("other", r"(?<![\w)\]])[-−–](?=\d)", lambda match: replaced(*match.span(), f"{words.minus} "))
        yield rule("other", _any(words.fractions), lambda match: replaced(*match.span(), words.fractions[match[0]]))
        yield rule("other", "&", lambda match: replaced(*match.span(), f" {words.conjunction} "))

    def _date(self, match: Match) -> Edit:
        day = (
            self._words.first_of_month if int(match["day"]) == 1 else self._numerals.cardinal(match["day"].lstrip("0"))
        )
        month = self._words.months[int(match["month"]) - 1]
        spoken = self._words.date.format(day=day, month=month, year=self._numerals.cardinal(match["year"]))
        return replaced(*match.span(), spoken)

    def _first_of_month(self, match: Match) -> Edit:
        return replaced(*match.span(), self._words.first_of_month)

    def _time(self, match: Match) -> Edit:
        value, minute = int(match["hour"]), match["minute"] or match.groupdict().get("minutes") or "00"
        hour = self._numerals.cardinal(str(value), self._words.hour_gender)
        hours = (self._words.one_hour if value == 1 else self._words.hours).format(hour=hour)
        if int(minute) == 0:
            return replaced(*match.span(), hours)
        return replaced(
            *match.span(),
            self._words.time.format(hour=hour, hours=hours, minute=self._numerals.cardinal(str(int(minute)))),
        )

    def _money(self, match: Match) -> Edit:
        currency, cent = self._words.currencies[match["sign"]]
        number = amount(match["number"])
        whole, fraction = self._numerals.digits_of(number)
        magnitude = match["magnitude"]
        if magnitude:
            joint = " " if magnitude in self._words.plain_magnitudes else self._of(currency.many)
            spoken = f"{self._numerals.read(number, 'm')} {magnitude}{joint}{currency.many}"
            return replaced(*match.span(), spoken)
        if len(fraction) not in (1, 2) or int(fraction) == 0:
            whole_amount = whole if fraction and int(fraction) == 0 else number
            return self._counted(match, whole_amount, currency)
        cents = int(fraction.ljust(2, "0"))
        coin = f"{self._numerals.cardinal(str(cents), cent.gender)} {_form(cent, cents)}"
        if int(whole) == 0:
            return replaced(*match.span(), coin)
        spoken = self._words.money_with_cents.format(
            whole=f"{self._numerals.cardinal(whole, currency.gender)} {_form(currency, int(whole))}",
            cents=self._numerals.cardinal(str(cents), cent.gender if "{coin}" in self._words.money_with_cents else ""),
            coin=_form(cent, cents),
        )
        return replaced(*match.span(), spoken)

    def _counted(self, match: Match, number: str, noun: Noun) -> Edit:
        """A number and what it counts, in the order of the text where the number comes first there."""
        whole, fraction = self._numerals.digits_of(number)
        name = _form(noun, 0 if fraction else int(whole))
        words = self._numerals.read(number, noun.gender)
        name = (self._of(name) if self._numerals.is_millions(number) else " ") + name
        if match.start("number") > match.start():
            return replaced(*match.span(), words + name)
        return Edit(*match.span(), (Part(words, *match.span("number")), Part(name, *match.span("rest"))))

    def _percent(self, match: Match) -> Edit:
        words = self._numerals.read(match["number"], "")
        percent = Part(f" {self._words.percent}", *match.span("rest"))
        return Edit(*match.span(), (Part(words, *match.span("number")), percent))

    def _unit(self, match: Match) -> Edit:
        return self._counted(match, match["number"], self._words.units[match["unit"]])

    def _ordinal(self, match: Match) -> Edit | None:
        value = int(match["number"])
        # "20°" is a temperature.
        if not 1 <= value <= (10 if match["mark"].endswith("°") else LARGEST_ORDINAL):
            return None
        return replaced(*match.span(), self._words.ordinal(value, self._words.ordinal_marks[match["mark"]]))

    def _whole_and_fraction(self, match: Match) -> Edit:
        fraction = self._words.fractions[match["fraction"]]
        if match["fraction"] == "½":
            fraction = fraction.split()[-1]
        joint = self._words.and_fraction
        number = Part(self._numerals.cardinal(match["number"]), *match.span("number"))
        return Edit(*match.span(), (number, Part(f" {joint} {fraction}", match.end("number"), match.end())))

    def _written_fraction(self, match: Match) -> Edit | None:
        spoken = self._words.fractions.get(_WRITTEN_FRACTIONS[match["fraction"]])
        return replaced(*match.span(), spoken) if spoken else None

    def _range(self, match: Match) -> Edit | None:
        first, last = match["first"], match["last"]
        if int(last) <= int(first) or len(last) - len(first) > (len(first) < 3):
            return None
        dash = Part(f" {self._words.range_word} ", *match.span("dash"))
        return Edit(*match.span(), (Part(self._numerals.cardinal(first), *match.span("first")), dash))

    def _number(self, match: Match) -> Edit:
        noun = self._noun_after(match)
        spoken = self._numerals.read(match["number"], self._gender_of(noun))
        if noun and self._numerals.is_millions(match["number"]):
            # With the space before the noun, of which "d'habitants" has none.
            return replaced(match.start(), match.end() + 1, spoken + self._of(noun))
        return replaced(*match.span(), spoken)

    def _number_sign(self, match: Match) -> Edit:
        return replaced(*match.span(), f"{self._words.number_sign} ")

    def _century(self, match: Match) -> Edit | None:
        value = roman(match["roman"])
        if not 1 <= value <= _LAST_CENTURY:
            return None
        start, end = match.span("roman")
        return Edit(start, end, (Part(self._numerals.cardinal(str(value)), start, end),))

    def _ordinal_century(self, match: Match) -> Edit | None:
        value = roman(match["roman"])
        return replaced(*match.span(), self._words.ordinal(value, "m")) if 1 <= value <= _LAST_CENTURY else None

    def _abbreviation(self, match: Match) -> Edit | None:
        key = re.sub(SPACE, "", match[0])
        following = match.string[match.end() : match.end() + 3]
        opens = next((character for character in following if not character.isspace()), "")
        stands_before_name = following[:1].isspace() and opens.isupper()
        if (len(key) < 3 or not key.endswith(".")) and not stands_before_name and key not in self._closing:
            # "M. Dupont", but not the letter M.
            return None
        ends = key.endswith(".") and (not opens or ("\n" in following) or (key in self._closing and stands_before_name))
        return replaced(*match.span(), self._abbreviations[key] + ("." if ends else ""))

    def _noun_after(self, match: Match) -> str:
        """The noun that a number counts: "21 años", "200 personas"; empty where none follows."""
        found = self._following_word.match(match.string, match.end())
        noun = found["noun"].lower() if found else ""
        is_plural = noun.endswith(("s", "x", "e", "i"))
        return "" if noun in self._words.no_nouns or not (is_plural or match["number"] == "1") else noun

    def _gender_of(self, noun: str) -> Gender:
        if not noun:
            return ""
        by_ending = noun.endswith(self._words.feminine_endings) and noun not in self._words.masculine_nouns
        return "f" if by_ending or noun in self._words.feminine_nouns else "m"

    def _of(self, noun: str) -> str:
        """What stands between "millones" and what they are of."""
        if not self._words.of:
            return " "
        elided = self._words.elides and noun[0] in "aeiouéèêh"
        return f" {self._words.of[0]}'" if elided else f" {self._words.of} "


def _form(noun: Noun, value: int) -> str:
    return noun.one if value == 1 else noun.many


def _goes_on(text: str, start: int) -> bool:
    """Whether a mark and digits before it make a token a part of something longer: "1.2.3", "10:20:30"."""
    return start > 1 and text[start - 1] in ".,:/" and text[start - 2].isdigit() and text[start].isdigit()
