"""French numbers, units and abbreviations."""

from __future__ import annotations

import re

from num2words import num2words

from app.text.localized.conventions import Conventions, Gender, Noun


def _cardinal(value: int, gender: Gender) -> str:
    words = str(num2words(value, lang="fr"))
    return re.sub(r"\bun$", "une", words) if gender == "f" else words


def _ordinal(value: int, form: str) -> str:
    if form.startswith("second"):
        return form if value == 2 else _ordinal(value, "")
    words = str(num2words(value, lang="fr", to="ordinal"))
    return "première" if words == "premier" and form == "f" else words


CONVENTIONS = Conventions(
    cardinal=_cardinal,
    ordinal=_ordinal,
    decimal_point="virgule",
    full_stop="point",
    zero="zéro",
    minus="moins",
    percent="pour cent",
    conjunction="et",
    range_word="à",
    number_sign="numéro",
    at="arobase",
    slash="slash",
    hyphen="tiret",
    underscore="tiret bas",
    months=tuple(
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    ),
    first_of_month="premier",
    date="{day} {month} {year}",
    hours="{hour} heures",
    one_hour="{hour} heure",
    time="{hours} {minute}",
    hour_gender="f",
    currencies={
        "€": (Noun("euro", "euros"), Noun("centime", "centimes")),
        "$": (Noun("dollar", "dollars"), Noun("cent", "cents")),
        "US$": (Noun("dollar", "dollars"), Noun("cent", "cents")),
        "£": (Noun("livre", "livres", "f"), Noun("penny", "pence")),
        "¥": (Noun("yen", "yens"), Noun("sen", "sen")),
        "₹": (Noun("roupie", "roupies", "f"), Noun("paisa", "paisas")),
        "R$": (Noun("réal", "réaux"), Noun("centavo", "centavos")),
        "EUR": (Noun("euro", "euros"), Noun("centime", "centimes")),
        "USD": (Noun("dollar", "dollars"), Noun("cent", "cents")),
        "CHF": (Noun("franc suisse", "francs suisses"), Noun("centime", "centimes")),
    },
    money_with_cents="{whole} {cents}",
    of="de",
    units={
        "km": Noun("kilomètre", "kilomètres"),
        "m": Noun("mètre", "mètres"),
        "cm": Noun("centimètre", "centimètres"),
        "mm": Noun("millimètre", "millimètres"),
        "km²": Noun("kilomètre carré", "kilomètres carrés"),
        "m²": Noun("mètre carré", "mètres carrés"),
        "m³": Noun("mètre cube", "mètres cubes"),
        "ha": Noun("hectare", "hectares"),
        "km/h": Noun("kilomètre heure", "kilomètres heure"),
        "m/s": Noun("mètre par seconde", "mètres par seconde"),
        "kg": Noun("kilo", "kilos"),
        "g": Noun("gramme", "grammes"),
        "mg": Noun("milligramme", "milligrammes"),
        "t": Noun("tonne", "tonnes", "f"),
        "l": Noun("litre", "litres"),
        "L": Noun("litre", "litres"),
        "ml": Noun("millilitre", "millilitres"),
        "min": Noun("minute", "minutes", "f"),
        "s": Noun("seconde", "secondes", "f"),
        "°C": Noun("degré Celsius", "degrés Celsius"),
        "°F": Noun("degré Fahrenheit", "degrés Fahrenheit"),
        "°": Noun("degré", "degrés"),
        "W": Noun("watt", "watts"),
        "kW": Noun("kilowatt", "kilowatts"),
        "kWh": Noun("kilowattheure", "kilowattheures"),
        "V": Noun("volt", "volts"),
        "Hz": Noun("hertz", "hertz"),
        "GHz": Noun("gigahertz", "gigahertz"),
        "Ko": Noun("kilooctet", "kilooctets"),
        "Mo": Noun("mégaoctet", "mégaoctets"),
        "Go": Noun("gigaoctet", "gigaoctets"),
        "To": Noun("téraoctet", "téraoctets"),
        "M€": Noun("million d'euros", "millions d'euros"),
        "Md€": Noun("milliard d'euros", "milliards d'euros"),
        "k€": Noun("mille euros", "mille euros"),
    },
    fractions={
        "½": "un demi",
        "⅓": "un tiers",
        "⅔": "deux tiers",
        "¼": "un quart",
        "¾": "trois quarts",
        "⅕": "un cinquième",
        "⅛": "un huitième",
    },
    and_fraction="et",
    ordinal_marks={
        "er": "m", "re": "f", "ère": "f", "ere": "f", "e": "", "ème": "", "eme": "", "ième": "", "nd": "second",
        "nde": "seconde",
    },
    abbreviations={
        "M.": "monsieur", "MM.": "messieurs", "Mme": "madame", "Mmes": "mesdames", "Mlle": "mademoiselle",
        "Mlles": "mesdemoiselles", "Dr": "docteur", "Dr.": "docteur", "Pr": "professeur", "Mgr": "monseigneur",
        "Me": "maître", "Ste": "sainte", "p. ex.": "par exemple", "p.ex.": "par exemple", "par ex.": "par exemple",
        "etc.": "et cetera", "c.-à-d.": "c'est-à-dire", "cf.": "voir", "env.": "environ",
        "av. J.-C.": "avant Jésus-Christ", "apr. J.-C.": "après Jésus-Christ", "ap. J.-C.": "après Jésus-Christ",
        "av.": "avenue", "Av.": "avenue", "bd": "boulevard", "Bd": "boulevard", "boul.": "boulevard",
        "tél.": "téléphone", "Tél.": "téléphone", "art.": "article", "chap.": "chapitre", "fig.": "figure",
        "vol.": "volume", "max.": "maximum", "min.": "minimum", "janv.": "janvier", "févr.": "février",
        "juil.": "juillet", "sept.": "septembre", "oct.": "octobre", "nov.": "novembre", "déc.": "décembre",
        "hab.": "habitants", "St": "saint", "vs": "contre",
    },
    closing=frozenset({
        "etc.", "av. J.-C.", "apr. J.-C.", "ap. J.-C.", "env.", "max.", "min.", "hab.",
    }),
    magnitudes=frozenset("mille million millions milliard milliards".split()),
    plain_magnitudes=frozenset({"mille"}),
    century_after=r"si[èe]cles?",
    feminine_nouns=frozenset(
        "heure heures minute minutes seconde secondes fois année années semaine semaines journée journées nuit nuits"
        " page pages personne personnes femme femmes fille filles chose choses maison maisons voiture voitures"
        " ville villes question questions réponse réponses pièce pièces partie parties étape étapes".split()
    ),
    no_nouns=frozenset(
        "plus moins dans sans sous vers très pas puis mais alors après avant depuis chez selon jamais toujours".split()
    ),
    elides=True,
    spaced_marks=True,
)  # fmt: skip
