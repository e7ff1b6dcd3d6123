"""Keys: what is stored of them, and a file of them that changes while the service runs."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest
import yaml

from app.keys import LOOK_EVERY_S, Keys, KeysUnreadable, add_entry, hash_of, new_key
from app.settings import AuthSettings, KeyEntry
from tests.fakes import FakeClock


def entry(name: str, key: str, **fields: object) -> dict[str, object]:
    return {"name": name, "hash": hash_of(key), **fields}


class Rig:
    """Keys over a file that tests write, and a clock that they advance."""

    def __init__(self, file: Path, *entries: dict[str, object]) -> None:
        self.file = file
        self.clock = FakeClock()
        self.write(*entries)
        self.settings = AuthSettings(keys_file=file)
        self.keys = Keys(lambda: self.settings, clock=self.clock)

    def write(self, *entries: dict[str, object]) -> None:
        self.file.write_text(yaml.safe_dump(list(entries)))

    def later(self) -> Keys:
        """The keys, after the file may have been looked at again."""
        self.clock.advance(LOOK_EVERY_S)
        return self.keys


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.yaml"


def test_a_key_is_long_random_and_fit_for_headers_and_urls() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        assert len(key) >= 43
        assert key.replace("-", "").replace("_", "").isalnum()
        assert key.isascii()
        assert len(hash_of(key)) == 64


def test_a_key_is_found_by_its_hash_and_others_are_not() -> None:
    mine, other = new_key(), new_key()
    settings = AuthSettings(keys=[KeyEntry(name="other", hash=hash_of(other)), KeyEntry(name="me", hash=hash_of(mine))])
    keys = Keys(lambda: settings)

    found = keys.find(mine)

    assert found is not None
    assert found.name == "me"
    assert keys.exist
    for wrong in ("", mine[:-1], mine + " ", mine.upper(), hash_of(mine), "\ud800"):
        assert keys.find(wrong) is None


def test_without_entries_there_are_no_keys(file: Path) -> None:
    assert not Keys(AuthSettings).exist
    assert not Rig(file).keys.exist


def test_keys_of_the_settings_change_at_once(file: Path) -> None:
    key = new_key()
    rig = Rig(file)
    rig.settings = rig.settings.model_copy(update={"keys": [KeyEntry(name="live", hash=hash_of(key))]})

    assert rig.keys.find(key) is not None


def test_a_file_is_read_again_when_it_changes(file: Path) -> None:
    first, second = new_key(), new_key()
    rig = Rig(file, entry("first", first))
    assert rig.keys.find(first) is not None

    rig.write(entry("second", second, admin=True, max_concurrent=3))

    assert rig.keys.find(second) is None, "not looked at again yet"
    found = rig.later().find(second)
    assert found is not None
    assert (found.name, found.admin, found.max_concurrent) == ("second", True, 3)
    assert rig.keys.find(first) is None


def test_a_file_that_another_one_replaces_is_read_again(file: Path, tmp_path: Path) -> None:
    key = new_key()
    rig = Rig(file, entry("first", new_key()))
    replacement = tmp_path / "new"
    replacement.write_text(yaml.safe_dump([entry("other", key)]))

    replacement.replace(file)

    assert rig.later().find(key) is not None


BROKEN = {
    "nothing, as of an editor that has just begun to write": "",
    "a comment alone": "# keys\n",
    "no YAML": "- name: [",
    "no list": "name: me",
    "half an entry": "- name: me\n",
    "a key in the place of its hash": "- {name: me, hash: kokoro_SECRET}",
    "an unknown field": f"- {{name: me, hash: {'0' * 64}, admn: true}}",
    "no UTF-8": "- name: \ud800",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_keeps_the_keys_of_before_and_is_told_once(
    file: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    key = new_key()
    rig = Rig(file, entry("me", key))
    file.write_bytes(text.encode("utf-8", "surrogatepass"))

    assert rig.later().find(key) is not None
    assert rig.later().exist

    (told,) = (record for record in caplog.records if record.levelno >= logging.ERROR)
    assert str(file) in told.getMessage()
    assert "SECRET" not in told.getMessage()


def test_a_file_that_is_gone_keeps_the_keys_until_it_is_there_again(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key, another = new_key(), new_key()
    rig = Rig(file, entry("me", key))
    file.unlink()

    assert rig.later().find(key) is not None
    assert "cannot be read" in caplog.text

    rig.write(entry("me", another))
    assert rig.later().find(another) is not None
    assert rig.keys.find(key) is None


@pytest.mark.parametrize("text", [*BROKEN.values(), None], ids=[*BROKEN.keys(), "no file"])
def test_a_file_that_is_wrong_at_the_start_is_an_error_that_names_it(file: Path, text: str | None) -> None:
    if text is not None:
        file.write_bytes(text.encode("utf-8", "surrogatepass"))

    with pytest.raises(KeysUnreadable, match="keys.yaml") as raised:
        Keys(lambda: AuthSettings(keys_file=file))

    assert "SECRET" not in str(raised.value)


@pytest.mark.parametrize("before", [None, "", "[]\n", "# ours\n- {name: a, hash: HASH}\n", "- name: a\n  hash: HASH"])
def test_an_entry_is_added_behind_those_of_a_file(file: Path, before: str | None) -> None:
    if before is not None:
        file.write_text(before.replace("HASH", hash_of("a")))
    key = new_key()

    add_entry(file, KeyEntry(name="new: one", hash=hash_of(key), admin=True, max_concurrent=2))

    keys = Keys(lambda: AuthSettings(keys_file=file))
    found = keys.find(key)
    assert found == KeyEntry(name="new: one", hash=hash_of(key), admin=True, max_concurrent=2)
    assert (keys.find("a") is not None) == ("a" in (before or ""))
    assert ("# ours" in file.read_text()) == ("# ours" in (before or ""))


@pytest.mark.parametrize("before", ["name: a\n", "[{name: a, hash: HASH}]\n"])
def test_a_file_that_nothing_can_be_added_to_stays_as_it_is(file: Path, before: str) -> None:
    before = before.replace("HASH", hash_of("a"))
    file.write_text(before)

    with pytest.raises(KeysUnreadable, match="keys.yaml"):
        add_entry(file, KeyEntry(name="new", hash=hash_of("b")))

    assert file.read_text() == before


def test_a_file_that_others_may_not_read_stays_so(file: Path) -> None:
    file.touch(0o600)
    add_entry(file, KeyEntry(name="new", hash=hash_of("b")))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "tts.example.org"])
def test_a_host_that_others_reach_is_warned_of_while_there_are_no_keys(host: str) -> None:
    warning = Keys(AuthSettings).warning(host)
    assert warning is not None
    assert host in warning
    assert "kokoro-serve key" in warning
    locked = AuthSettings(keys=[KeyEntry(name="a", hash=hash_of("a"))])
    assert Keys(lambda: locked).warning(host) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
def test_a_host_that_only_this_machine_reaches_is_not_warned_of(host: str) -> None:
    assert Keys(AuthSettings).warning(host) is None
