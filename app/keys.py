"""API keys: made once, stored as hashes, and looked up among entries that may change while the service runs."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from app.settings import AuthSettings, KeyEntry

logger = logging.getLogger(__name__)

KEY_PREFIX = "kokoro_"
"""By this people, and programs that look for leaked secrets, tell what a key is for."""

LOOK_EVERY_S = 1.0
"""How often a file of keys is looked at while requests come."""

_entries = TypeAdapter(list[KeyEntry])

Signature = tuple[int, int, int]
"""Of a file's state: when it was changed (ns), its length, and its number on the disk."""


class KeysUnreadable(ValueError):
    """A file of keys that is missing or wrong. The message names it, and never quotes it."""


def new_key() -> str:
    """A key of 256 random bits, fit for headers and URLs."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """What is stored of a key: its SHA-256, hexadecimal.

    One round without salt is enough. Slow hashes protect passwords that can be guessed; nobody guesses 256 bits, and a
    slow hash at every request would be a way to wear the service out.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def parse_entries(text: str, source: Path) -> list[KeyEntry]:
    """The entries in the text of a file.

    Args:
        text: YAML, a list of entries; ``[]`` for none. A file with nothing in it is one that is being written.
        source: the file, for the message of an error.

    Raises:
        KeysUnreadable: when the text is anything else.
    """
    try:
        found = yaml.safe_load(text)
        if not isinstance(found, list):
            raise KeysUnreadable(f"{source} must hold a list of keys, or [] for none.")
        return _entries.validate_python(found)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise KeysUnreadable(
            f"{source} is not YAML{where}: {getattr(error, 'problem', 'it cannot be read')}."
        ) from None
    except ValidationError as error:
        wrong = error.errors()[0]
        place, *field = wrong["loc"]
        name = f", {'.'.join(map(str, field))}" if field else ""
        raise KeysUnreadable(f"{source}, entry {int(place) + 1}{name}: {wrong['msg']}.") from None


class Keys:
    """The keys of the settings and of the file that they name.

    The file is read again when it changes. One that is wrong then keeps the keys of before, and the log says what is
    wrong: a service must not open, nor shut everybody out, because somebody is still writing.

    Args:
        settings: read at every use, so that a live change of ``auth.keys`` holds at once.
        clock: seconds, monotonic.

    Raises:
        KeysUnreadable: the file is missing or wrong from the beginning.
    """

    def __init__(self, settings: Callable[[], AuthSettings], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._file = settings().keys_file
        self._of_file: list[KeyEntry] = []
        self._seen: Signature | None = None
        self._looks_at = clock() + LOOK_EVERY_S
        if self._file is not None:
            self._seen = _signature(self._file)
            self._of_file = _read(self._file)

    @property
    def exist(self) -> bool:
        """Whether there is any: if not, everybody may use the service."""
        return bool(self._entries())

    def find(self, key: str) -> KeyEntry | None:
        """The entry of a key. How long this takes tells nothing of the keys that there are."""
        given = hash_of(key)
        found = None
        for entry in self._entries():
            if hmac.compare_digest(entry.hash, given):
                found = entry
        return found

    def warning(self, host: str) -> str | None:
        """What to warn of at a start: without keys, everybody who reaches the host may use the service.

        Args:
            host: name or address that the service listens at.

        Returns:
            A sentence for the user, or None: there are keys, or the host is reached from this machine alone.
        """
        if self.exist or _is_loopback(host):
            return None
        return (
            f"Everybody who reaches {host} can use this service, since it has no API keys. `kokoro-serve key NAME` "
            "makes one, for the setting auth.keys or the file that auth.keys_file names."
        )

    def _entries(self) -> list[KeyEntry]:
        if self._file is not None and self._clock() >= self._looks_at:
            self._looks_at = self._clock() + LOOK_EVERY_S
            self._look_at(self._file)
        return [*self._settings().keys, *self._of_file]

    def _look_at(self, file: Path) -> None:
        # Before the content: what changes while it is read is read again the next time.
        signature = _signature(file)
        if signature == self._seen:
            return
        self._seen = signature
        try:
            self._of_file = _read(file)
            logger.info("%s was read again: %d keys", file, len(self._of_file))
        except KeysUnreadable as error:
            logger.error("The keys of before stay in force, since the file of keys cannot be used. %s", error)


def add_entry(file: Path, entry: KeyEntry) -> None:
    """Writes an entry behind those that a file of keys has; makes the file if there is none.

    The file is replaced as a whole, so that nobody reads the half of it.

    Raises:
        KeysUnreadable: the file is none of keys, or is not written line by line; it stays as it is.
        OSError: it cannot be written.
    """
    text = file.read_text("utf-8") if file.exists() else ""
    entries = parse_entries(text if text.strip() else "[]", file)
    new = f"{text.rstrip()}\n{as_yaml(entry)}" if entries else as_yaml(entry)
    try:
        is_added = parse_entries(new, file) == [*entries, entry]
    except KeysUnreadable:
        is_added = False
    if not is_added:
        raise KeysUnreadable(f"{file} holds a list that is not written line by line: add the entry yourself.")
    target = file.resolve()
    written = target.with_name(f"{target.name}.new")
    written.write_text(new, "utf-8")
    if target.exists():
        shutil.copymode(target, written)
    written.replace(target)


def as_yaml(entry: KeyEntry) -> str:
    """An entry as an item of a list in a file of keys."""
    return yaml.safe_dump([entry.model_dump(exclude_defaults=True)], sort_keys=False, allow_unicode=True)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _signature(file: Path) -> Signature | None:
    try:
        state = file.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def _read(file: Path) -> list[KeyEntry]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise KeysUnreadable(f"The setting auth.keys_file names {file}, which cannot be read: {reason}.") from None
    return parse_entries(text, file)
