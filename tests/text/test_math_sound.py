from __future__ import annotations

import pytest

from app.text.g2p import Pronouncer
from app.text.math import speakable_math


@pytest.fixture(scope="module")
def american() -> Pronouncer:
    return Pronouncer(british=False)


@pytest.fixture(scope="module")
def british() -> Pronouncer:
    return Pronouncer(british=True)


def sound(text: str, pronounce: Pronouncer) -> str:
    return "".join(part.phonemes for part in pronounce(speakable_math(text)))


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("$a$", "ˈA"),
        ("$a + b = A$", "ˈA plˈʌs bˈi ˈikwᵊlz kˈæpəTᵊl ˈA"),
        ("$x^2 + a$", "ˈɛks skwˈɛɹd plˈʌs ˈA"),
        ("$i \\cdot I$", "ˈI tˈImz kˈæpəTᵊl ˈI"),
        ("$\\pi \\theta \\xi$", "pˈI θˈATə zI"),
        ("$\\frac{3}{4}$", "θɹˈi kwˈɔɹTəɹz"),
        ("the $k$-th and $n$th", "ðə kˈAθ ænd ˈɛnθ"),
        ("H₂O and Na⁺", "ˈAʧ tˈu ˈO ænd ˈɛn ˈA plˈʌs"),
        ("10⁻³", "tˈɛn tə ðə pˈWəɹ ʌv mˈInəs θɹˈi"),
        ("$2 m$", "tˈu ˈɛm"),
        ("$5 \\in S$", "fˈIv ɪn ˈɛs"),
    ],
)
def test_variables_are_heard_as_letters_and_numbers_as_numbers(text: str, heard: str, american: Pronouncer) -> None:
    assert sound(text, american) == heard


def test_a_is_the_letter_wherever_it_stands_in_both_accents(american: Pronouncer, british: Pronouncer) -> None:
    text = "$a$ is $a$; $a_1$ and $\\frac{a}{b}$, $4ac$, $f(a)$ or $a \\in A$, $|a|$"
    for pronounce in (american, british):
        assert sound(text, pronounce).count("ˈA") == sound(text, pronounce).count("A") == 9
        assert "ɐ " not in sound(text, pronounce)
