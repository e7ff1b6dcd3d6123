"""Hindi units and abbreviations. espeak reads Hindi's numbers itself, so digits stay digits."""

from __future__ import annotations

from app.text.localized.conventions import Conventions, Gender, Noun


def _cardinal(value: int, gender: Gender) -> str:
    return str(value)


def _ordinal(value: int, form: str) -> str:
    return f"{value} {form}"


CONVENTIONS = Conventions(
    cardinal=_cardinal,
    ordinal=_ordinal,
    decimal_point="दशमलव",
    full_stop="डॉट",
    zero="0",
    minus="माइनस",
    percent="प्रतिशत",
    conjunction="और",
    range_word="से",
    number_sign="नंबर",
    at="ऐट",
    slash="स्लैश",
    hyphen="हाइफ़न",
    underscore="अंडरस्कोर",
    months=tuple("जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर".split()),
    first_of_month="1",
    date="{day} {month} {year}",
    hours="{hour} बजे",
    one_hour="{hour} बजे",
    time="{hour} बजकर {minute} मिनट",
    hour_gender="",
    currencies={
        "₹": (Noun("रुपया", "रुपये"), Noun("पैसा", "पैसे")),
        "Rs.": (Noun("रुपया", "रुपये"), Noun("पैसा", "पैसे")),
        "$": (Noun("डॉलर", "डॉलर"), Noun("सेंट", "सेंट")),
        "US$": (Noun("डॉलर", "डॉलर"), Noun("सेंट", "सेंट")),
        "€": (Noun("यूरो", "यूरो"), Noun("सेंट", "सेंट")),
        "£": (Noun("पाउंड", "पाउंड"), Noun("पेंस", "पेंस")),
        "¥": (Noun("येन", "येन"), Noun("सेन", "सेन")),
    },
    money_with_cents="{whole} {cents} {coin}",
    of="",
    units={
        "km": Noun("किलोमीटर", "किलोमीटर"),
        "m": Noun("मीटर", "मीटर"),
        "cm": Noun("सेंटीमीटर", "सेंटीमीटर"),
        "mm": Noun("मिलीमीटर", "मिलीमीटर"),
        "km/h": Noun("किलोमीटर प्रति घंटा", "किलोमीटर प्रति घंटा"),
        "kg": Noun("किलो", "किलो"),
        "g": Noun("ग्राम", "ग्राम"),
        "mg": Noun("मिलीग्राम", "मिलीग्राम"),
        "l": Noun("लीटर", "लीटर"),
        "L": Noun("लीटर", "लीटर"),
        "ml": Noun("मिलीलीटर", "मिलीलीटर"),
        "°C": Noun("डिग्री सेल्सियस", "डिग्री सेल्सियस"),
        "°": Noun("डिग्री", "डिग्री"),
        "GB": Noun("गीगाबाइट", "गीगाबाइट"),
        "MB": Noun("मेगाबाइट", "मेगाबाइट"),
        "किमी": Noun("किलोमीटर", "किलोमीटर"),
        "कि.मी.": Noun("किलोमीटर", "किलोमीटर"),
        "किग्रा": Noun("किलोग्राम", "किलोग्राम"),
        "कि.ग्रा.": Noun("किलोग्राम", "किलोग्राम"),
    },
    fractions={"½": "आधा", "¼": "एक चौथाई", "¾": "तीन चौथाई"},
    and_fraction="और",
    ordinal_marks={mark: mark for mark in ("वाँ", "वां", "वीं", "वें")},
    abbreviations={
        "डॉ.": "डॉक्टर", "प्रो.": "प्रोफ़ेसर", "रु.": "रुपये", "सं.": "संख्या", "पृ.": "पृष्ठ", "ई.पू.": "ईसा पूर्व",
    },
    closing=frozenset(),
    magnitudes=frozenset("हज़ार हजार लाख करोड़ अरब".split()),
    indian_grouping=True,
)  # fmt: skip
