"""Addresses of a service."""

from __future__ import annotations

import pytest

from app.remote import http_url, websocket_url


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
