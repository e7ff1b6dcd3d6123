"""Brazilian Portuguese numbers, units and abbreviations."""

from __future__ import annotations

import re

from num2words import num2words

from app.text.localized.conventions import Conventions, Gender, Noun


def _cardinal(value: int, gender: Gender) -> str:
    words = str(num2words(value, lang="pt_BR")).replace(",", "")
    if gender != "f":
        return words
    # "duzentos milhões de pessoas": what counts millions agrees with them.
    millions = list(re.finditer(r"ilh(?:ão|ões)", words))
    end = millions[-1].end() if millions else 0
    small = re.sub(r"\bum$", "uma", re.sub(r"\bdois\b", "duas", re.sub(r"entos\b", "entas", words[end:])))
    return words[:end] + small


def _ordinal(value: int, form: str) -> str:
    words = str(num2words(value, lang="pt_BR", to="ordinal"))
    return re.sub(r"o\b", "a", words) if form == "f" else words


CONVENTIONS = Conventions(
    cardinal=_cardinal,
    ordinal=_ordinal,
    decimal_point="vírgula",
    full_stop="ponto",
    zero="zero",
    minus="menos",
    percent="por cento",
    conjunction="e",
    range_word="a",
    number_sign="número",
    at="arroba",
    slash="barra",
    hyphen="hífen",
    underscore="sublinhado",
    months=tuple(
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split(),
    ),
    first_of_month="primeiro",
    date="{day} de {month} de {year}",
    hours="{hour} horas",
    one_hour="{hour} hora",
    time="{hours} e {minute}",
    hour_gender="f",
    currencies={
        "R$": (Noun("real", "reais"), Noun("centavo", "centavos")),
        "€": (Noun("euro", "euros"), Noun("cêntimo", "cêntimos")),
        "$": (Noun("dólar", "dólares"), Noun("centavo", "centavos")),
        "US$": (Noun("dólar", "dólares"), Noun("centavo", "centavos")),
        "£": (Noun("libra", "libras", "f"), Noun("pêni", "pence")),
        "¥": (Noun("iene", "ienes"), Noun("sen", "sen")),
        "₹": (Noun("rupia", "rupias", "f"), Noun("paisa", "paisas", "f")),
        "BRL": (Noun("real", "reais"), Noun("centavo", "centavos")),
        "EUR": (Noun("euro", "euros"), Noun("cêntimo", "cêntimos")),
        "USD": (Noun("dólar", "dólares"), Noun("centavo", "centavos")),
    },
    money_with_cents="{whole} e {cents} {coin}",
    of="de",
    units={
        "km": Noun("quilômetro", "quilômetros"),
        "m": Noun("metro", "metros"),
        "cm": Noun("centímetro", "centímetros"),
        "mm": Noun("milímetro", "milímetros"),
        "km²": Noun("quilômetro quadrado", "quilômetros quadrados"),
        "m²": Noun("metro quadrado", "metros quadrados"),
        "m³": Noun("metro cúbico", "metros cúbicos"),
        "ha": Noun("hectare", "hectares"),
        "km/h": Noun("quilômetro por hora", "quilômetros por hora"),
        "m/s": Noun("metro por segundo", "metros por segundo"),
        "kg": Noun("quilo", "quilos"),
        "g": Noun("grama", "gramas"),
        "mg": Noun("miligrama", "miligramas"),
        "t": Noun("tonelada", "toneladas", "f"),
        "l": Noun("litro", "litros"),
        "L": Noun("litro", "litros"),
        "ml": Noun("mililitro", "mililitros"),
        "min": Noun("minuto", "minutos"),
        "s": Noun("segundo", "segundos"),
        "°C": Noun("grau Celsius", "graus Celsius"),
        "ºC": Noun("grau Celsius", "graus Celsius"),
        "°F": Noun("grau Fahrenheit", "graus Fahrenheit"),
        "°": Noun("grau", "graus"),
        "W": Noun("watt", "watts"),
        "kW": Noun("quilowatt", "quilowatts"),
        "kWh": Noun("quilowatt-hora", "quilowatts-hora"),
        "V": Noun("volt", "volts"),
        "Hz": Noun("hertz", "hertz"),
        "GHz": Noun("giga-hertz", "giga-hertz"),
        "KB": Noun("kilobyte", "kilobytes"),
        "MB": Noun("megabyte", "megabytes"),
        "GB": Noun("gigabyte", "gigabytes"),
        "TB": Noun("terabyte", "terabytes"),
    },
    fractions={
        "½": "meio",
        "⅓": "um terço",
        "⅔": "dois terços",
        "¼": "um quarto",
        "¾": "três quartos",
        "⅕": "um quinto",
        "⅛": "um oitavo",
    },
    and_fraction="e",
    ordinal_marks={"º": "m", "°": "m", ".º": "m", "ª": "f", ".ª": "f"},
    abbreviations={
        "Sr.": "senhor", "Sra.": "senhora", "Srta.": "senhorita", "Srs.": "senhores", "Sras.": "senhoras",
        "Dr.": "doutor", "Dra.": "doutora", "Drs.": "doutores", "Prof.": "professor", "Profa.": "professora",
        "Profª.": "professora", "Profª": "professora", "Eng.": "engenheiro", "Exmo.": "excelentíssimo",
        "Exma.": "excelentíssima", "Gen.": "general", "Cel.": "coronel", "Sto.": "santo", "Sta.": "santa",
        "p. ex.": "por exemplo", "p.ex.": "por exemplo", "etc.": "et cetera", "pág.": "página", "págs.": "páginas",
        "núm.": "número", "art.": "artigo", "cap.": "capítulo", "fig.": "figura", "vol.": "volume", "av.": "avenida",
        "Av.": "avenida", "tel.": "telefone", "Tel.": "telefone", "aprox.": "aproximadamente",
        "a.C.": "antes de Cristo", "a. C.": "antes de Cristo", "d.C.": "depois de Cristo", "d. C.": "depois de Cristo",
        "Ltda.": "limitada", "Cia.": "companhia", "máx.": "máximo", "mín.": "mínimo", "séc.": "século",
        "depto.": "departamento", "vs.": "contra",
    },
    closing=frozenset({
        "etc.", "a.C.", "a. C.", "d.C.", "d. C.", "Ltda.", "Cia.", "aprox.", "máx.", "mín.",
    }),
    magnitudes=frozenset("mil milhão milhões bilhão bilhões trilhão trilhões".split()),
    plain_magnitudes=frozenset({"mil"}),
    century=r"[Ss]éculos?",
    feminine_endings=("a", "as", "ção", "ções", "dade", "dades"),
    feminine_nouns=frozenset(
        "mulher mulheres vez vezes noite noites tarde tardes parte partes flor flores chave chaves rede redes".split()
    ),
    masculine_nouns=frozenset(
        "dia dias problema problemas programa programas sistema sistemas tema temas idioma idiomas mapa mapas"
        " planeta planetas poema poemas drama dramas clima climas grama gramas quilograma quilogramas".split()
    ),
    no_nouns=frozenset(
        "mais menos para pela pelas pelos até contra cada era esta está por com sem que são fora uma umas uns das"
        " dos nas nos aos após antes depois segundo entre sobre como já hoje então onde quando".split()
    ),
)  # fmt: skip
