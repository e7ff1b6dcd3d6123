"""The loudspeaker, with miniaudio's device that plays to nobody in real time in place of a sound card."""

from __future__ import annotations

import os
import sys
from typing import Any

import miniaudio
import pytest

from app.cli import loudspeaker
from app.cli.loudspeaker import Loudspeaker, NoLoudspeaker

RATE_HZ = 24_000
REAL_DEVICE = miniaudio.PlaybackDevice


class Device:
    """One that a test asks for sound, as its thread would."""

    backend = "A sound card"

    def __init__(self) -> None:
        self.supply: Any = None
        self.is_open = True

    def start(self, supply: Any) -> None:
        self.supply = supply

    def close(self) -> None:
        self.is_open = False


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    made = Device()
    monkeypatch.setattr(loudspeaker, "_opened", lambda rate_hz: made)
    return made


async def test_it_gives_what_came_without_a_gap_and_silence_where_nothing_is_left(device: Device) -> None:
    speaker = Loudspeaker(RATE_HZ)
    speaker.write(b"\1\0" * 100)
    speaker.write(b"\2\0" * 100)
    assert device.supply.send(150) == b"\1\0" * 100 + b"\2\0" * 50
    assert device.supply.send(150) == b"\2\0" * 50
    assert device.supply.send(150) == b""
    speaker.write(b"\3\0" * 10)
    assert device.supply.send(150) == b"\3\0" * 10


async def test_it_has_been_heard_when_the_device_has_asked_for_as_much_as_it_holds(device: Device) -> None:
    speaker = Loudspeaker(RATE_HZ)
    speaker.write(bytes(2))

    async def ask(seconds: float) -> None:
        asked.append(device.supply.send(1))

    asked: list[bytes] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loudspeaker, "_sleep", ask)
        await speaker.played()
    assert asked == [bytes(2)] + [b""] * (loudspeaker.PERIODS + 1)
    speaker.finish()
    assert not device.is_open


async def test_a_device_that_takes_nothing_any_more_is_told_in_a_sentence(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(seconds: float) -> None:
        pass

    monkeypatch.setattr(loudspeaker, "_sleep", nothing)
    with pytest.raises(NoLoudspeaker, match="stopped taking sound"):
        await Loudspeaker(RATE_HZ).played()


async def test_the_library_plays_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def null_device(*arguments: Any, **named: Any) -> Any:
        made = REAL_DEVICE(*arguments, **named, backends=[miniaudio.Backend.NULL])
        monkeypatch.setattr(made, "backend", "A sound card")
        return made

    monkeypatch.setattr(miniaudio, "PlaybackDevice", null_device)
    speaker = Loudspeaker(RATE_HZ)
    speaker.write(bytes(RATE_HZ // 5))
    await speaker.played()
    assert not speaker._waiting
    speaker.finish()


def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "miniaudio", None)
    with pytest.raises(NoLoudspeaker, match=r"needs the package miniaudio: `pip install miniaudio`"):
        Loudspeaker(RATE_HZ)


def test_without_a_sound_card_it_says_so_and_silences_the_library(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def none(*arguments: Any, **named: Any) -> Any:
        os.write(2, b"ALSA lib conf.c: cannot find card '0'\n")
        raise miniaudio.MiniaudioError("failed to init device", -401)

    monkeypatch.setattr(miniaudio, "PlaybackDevice", none)
    with pytest.raises(NoLoudspeaker, match="no loudspeaker that can be used"):
        Loudspeaker(RATE_HZ)
    assert capfd.readouterr().err == ""


def test_silence_without_a_sound_system_is_no_loudspeaker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        miniaudio,
        "PlaybackDevice",
        lambda *arguments, **named: REAL_DEVICE(*arguments, **named, backends=[miniaudio.Backend.NULL]),
    )
    with pytest.raises(NoLoudspeaker, match="no sound system"):
        Loudspeaker(RATE_HZ)
