"""How numbers, dates, money, units and abbreviations are read in the languages besides English."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import numpy as np
import pytest

from app.text.localized.spoken import CONVENTIONS, number_edits
from app.text.normalize import spoken_form

SPANISH = {
    "21": "veintiuno",
    "21 años y 1 día": "veintiún años y un día",
    "21 personas, 1 casa, 200 mujeres": "veintiuna personas, una casa, doscientas mujeres",
    "de 1 a 5, 1 y 2": "de uno a cinco, uno y dos",
    "1.234.567": "un millón doscientos treinta y cuatro mil quinientos sesenta y siete",
    "31 000 €": "treinta y un mil euros",
    "2.000.000 personas": "dos millones de personas",
    "1,234.56": "mil doscientos treinta y cuatro coma cincuenta y seis",
    "3,14 y 3,05 y 2.0": "tres coma catorce y tres coma cero cinco y dos punto cero",
    "007": "cero cero siete",
    "-5": "menos cinco",
    "5-10 km": "cinco a diez kilómetros",
    "1990–1995": "mil novecientos noventa a mil novecientos noventa y cinco",
    "100 %": "cien por ciento",
    "5 €": "cinco euros",
    "5,50 €": "cinco euros con cincuenta",
    "0,50 €": "cincuenta céntimos",
    "1 €": "un euro",
    "$5, $1,000 y 1,000 casas": "cinco dólares, mil dólares y mil casas",
    "$5 millones": "cinco millones de dólares",
    "R$ 10": "diez reales",
    "£1": "una libra",
    "15:30": "quince y treinta",
    "1:05": "una y cinco",
    "a las 15:00 h.": "a las quince horas.",
    "12/05/2020": "doce de mayo de dos mil veinte",
    "01-05-2020": "primero de mayo de dos mil veinte",
    "2020-05-12": "doce de mayo de dos mil veinte",
    "1º, 2ª, 3.er, 11.º, 21.ª": "primero, segunda, tercer, undécimo, vigésima primera",
    "20 °C, 20°, 5 m², 120 km/h": "veinte grados Celsius, veinte grados, cinco metros cuadrados,"
    " ciento veinte kilómetros por hora",
    "1 kg, 1,5 km, 1 h": "un kilo, uno coma cinco kilómetros, una hora",
    "siglo XXI": "siglo veintiuno",
    "½ litro, 1½, 3/4 de hora, 24/7": "medio litro, uno y medio, tres cuartos de hora, 24/7",
    "nº 5, N.º 5": "número cinco, número cinco",
    "El Sr. López y la Dra. Ruiz, p. ej. D. Juan": "El señor López y la doctora Ruiz, por ejemplo don Juan",
    "en EE. UU. Ella no, etc.": "en Estados Unidos. Ella no, etcétera.",
    "R&D": "R y D",
    "ana@ejemplo.es, https://www.el-pais.com/hoy.": "ana arroba ejemplo punto es,"
    " www punto el guion pais punto com barra hoy.",
    "Fin.Luego": "Fin.Luego",
    "i18n, 5G, 1.2.3, 10:20:30": "i18n, 5G, 1.2.3, 10:20:30",
}
FRENCH = {
    "21 ans, 21 personnes, 1 heure": "vingt et un ans, vingt et une personnes, une heure",
    "3 500 et 3\u202f500 et 3.500": "trois mille cinq cents et trois mille cinq cents et trois mille cinq cents",
    "3,14": "trois virgule quatorze",
    "5 €, 5,50 €": "cinq euros, cinq euros cinquante",
    "1,5 M€, 2 000 000 habitants": "un virgule cinq millions d'euros, deux millions d'habitants",
    "15h30, 15 h, 1h05": "quinze heures trente, quinze heures, une heure cinq",
    "12/05/2020, 1 janvier": "douze mai deux mille vingt, premier janvier",
    "1er, 1re, 2e, 2ème, 2nd, 2nde": "premier, première, deuxième, deuxième, second, seconde",
    "XXe siècle, Ier siècle": "vingtième siècle, premier siècle",
    "M. Dupont, Mme Martin, Dr Roux, Me Durand": "monsieur Dupont, madame Martin, docteur Roux, maître Durand",
    "le point M. est": "le point M. est",
    "du vin, etc. Il rentra en 52 av. J.-C.": "du vin, et cetera. Il rentra en cinquante-deux avant Jésus-Christ.",
    "80 %, 20 °C, n° 5": "quatre-vingts pour cent, vingt degrés Celsius, numéro cinq",
    "06 12 34": "zéro six douze trente-quatre",
    "½, 1½": "un demi, un et demi",
    "Bonjour ! Ça va ? « Oui. » Elle": 'Bonjour! Ça va? "Oui." Elle',
}
ITALIAN = {
    "21 anni, 1 anno, 1 casa": "ventuno anni, un anno, una casa",
    "1.234.567": "un milione duecentotrentaquattromilacinquecentosessantasette",
    "5 €, 5,50 €, $1": "cinque euro, cinque euro e cinquanta, un dollaro",
    "15:30, 15:00": "quindici e trenta, quindici",
    "12/05/2020, 1 gennaio": "dodici maggio duemilaventi, primo gennaio",
    "1° maggio, 2ª": "primo maggio, seconda",
    "XX secolo": "ventesimo secolo",
    "Il Sig. Rossi e la dott.ssa Bianchi, ecc.": "Il signor Rossi e la dottoressa Bianchi, eccetera.",
    "20 °C, n. 5, 100%, ½": "venti gradi Celsius, numero cinque, cento per cento, mezzo",
}
PORTUGUESE = {
    "2 casas, 21 pessoas, 1 dia": "duas casas, vinte e uma pessoas, um dia",
    "1998": "mil novecentos e noventa e oito",
    "R$ 10, R$ 10,50, R$ 1": "dez reais, dez reais e cinquenta centavos, um real",
    "R$ 5 milhões": "cinco milhões de reais",
    "15h30, 15:30, 1h": "quinze horas e trinta, quinze horas e trinta, uma hora",
    "12/05/2020, 1 de maio": "doze de maio de dois mil e vinte, primeiro de maio",
    "1º, 2ª": "primeiro, segunda",
    "século XXI": "século vinte e um",
    "O Sr. Silva e a Profa. Souza etc.": "O senhor Silva e a professora Souza et cetera.",
    "20°C, 50%, 3,14": "vinte graus Celsius, cinquenta por cento, três vírgula catorze",
}
HINDI = {
    "15 किताबें, १२३ लोग": "15 किताबें, 123 लोग",
    "₹500, ₹5.50, ₹5 लाख": "500 रुपये, 5 रुपये 50 पैसे, 5 लाख रुपये",
    "1,00,000 और 3.14": "100000 और 3 दशमलव 1 4",
    "15:30, 15:00": "15 बजकर 30 मिनट, 15 बजे",
    "12/05/2020": "12 मई 2020",
    "5 km, 5 किमी, 20 °C, 50%": "5 किलोमीटर, 5 किलोमीटर, 20 डिग्री सेल्सियस, 50 प्रतिशत",
    "डॉ. शर्मा": "डॉक्टर शर्मा",
    "5-10, 5वाँ": "5 से 10, 5 वाँ",
    "a@b.in": "a ऐट b डॉट in",
}
READINGS = {"es": SPANISH, "fr-fr": FRENCH, "it": ITALIAN, "pt-br": PORTUGUESE, "hi": HINDI}


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [(language, *reading) for language, readings in READINGS.items() for reading in readings.items()],
)
def test_written_forms_are_said_as_people_say_them(language: str, written: str, spoken: str) -> None:
    assert spoken_form(written, language=language).text == spoken


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "¿Qué hora es? No sé, amigo."),
        ("fr-fr", "L'été, il fait beau; n'est-ce pas?"),
        ("it", "L'amico dell'uomo è qui."),
        ("pt-br", "Vou à escola amanhã."),
        ("hi", "नमस्ते, आप कैसे हैं?"),
    ],
)
def test_text_without_numbers_stays_as_it_is(language: str, text: str) -> None:
    assert spoken_form(text, language=language).text == text
    assert number_edits(text, language) == []


def test_without_normalization_numbers_stay_digits() -> None:
    assert spoken_form("El Sr. 5 €", normalize=False, language="es").text == "El Sr. 5 €"


def test_each_word_stands_for_its_own_characters() -> None:
    text = "Son 5 € y $21."
    spoken = spoken_form(text, language="es")
    assert spoken.text == "Son cinco euros y veintiún dólares."
    origins = {text[start:end] for (start, end) in spoken.spans}
    assert {"5", " €", "$21", "S", "."} <= origins
    euros = spoken.text.index("euros")
    assert {text[start:end] for start, end in spoken.spans[euros : euros + 5]} == {" €"}


@pytest.mark.parametrize("language", CONVENTIONS)
def test_nothing_raises_and_every_origin_is_kept(language: str) -> None:
    rng = random.Random(11)
    pieces = [
        *"0123456789", *".,:;/-–%€$£₹°ºª½¾&+()hxXVIe ", "R$", "Sr. ", "M. ", "km", "\u202f", " de ", "siglo ", "er",
        "\n", "« ", " »", "डॉ.", "١", "²", "\ud800", "e\u0301", "millones", "secolo",
    ]  # fmt: skip
    for number in range(400):
        text = "".join(rng.choices(pieces, k=rng.randrange(1, 40)))
        if number % 4 == 0:
            text = "".join(chr(rng.randrange(0x110000)) for _ in range(40))
        spoken = spoken_form(text, language=language)
        assert spoken.source_length == len(text)
        assert len(spoken.spans) == len(spoken.text)
        assert all(0 <= start < end <= len(text) for start, end in spoken.spans)
        assert all(left[0] <= right[0] and left[1] <= right[1] for left, right in pairwise(spoken.spans))
        source, places = spoken.source_knots()
        assert (np.diff(source) > 0).all()
        assert (np.diff(places) >= 0).all()


@pytest.mark.parametrize(
    "unit",
    ["1", "1.", "1,", "1 ", "123 ", "1/", "Sr. ", "½", "$", "« ", "-", "I", "1:", "a.", "°", "a@", "a-", "x.es/"],
)
@pytest.mark.parametrize("language", CONVENTIONS)
def test_ten_thousand_times_one_token_takes_linear_time(unit: str, language: str) -> None:
    began = time.process_time()
    spoken_form(unit * 10_000, language=language)
    assert time.process_time() - began < 4
