"""How to say words that the dictionaries lack and that espeak's rules get wrong."""

from __future__ import annotations

import re

_AMERICAN = {
    # Names of people and places, with and without their diacritics.
    "bjork": "bjˈɔɹk", "bronte": "bɹˈɑnti", "ceausescu": "ʧWʃˈɛsku", "cholmondeley": "ʧˈʌmli", "dvorak": "dəvˈɔɹʒæk",
    "erdogan": "ˈɛɹdəwɑn", "krakow": "kɹˈɑkW", "lodz": "wˈuʤ", "malmo": "mˈɑlmO",
    "nguyen": "nəwˈɪn", "niamh": "nˈiv", "Xi": "ʃˈi", "zelensky": "zəlˈɛnski",
    # Brands. Compounds written with two capitals would have their stress on the second part.
    "CUDA": "kˈudə", "DALL": "dˈɑl", "GitHub": "ɡˈɪthˌʌb", "GitLab": "ɡˈɪtlˌæb", "givenchy": "ʒˌivɑnʃˈi",
    "huawei": "wˈɑwA", "LLaMA": "lˈɑmə", "PayPal": "pˈApˌæl", "PlayStation": "plˈAstˌAʃən",
    "PostgreSQL": "pˈOstɡɹɛs kjˌuˈɛl", "PyPI": "pˌIpˌiˈI", "qwen": "kwˈɛn", "skoda": "skˈOdə",
    "WhatsApp": "wˈʌtsˌæp", "xiaomi": "ʃˈWmi",
    # Computing.
    "async": "ˈAsˌɪŋk", "config": "kˈɑnfɪɡ", "configs": "kˈɑnfɪɡz", "enum": "ˈinʌm", "IPv": "ˌIpˌivˈi",
    "kwargs": "kˈAwˌɑɹɡz", "nullptr": "nˈʌl pˈYntəɹ", "numpy": "nˈʌmpˌI", "pytest": "pˈItˌɛst",
    "readme": "ɹˈidmˌi", "README": "ɹˈidmˌi", "ReLU": "ɹˈɛlju", "SATA": "sˈAɾə", "scipy": "sˈIpˌI",
    "systemctl": "sˈɪstəm sˌitˌiˈɛl", "tmux": "tˈimˌʌks", "tsconfig": "tˌiˌɛskˈɑnfɪɡ", "Vite": "vˈit",
    # Loanwords, as they are without their diacritics.
    "crwth": "kɹˈuθ", "deja": "dˈAʒɑ", "jalapeno": "hˌɑləpˈAnjO",
    # What is a sound and not a word.
    "brr": "bɹɹ", "grr": "ɡɹɹ", "sh": "ʃʃ", "shh": "ʃʃ", "zz": "zzz",
}  # fmt: skip

_VOWEL = "[AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻˈˌ]"
_BRITISH = (
    (re.compile(f"([ɑɔɜ])ɹ(?!{_VOWEL})"), r"\1ː"),
    (re.compile(f"əɹ(?!{_VOWEL})"), "ə"),
    (re.compile("O"), "Q"),
    (re.compile("æ"), "a"),
    (re.compile("ɾ"), "t"),
)


def pronunciations(british: bool) -> dict[str, str]:
    """Words, as they are written at the beginning of a sentence as well, to misaki's phonemes."""
    words = {}
    for word, phonemes in _AMERICAN.items():
        for pattern, replacement in _BRITISH if british else ():
            phonemes = pattern.sub(replacement, phonemes)
        words[word] = phonemes
        if word.islower():
            words[word.capitalize()] = phonemes
    return words


_CLUSTER = re.compile(r"(?P<first>sh|ch|zh|th|kh|ts|ph|[b-df-hj-npr-tvwz])[b-df-hj-np-tv-z]{1,2}(?=[aeiouy])", re.I)
_ONSETS = {
    **{letter: letter for letter in "bdfhklmnpstvwz"},
    "c": "k", "g": "ɡ", "j": "ʤ", "r": "ɹ", "sh": "ʃ", "ch": "ʧ", "zh": "ʒ", "th": "θ", "kh": "k",
    "ts": "ts", "ph": "f",
}  # fmt: skip
_NAMES: dict[str, str | tuple[str, ...]] = {
    "b": "bi", "c": "si", "d": "di", "f": "ɛf", "g": "ʤi", "h": "Aʧ", "j": "ʤA", "k": "kA", "l": "ɛl", "m": "ɛm",
    "n": "ɛn", "p": "pi", "r": "ɑ", "s": "ɛs", "t": "ti", "v": "vi", "w": "dʌb", "z": ("zi", "zɛd"),
}  # fmt: skip
_FLOWING = frozenset("sʃzʒfθv")
"""Sounds that need no vowel before another consonant."""

_PROSODY = str.maketrans("", "", "ˈˌː")


def spelled_onset(word: str, phonemes: str) -> tuple[str, str] | None:
    """The first sound of a word that espeak began to spell, and the rest of the word; None where it did not.

    espeak says the names of letters that cannot begin an English word: "Dvorak" is "D vorak".

    Args:
        phonemes: what espeak made of the word.
    """
    cluster = _CLUSTER.match(word)
    if cluster is None or not word.isalpha() or not word[1:].islower():
        return None
    if not phonemes.translate(_PROSODY).startswith(_NAMES[word[0].lower()]):
        return None
    onset = _ONSETS[cluster["first"].lower()]
    return onset if onset in _FLOWING else f"{onset}ə", word[cluster.end("first") :]


_PLURAL = re.compile(r"[B-HJ-TV-Z]s")


def plain_plural(word: str) -> str:
    """ "Ps" as "P's", which misaki takes for a plural rather than for two letters."""
    return f"{word[0]}'s" if _PLURAL.fullmatch(word) and word != "As" else word
