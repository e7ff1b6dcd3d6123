"""The characters of mathematics, and what they stand for."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from app.text.mathematics.symbols import COMMANDS, GREEK, NUMBER_SETS, Symbol

_NAMED_BY = {
    "±": "pm", "∓": "mp", "×": "times", "⋅": "cdot", "·": "cdot", "∙": "cdot", "∗": "ast", "÷": "div", "∘": "circ",
    "⊕": "oplus", "⊗": "otimes", "⊙": "odot", "∪": "cup", "∩": "cap", "∖": "setminus", "∧": "wedge", "∨": "vee",
    "≤": "le", "≦": "le", "⩽": "le", "≥": "ge", "≧": "ge", "⩾": "ge", "≪": "ll", "≫": "gg", "≠": "ne", "≈": "approx",
    "≡": "equiv", "≅": "cong", "∼": "sim", "≃": "simeq", "≍": "asymp", "∝": "propto", "≺": "prec", "≻": "succ",
    "∈": "in", "∊": "in", "∉": "notin", "∋": "ni", "⊂": "subset", "⊆": "subseteq", "⊊": "subsetneq", "⊈": "nsubseteq",
    "⊃": "supset", "⊇": "supseteq", "∥": "parallel", "⊥": "perp", "∣": "mid", "∤": "nmid", "≔": "coloneqq",
    "≜": "triangleq", "⊨": "models", "⊢": "vdash", "→": "to", "⟶": "to", "↦": "mapsto", "⟼": "mapsto",
    "↪": "hookrightarrow", "↠": "twoheadrightarrow", "←": "gets", "⟵": "gets", "↔": "leftrightarrow",
    "⇌": "rightleftharpoons", "⇒": "implies", "⟹": "implies", "⇐": "impliedby", "⟸": "impliedby", "⇔": "iff",
    "⟺": "iff", "∴": "therefore", "∵": "because", "∀": "forall", "∃": "exists", "∄": "nexists", "¬": "neg", "∑": "sum",
    "∏": "prod", "∐": "coprod", "∫": "int", "∬": "iint", "∭": "iiint", "∮": "oint", "∯": "oiint", "⋃": "bigcup",
    "⋂": "bigcap", "⨁": "bigoplus", "⨂": "bigotimes", "⋁": "bigvee", "⋀": "bigwedge", "∞": "infty", "∅": "emptyset",
    "∂": "partial", "∇": "nabla", "∠": "angle", "△": "triangle", "ℓ": "ell", "ℏ": "hbar", "ℵ": "aleph", "ℜ": "Re",
    "ℑ": "Im", "⊤": "top", "…": "dots", "⋯": "dots", "⋮": "dots", "⋱": "dots", "′": "prime", "†": "dagger",
    "°": "degree", "⟨": "langle", "⟩": "rangle", "⌊": "lfloor", "⌋": "rfloor", "⌈": "lceil", "⌉": "rceil", "‖": "Vert",
}  # fmt: skip

CHARACTERS: dict[str, Symbol] = {
    **{character: COMMANDS[name] for character, name in _NAMED_BY.items()},
    "+": Symbol("binary", "plus"),
    "-": Symbol("binary", "minus"),
    "−": Symbol("binary", "minus"),
    "–": Symbol("binary", "minus"),
    "*": Symbol("binary", "times"),
    "/": Symbol("binary", "over"),
    "∕": Symbol("binary", "over"),
    "⁄": Symbol("binary", "over"),
    "∶": Symbol("mark", ":"),
    "=": Symbol("relation", "equals"),
    "<": Symbol("relation", "less than"),
    ">": Symbol("relation", "greater than"),
    "~": Symbol("skip", ""),
    "$": Symbol("skip", ""),
    "(": Symbol("open", "("),
    "[": Symbol("open", "["),
    ")": Symbol("close", ")"),
    "]": Symbol("close", "]"),
    "|": Symbol("bar", "|"),
    ",": Symbol("mark", ","),
    ";": Symbol("mark", ";"),
    ":": Symbol("mark", ":"),
    ".": Symbol("mark", "."),
    "?": Symbol("mark", "?"),
    "!": Symbol("postfix", "factorial"),
    "%": Symbol("postfix", "percent"),
    "'": Symbol("postfix", "prime"),
    "’": Symbol("postfix", "prime"),
    "\u0302": Symbol("postfix", "hat"),
    "\u0303": Symbol("postfix", "tilde"),
    "\u0304": Symbol("postfix", "bar"),
    "\u0305": Symbol("postfix", "bar"),
    "\u0307": Symbol("postfix", "dot"),
    "\u0308": Symbol("postfix", "double dot"),
    "\u20d7": Symbol("postfix", "vector"),
    "@": Symbol("word", "at"),
    "#": Symbol("word", "number"),
}
"""Single characters, those of Unicode and those of ASCII."""

DIGRAPHS: dict[str, Symbol] = {
    "!=": COMMANDS["ne"],
    "=/=": COMMANDS["ne"],
    "<=": COMMANDS["le"],
    ">=": COMMANDS["ge"],
    "==": CHARACTERS["="],
    ":=": COMMANDS["coloneqq"],
    "->": COMMANDS["to"],
    "=>": COMMANDS["implies"],
    "<=>": COMMANDS["iff"],
    "<->": COMMANDS["leftrightarrow"],
    "+-": COMMANDS["pm"],
    "+/-": COMMANDS["pm"],
    "**": Symbol("binary", "to the power of"),
    "...": COMMANDS["dots"],
    "''": Symbol("postfix", "double prime"),
    "||": COMMANDS["Vert"],
}
"""Signs that are written with several characters of ASCII."""

CLOSERS = {"(": ")", "[": "]", "{": "}", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉", "|": "|", "‖": "‖"}
"""Per opening fence the closing one."""

SUPERSCRIPTS = {
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾", "0123456789+-=()", strict=True)),
    **dict(zip("ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ", "abcdefghijklmnoprstuvwxyzT", strict=True)),
}
SUBSCRIPTS = {
    **dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", "0123456789+-=()", strict=True)),
    **dict(zip("ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "aehijklmnoprstuvx", strict=True)),
}

ELEMENTS = frozenset(
    """
    H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo
    Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb
    Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am
    """.split()
)
"""Symbols of the chemical elements."""


@lru_cache(maxsize=4096)
def plain_letter(character: str) -> str:
    """The letter that a mathematical one is a style of ("𝑥", "ℎ"), with the name of a command for a Greek one.

    Empty for what is no letter of Latin or Greek.
    """
    letter = unicodedata.normalize("NFKC", character)
    if len(letter) != 1 or not letter.isalpha():
        return ""
    if letter.isascii():
        return letter
    _, _, name = unicodedata.name(letter, "").partition("GREEK ")
    case, _, name = name.partition(" LETTER ")
    name = {"lamda": "lambda", "final sigma": "sigma"}.get(name.lower(), name.lower())
    if name not in GREEK:
        # Letters with accents are those of Greek words.
        return ""
    return name.capitalize() if case == "CAPITAL" else name


@lru_cache(maxsize=1024)
def number_set(character: str) -> str:
    """What a letter of blackboard bold, in Unicode, stands for; empty for any other character."""
    name = unicodedata.name(character, "") if not character.isascii() else ""
    bold = name.startswith(("DOUBLE-STRUCK CAPITAL", "MATHEMATICAL DOUBLE-STRUCK CAPITAL"))
    return NUMBER_SETS.get(unicodedata.normalize("NFKC", character), "") if bold else ""
