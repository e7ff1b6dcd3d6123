"""The languages that can be spoken, and what segmentation has to know of English."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LANGUAGES = {"en-us": False, "en-gb": True}
"""Per language whether it is misaki's British English."""

ABBREVIATIONS = _words(
    "al approx apt ave blvd capt cf cmdr col cpl ed eds eq est fig figs hon lt maj op pp pt sec sgt sr vol vols"
)
"""Words that spaCy's English tokenizer parts from their full stop."""

NUMBERED = _words("art ch ex fig figs no nos nr p pp par pt sec vol vols")
"""Words whose full stop ends no sentence where a number follows: "No. 5"."""

INTRODUCTIONS = _words("cf. e.g. i.e. viz. vs. v. mr. mrs. ms. messrs. dr. prof. rev. gen. gov. sen. rep. mt.")
"""Abbreviations that end no sentence, whatever follows."""

SENTENCE_STARTERS = _words(
    """
    After All Although And Another As At Because Before But Did Do Does Each Even Every For He Her Here His How However
    I If In It Its Let Many Most My No Not Now On One Or Our Perhaps She Since So Some Such Than That The Their Then
    There These They This Those Though To Today Was We Were What When Where Which While Who Why With Would Yes Yet You
    Your
    """
)
"""Words that, written with a capital after an abbreviation, tell that it ended a sentence: "at 5 p.m. Then"."""
