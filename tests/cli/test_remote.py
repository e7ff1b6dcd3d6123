"""Addresses of a service."""

from __future__ import annotations

import ssl

import pytest
import typer

from app.cli.remote import checked_url, http_url, no_service, websocket_url


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/ws"),
        ("https://tts.example/", "wss://tts.example/ws"),
        ("ws://127.0.0.1:8000", "ws://127.0.0.1:8000/ws"),
        ("wss://tts.example/voice/ws?voice=am_puck", "wss://tts.example/voice/ws?voice=am_puck"),
        ("https://tts.example/voice", "wss://tts.example/voice/ws"),
        ("https://tts.example/voice/ws", "wss://tts.example/voice/ws"),
    ],
)
def test_any_address_of_a_service_leads_to_its_websocket(given: str, expected: str) -> None:
    assert websocket_url(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("ws://127.0.0.1:8000/ws", "http://127.0.0.1:8000"),
        ("wss://tts.example/voice/ws?voice=am_puck", "https://tts.example/voice"),
    ],
)
def test_any_address_of_a_service_leads_to_its_http(given: str, expected: str) -> None:
    assert http_url(given) == expected


@pytest.mark.parametrize("given", ["127.0.0.1:8000", "http://host:80a", "http://[::1", "ftp://host", "http://"])
def test_what_is_no_address_is_told_how_one_looks(given: str) -> None:
    with pytest.raises(typer.BadParameter, match="an address looks like http://127.0.0.1:8000, not"):
        checked_url(given)


def test_a_certificate_that_is_not_trusted_is_no_missing_service() -> None:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    said = no_service("https://tts.example", error)
    assert said.startswith("The certificate of https://tts.example is not trusted here: SSL_CERT_FILE names")
    assert "make serve" not in said
