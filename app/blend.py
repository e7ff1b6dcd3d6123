"""Blends of voices: ``af_bella(2)+af_sky(1)`` is two parts of one voice and one part of another."""

from __future__ import annotations

import math
import re

MAX_PARTS = 8

_PART = re.compile(r"([+-])([^()+-]+)(?:\(([^()]*)\))?")


class BadBlend(ValueError):
    """What stands there is no blend. The message is written for the user."""


def parse_blend(text: str) -> dict[str, float]:
    """The voices of a blend and their shares, which add up to 1; a single name is a blend of one.

    A part that is subtracted has a negative share. Spaces mean nothing; a part without a weight has 1. The form is
    that of Kokoro-FastAPI's clients.

    Args:
        text: the names are not looked up.

    Raises:
        BadBlend: for anything else, more than ``MAX_PARTS`` parts, or weights that leave nothing.
    """
    packed = "".join(text.split())
    parts = list(_PART.finditer(f"+{packed}"))
    if not packed or "".join(part.group() for part in parts) != f"+{packed}":
        raise BadBlend('A blend is written as "af_bella(2)+af_sky(1)": names with their weights, joined by + or -.')
    if len(parts) > MAX_PARTS:
        raise BadBlend(f"A blend may have {MAX_PARTS} parts and this one has {len(parts)}.")
    weights: dict[str, float] = {}
    for part in parts:
        sign, name, weight = part.groups()
        weights[name] = weights.get(name, 0.0) + _weight(name, weight) * (1 if sign == "+" else -1)
    whole = math.fsum(weights.values())
    if whole <= 1e-6 * math.fsum(map(abs, weights.values())):
        raise BadBlend("The weights of a blend must add up to more than nothing.")
    return {name: weight / whole for name, weight in weights.items()}


def blend_name(shares: dict[str, float]) -> str:
    """The one way to write a blend, which ``parse_blend`` reads; a single voice is its name."""
    if len(shares) == 1:
        return next(iter(shares))
    parts = (f"{'-' if share < 0 else '+'}{name}({abs(share):.9g})" for name, share in shares.items())
    return "".join(parts).removeprefix("+")


def _weight(name: str, text: str | None) -> float:
    try:
        weight = 1.0 if text is None else float(text)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight > 0):
        raise BadBlend(f"The weight of {name} must be a number above 0, not {text!r}.")
    return weight
