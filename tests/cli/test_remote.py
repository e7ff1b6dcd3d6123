"""Addresses of a service."""

from __future__ import annotations

import ssl

import pytest

from app.cli.remote import http_url, no_service, websocket_url


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/ws"),
        ("https://tts.example/", "wss://tts.example/ws"),
        ("ws://127.0.0.1:8000", "ws://127.0.0.1:8000/ws"),
        ("wss://tts.example/voice/ws?voice=am_puck", "wss://tts.example/voice/ws?voice=am_puck"),
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


def test_a_certificate_that_is_not_trusted_is_no_missing_service() -> None:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    said = no_service("https://tts.example", error)
    assert said.startswith("The certificate of https://tts.example is not trusted here: SSL_CERT_FILE names")
    assert "make serve" not in said
