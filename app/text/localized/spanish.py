"""Spanish numbers, units and abbreviations."""

from __future__ import annotations

import re

from num2words import num2words

from app.text.localized.conventions import Conventions, Gender, Noun

_ELEVENTH = {"décimoprimero": "undécimo", "décimosegundo": "duodécimo"}


def _cardinal(value: int, gender: Gender) -> str:
    words = num2words(value, lang="es")
    # "veintiún mil", "treinta y un millones": the shortened form stands before every noun, and these are two.
    words = re.sub(r"uno(?= mil)", "un", words).replace("veintiun ", "veintiún ")
    if gender == "m":
        return re.sub(r"uno$", "un", re.sub(r"veintiuno$", "veintiún", words))
    if gender == "f":
        large, million, small = words.rpartition("millones ")
        small = re.sub(r"uno$", "una", small)
        return large + million + re.sub(r"(cient|quinient)os", r"\1as", small)
    return words


def _ordinal(value: int, form: str) -> str:
    words = num2words(value, lang="es", to="ordinal")
    words = _ELEVENTH.get(words, words)
    if form == "short":
        # "el primer día", "el tercer hombre"
        return re.sub(r"(primer|tercer)o$", r"\1", words)
    return re.sub(r"o\b", "a", words) if form == "f" else words


CONVENTIONS = Conventions(
    cardinal=_cardinal,
    ordinal=_ordinal,
    decimal_point="coma",
    full_stop="punto",
    zero="cero",
    minus="menos",
    percent="por ciento",
    conjunction="y",
    range_word="a",
    number_sign="número",
    at="arroba",
    slash="barra",
    hyphen="guion",
    underscore="guion bajo",
    months=tuple(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
    ),
    first_of_month="primero",
    date="{day} de {month} de {year}",
    hours="{hour} horas",
    one_hour="{hour} hora",
    time="{hour} y {minute}",
    hour_gender="f",
    currencies={
        "€": (Noun("euro", "euros"), Noun("céntimo", "céntimos")),
        "$": (Noun("dólar", "dólares"), Noun("centavo", "centavos")),
        "US$": (Noun("dólar", "dólares"), Noun("centavo", "centavos")),
        "£": (Noun("libra", "libras", "f"), Noun("penique", "peniques")),
        "¥": (Noun("yen", "yenes"), Noun("sen", "sen")),
        "₹": (Noun("rupia", "rupias", "f"), Noun("paisa", "paisas", "f")),
        "R$": (Noun("real", "reales"), Noun("centavo", "centavos")),
        "EUR": (Noun("euro", "euros"), Noun("céntimo", "céntimos")),
        "USD": (Noun("dólar", "dólares"), Noun("centavo", "centavos")),
        "MXN": (Noun("peso", "pesos"), Noun("centavo", "centavos")),
    },
    money_with_cents="{whole} con {cents}",
    of="de",
    units={
        "km": Noun("kilómetro", "kilómetros"),
        "m": Noun("metro", "metros"),
        "cm": Noun("centímetro", "centímetros"),
        "mm": Noun("milímetro", "milímetros"),
        "km²": Noun("kilómetro cuadrado", "kilómetros cuadrados"),
        "m²": Noun("metro cuadrado", "metros cuadrados"),
        "m³": Noun("metro cúbico", "metros cúbicos"),
        "ha": Noun("hectárea", "hectáreas", "f"),
        "km/h": Noun("kilómetro por hora", "kilómetros por hora"),
        "m/s": Noun("metro por segundo", "metros por segundo"),
        "kg": Noun("kilo", "kilos"),
        "g": Noun("gramo", "gramos"),
        "mg": Noun("miligramo", "miligramos"),
        "t": Noun("tonelada", "toneladas", "f"),
        "l": Noun("litro", "litros"),
        "L": Noun("litro", "litros"),
        "ml": Noun("mililitro", "mililitros"),
        "h": Noun("hora", "horas", "f"),
        "min": Noun("minuto", "minutos"),
        "s": Noun("segundo", "segundos"),
        "°C": Noun("grado Celsius", "grados Celsius"),
        "ºC": Noun("grado Celsius", "grados Celsius"),
        "°F": Noun("grado Fahrenheit", "grados Fahrenheit"),
        "°": Noun("grado", "grados"),
        "W": Noun("vatio", "vatios"),
        "kW": Noun("kilovatio", "kilovatios"),
        "kWh": Noun("kilovatio hora", "kilovatios hora"),
        "V": Noun("voltio", "voltios"),
        "Hz": Noun("hercio", "hercios"),
        "GHz": Noun("gigahercio", "gigahercios"),
        "KB": Noun("kilobyte", "kilobytes"),
        "MB": Noun("megabyte", "megabytes"),
        "GB": Noun("gigabyte", "gigabytes"),
        "TB": Noun("terabyte", "terabytes"),
    },
    fractions={
        "½": "medio",
        "⅓": "un tercio",
        "⅔": "dos tercios",
        "¼": "un cuarto",
        "¾": "tres cuartos",
        "⅕": "un quinto",
        "⅛": "un octavo",
    },
    and_fraction="y",
    ordinal_marks={
        "º": "m", ".º": "m", "°": "m", ".°": "m", "ª": "f", ".ª": "f",
        "er": "short", ".er": "short", "ro": "m", "do": "m", "ra": "f", "da": "f", "to": "m", "ta": "f",
    },
    abbreviations={
        "Sr.": "señor", "Sra.": "señora", "Srta.": "señorita", "Sres.": "señores", "Dr.": "doctor", "Dra.": "doctora",
        "D.": "don", "D.ª": "doña", "Dña.": "doña", "Prof.": "profesor", "Profa.": "profesora", "Lic.": "licenciado",
        "Ing.": "ingeniero", "Arq.": "arquitecto", "Gral.": "general", "Ud.": "usted", "Uds.": "ustedes",
        "Vd.": "usted", "Vds.": "ustedes", "Sto.": "santo", "Sta.": "santa", "p. ej.": "por ejemplo",
        "p.ej.": "por ejemplo", "etc.": "etcétera", "pág.": "página", "págs.": "páginas", "núm.": "número",
        "núms.": "números", "art.": "artículo", "cap.": "capítulo", "fig.": "figura", "vol.": "volumen",
        "aprox.": "aproximadamente", "tel.": "teléfono", "Tel.": "teléfono", "avda.": "avenida", "Avda.": "avenida",
        "av.": "avenida", "Av.": "avenida", "EE. UU.": "Estados Unidos", "EE.UU.": "Estados Unidos",
        "a. C.": "antes de Cristo", "a.C.": "antes de Cristo", "d. C.": "después de Cristo",
        "d.C.": "después de Cristo", "a. m.": "a eme", "a.m.": "a eme", "p. m.": "pe eme", "p.m.": "pe eme",
        "máx.": "máximo", "mín.": "mínimo", "dpto.": "departamento", "izq.": "izquierda", "dcha.": "derecha",
        "vs.": "contra",
    },
    closing=frozenset({
        "etc.", "EE. UU.", "EE.UU.", "a. C.", "a.C.", "d. C.", "d.C.", "a. m.", "a.m.", "p. m.", "p.m.", "Ud.",
        "Uds.", "Vd.", "Vds.", "aprox.", "izq.", "dcha.", "máx.", "mín.",
    }),
    magnitudes=frozenset("mil millón millones billón billones".split()),
    plain_magnitudes=frozenset({"mil"}),
    century=r"[Ss]iglos?",
    feminine_endings=("a", "as", "ción", "ciones", "dad", "dades"),
    feminine_nouns=frozenset(
        "mujer mujeres vez veces noche noches tarde tardes calle calles clase clases parte partes flor flores"
        " llave llaves fuente fuentes leyes red redes voz voces".split()
    ),
    masculine_nouns=frozenset(
        "día días problema problemas programa programas sistema sistemas tema temas idioma idiomas mapa mapas"
        " planeta planetas poema poemas drama dramas clima climas gramas kilogramas".split()
    ),
    no_nouns=frozenset(
        "más menos tras desde para hasta contra cada era esta está por con sin que son fue del los las sus una"
        " unas unos entonces antes después además según entre sobre como ya hoy sino pues donde cuando mientras".split()
    ),
)  # fmt: skip
