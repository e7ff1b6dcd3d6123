"""The language that a client asks for, in whichever dialect."""

from __future__ import annotations

from app.api.errors import ApiError
from app.languages import UnsupportedLanguage, find_language


def asked_language(tag: str | None) -> str | None:
    """``Options.language`` for what ``app.languages.find_language`` knows; None where nothing is asked for.

    Raises:
        ApiError: ``unsupported_language``.
    """
    if not tag:
        return None
    try:
        return find_language(tag)
    except UnsupportedLanguage as error:
        raise ApiError("unsupported_language", str(error)) from None
