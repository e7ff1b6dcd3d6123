"""One file over HTTP: continued where it stopped, checked before it gets its name."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import httpx
from tqdm import tqdm

from app.assets.files import with_file

PARTIAL_SUFFIX = ".partial"
ATTEMPTS = 3
TIMEOUT = httpx.Timeout(30, connect=10)


class DownloadFailed(Exception):
    """The file did not arrive whole; the message says why."""


def download(url: str, target: Path, integrity: str, *, progress: bool = False) -> None:
    """Downloads ``url`` to ``target``, unless it is there already.

    What came of a download that broke off stays beside the target and is continued, in this call or in a later one.

    Args:
        integrity: SHA-512 of the file as package registries write it, ``sha512-`` and base64.
        progress: show a bar with size and rate.

    Raises:
        DownloadFailed: the server could not be reached or refused, or the file is not the one asked for (it is
            removed then).
    """
    if target.exists() and integrity_of(target) == integrity:
        return
    partial = target.with_name(target.name + PARTIAL_SUFFIX)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _continue(url, partial, progress)
            break
        except httpx.HTTPStatusError as error:
            raise DownloadFailed(f"{url} answered {error.response.status_code}") from error
        except httpx.HTTPError as error:
            if attempt == ATTEMPTS:
                raise DownloadFailed(f"{url}: {type(error).__name__}: {error}") from error
    found = integrity_of(partial)
    if found != integrity:
        partial.unlink()
        raise DownloadFailed(f"{url} is not the file expected: its checksum is {found}, not {integrity}")
    os.replace(partial, target)


def _continue(url: str, partial: Path, progress: bool) -> None:
    have = partial.stat().st_size if partial.exists() else 0
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=TIMEOUT) as response:
        if have and response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # Nothing is left to come; the checksum tells whether what is here is right.
        response.raise_for_status()
        continued = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if not continued:
            have = 0
        length = response.headers.get("Content-Length")
        with (
            partial.open("ab" if continued else "wb") as file,
            tqdm(
                total=have + int(length) if length else None,
                initial=have,
                desc=partial.name.removesuffix(PARTIAL_SUFFIX),
                unit="B",
                unit_scale=True,
                disable=not progress,
            ) as bar,
        ):
            for block in response.iter_bytes():
                file.write(block)
                bar.update(len(block))


def integrity_of(path: Path) -> str:
    """SHA-512 of a file as package registries write it."""
    return "sha512-" + base64.b64encode(with_file(hashlib.sha512(), path).digest()).decode()
