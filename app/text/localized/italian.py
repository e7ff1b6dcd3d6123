"""Italian numbers, units and abbreviations."""

from __future__ import annotations

import re

from num2words import num2words

from app.text.localized.conventions import Conventions, Gender, Noun


def _cardinal(value: int, gender: Gender) -> str:
    if value == 1 and gender:
        return "un" if gender == "m" else "una"
    words = str(num2words(value, lang="it"))
    # "un milione e duecentomila": nobody says the "e".
    return re.sub(r"(milion[ei]|miliard[oi]|bilion[ei]) e ", r"\1 ", words)


def _ordinal(value: int, form: str) -> str:
    words = str(num2words(value, lang="it", to="ordinal"))
    return re.sub(r"o$", "a", words) if form == "f" else words


CONVENTIONS = Conventions(
    cardinal=_cardinal,
    ordinal=_ordinal,
    decimal_point="virgola",
    full_stop="punto",
    zero="zero",
    minus="meno",
    percent="per cento",
    conjunction="e",
    range_word="a",
    number_sign="numero",
    at="chiocciola",
    slash="barra",
    hyphen="trattino",
    underscore="trattino basso",
    months=tuple(
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split(),
    ),
    first_of_month="primo",
    date="{day} {month} {year}",
    hours="{hour}",
    one_hour="{hour}",
    time="{hour} e {minute}",
    hour_gender="f",
    currencies={
        "€": (Noun("euro", "euro"), Noun("centesimo", "centesimi")),
        "$": (Noun("dollaro", "dollari"), Noun("centesimo", "centesimi")),
        "US$": (Noun("dollaro", "dollari"), Noun("centesimo", "centesimi")),
        "£": (Noun("sterlina", "sterline", "f"), Noun("penny", "pence")),
        "¥": (Noun("yen", "yen"), Noun("sen", "sen")),
        "₹": (Noun("rupia", "rupie", "f"), Noun("paisa", "paise")),
        "R$": (Noun("real", "real"), Noun("centavo", "centavos")),
        "EUR": (Noun("euro", "euro"), Noun("centesimo", "centesimi")),
        "USD": (Noun("dollaro", "dollari"), Noun("centesimo", "centesimi")),
        "CHF": (Noun("franco svizzero", "franchi svizzeri"), Noun("centesimo", "centesimi")),
    },
    money_with_cents="{whole} e {cents}",
    of="di",
    units={
        "km": Noun("chilometro", "chilometri"),
        "m": Noun("metro", "metri"),
        "cm": Noun("centimetro", "centimetri"),
        "mm": Noun("millimetro", "millimetri"),
        "km²": Noun("chilometro quadrato", "chilometri quadrati"),
        "m²": Noun("metro quadrato", "metri quadrati"),
        "mq": Noun("metro quadrato", "metri quadrati"),
        "m³": Noun("metro cubo", "metri cubi"),
        "ha": Noun("ettaro", "ettari"),
        "km/h": Noun("chilometro all'ora", "chilometri all'ora"),
        "m/s": Noun("metro al secondo", "metri al secondo"),
        "kg": Noun("chilo", "chili"),
        "g": Noun("grammo", "grammi"),
        "mg": Noun("milligrammo", "milligrammi"),
        "t": Noun("tonnellata", "tonnellate", "f"),
        "l": Noun("litro", "litri"),
        "L": Noun("litro", "litri"),
        "ml": Noun("millilitro", "millilitri"),
        "h": Noun("ora", "ore", "f"),
        "min": Noun("minuto", "minuti"),
        "s": Noun("secondo", "secondi"),
        "°C": Noun("grado Celsius", "gradi Celsius"),
        "°F": Noun("grado Fahrenheit", "gradi Fahrenheit"),
        "°": Noun("grado", "gradi"),
        "W": Noun("watt", "watt"),
        "kW": Noun("chilowatt", "chilowatt"),
        "kWh": Noun("chilowattora", "chilowattora"),
        "V": Noun("volt", "volt"),
        "Hz": Noun("hertz", "hertz"),
        "GHz": Noun("gigahertz", "gigahertz"),
        "KB": Noun("kilobyte", "kilobyte"),
        "MB": Noun("megabyte", "megabyte"),
        "GB": Noun("gigabyte", "gigabyte"),
        "TB": Noun("terabyte", "terabyte"),
    },
    fractions={
        "½": "mezzo",
        "⅓": "un terzo",
        "⅔": "due terzi",
        "¼": "un quarto",
        "¾": "tre quarti",
        "⅕": "un quinto",
        "⅛": "un ottavo",
    },
    and_fraction="e",
    ordinal_marks={"º": "m", "°": "m", "ª": "f", ".º": "m", ".ª": "f"},
    abbreviations={
        "Sig.": "signor", "sig.": "signor", "Sig.ra": "signora", "sig.ra": "signora", "Sig.na": "signorina",
        "Sigg.": "signori", "Dott.": "dottor", "dott.": "dottor", "Dott.ssa": "dottoressa", "dott.ssa": "dottoressa",
        "Dr.": "dottor", "Prof.": "professor", "prof.": "professor", "Prof.ssa": "professoressa",
        "prof.ssa": "professoressa", "Ing.": "ingegner", "ing.": "ingegner", "Avv.": "avvocato", "avv.": "avvocato",
        "Arch.": "architetto", "Geom.": "geometra", "Rag.": "ragionier", "On.": "onorevole", "on.": "onorevole",
        "ecc.": "eccetera", "p. es.": "per esempio", "p.es.": "per esempio", "per es.": "per esempio",
        "ad es.": "ad esempio", "pag.": "pagina", "pagg.": "pagine", "cap.": "capitolo", "art.": "articolo",
        "fig.": "figura", "vol.": "volume", "cfr.": "confronta", "a.C.": "avanti Cristo", "d.C.": "dopo Cristo",
        "a. C.": "avanti Cristo", "d. C.": "dopo Cristo", "tel.": "telefono", "Tel.": "telefono", "ca.": "circa",
        "max.": "massimo", "min.": "minimo", "S.p.A.": "società per azioni", "vs.": "contro",
    },
    closing=frozenset({
        "ecc.", "a.C.", "d.C.", "a. C.", "d. C.", "ca.", "max.", "min.", "S.p.A.",
    }),
    magnitudes=frozenset("mila milione milioni miliardo miliardi".split()),
    plain_magnitudes=frozenset({"mila"}),
    century=r"[Ss]ecol[oi]",
    century_after=r"secol[oi]",
    feminine_endings=("a", "zione", "tà"),
    no_nouns=frozenset(
        "alla dalla nella sulla della era sia senza prima dopo per con che del non più meno tra fra sono una".split()
    ),
)  # fmt: skip
