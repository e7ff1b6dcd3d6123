"""Weights and voices from the Hugging Face hub, or from a mirror of it that ``HF_ENDPOINT`` names."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from app.assets.files import (
    CONFIG_NAME,
    MODEL_NAME,
    VOICE_SUFFIX,
    VOICES_FOLDER,
    AssetsUnavailable,
    sha256,
    with_file,
)

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

REPOSITORY = "hexgrad/Kokoro-82M"
PATTERNS = (CONFIG_NAME, MODEL_NAME, f"{VOICES_FOLDER}/*{VOICE_SUFFIX}")

ANSWER_TIMEOUT_S = 4.0
"""How long the hub may take to answer at all, before it counts as out of reach."""

CLIENT_FOLDER = ".cache"
"""Where the hub's client keeps notes and unfinished files, inside the folder that it downloads to."""


def fetch(folder: Path, progress: bool) -> dict[str, str]:
    """Fills ``folder`` with the repository's files; those that are there from an earlier call are not asked for again.

    Returns:
        The commit of the repository.

    Raises:
        AssetsUnavailable: the hub is out of reach, the download broke off, or a file is not what the hub says it is.
    """
    # Set before the client is imported, which reads it then; whoever serves speech did not ask to be counted.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import HfApi, constants, snapshot_download

    # The client's exceptions are those of the HTTP library it is built on, which changes between its versions: every
    # one of them means that there is nothing to be had from the hub now.
    try:
        repository = HfApi().model_info(REPOSITORY, files_metadata=True, timeout=ANSWER_TIMEOUT_S)
    except Exception as error:
        raise AssetsUnavailable(f"{constants.ENDPOINT} cannot be used: {_in_short(error)}") from error
    files = [file for file in repository.siblings or [] if _wanted(file.rfilename)]
    for unfinished in (folder / CLIENT_FOLDER).rglob("*.incomplete"):
        # Of a process that was killed. The client would not continue it, only lay another one beside it.
        unfinished.unlink()
    try:
        with _bars(progress):
            # By commit, so that what is checked below is what was listed above.
            snapshot_download(
                REPOSITORY, revision=repository.sha, local_dir=folder, allow_patterns=[file.rfilename for file in files]
            )
    except Exception as error:
        raise AssetsUnavailable(
            f"the download from {constants.ENDPOINT} broke off: {_in_short(error)}. Run it again: the files that came"
            " whole are kept"
        ) from error
    _check(folder, files)
    _keep_only(folder, {file.rfilename for file in files})
    return {REPOSITORY: str(repository.sha)}


def _wanted(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in PATTERNS)


def _in_short(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no reason given'}"


@contextlib.contextmanager
def _bars(shown: bool) -> Iterator[None]:
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    if shown or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()


def _check(folder: Path, files: list[RepoSibling]) -> None:
    """Compares every file with the checksum that the hub lists for it; a file that differs is removed."""
    for file in files:
        path = folder / file.rfilename
        expected: str | None
        if file.lfs is not None:
            expected, found = file.lfs.sha256, sha256(path)
        else:
            expected, found = file.blob_id, _git_blob_id(path)
        if expected not in (None, found):  # A mirror may list none; then the size, which the client checks, must do.
            path.unlink()
            raise AssetsUnavailable(
                f"{file.rfilename} came damaged: its checksum is {found}, and the hub lists {expected}."
                " Run it again: that file is downloaded anew"
            )


def _git_blob_id(path: Path) -> str:
    """The name that git, and with it the hub, gives to a file's content: a SHA-1 of its length and its bytes."""
    beginning = b"blob %d\0" % path.stat().st_size
    return with_file(hashlib.sha1(beginning, usedforsecurity=False), path).hexdigest()


def _keep_only(folder: Path, names: set[str]) -> None:
    """Removes the client's notes, and what is left of an earlier commit."""
    shutil.rmtree(folder / CLIENT_FOLDER, ignore_errors=True)
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in names:
            path.unlink()
