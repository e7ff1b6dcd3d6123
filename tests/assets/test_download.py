"""One file over HTTP, from a loopback server that breaks off, forgets ranges or sends something else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.assets.download import DownloadFailed, download, integrity_of

CONTENT = bytes(range(256)) * 1000
HALF = len(CONTENT) // 2


class FileServer(ThreadingHTTPServer):
    """Serves one file, whatever the path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), FileHandler)
        self.content = CONTENT
        self.status = 200
        self.knows_ranges = True
        self.break_off_at: list[int] = []
        """Byte of the file at which each coming answer ends; answers after these are whole."""
        self.ranges: list[str | None] = []
        """The Range header of every request."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/file.tgz"


class FileHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FileServer

    def do_GET(self) -> None:
        server = self.server
        asked = self.headers.get("Range")
        server.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and server.knows_ranges else 0
        if server.status != 200 or start >= len(server.content):
            self.send_response(416 if server.status == 200 else server.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(server.content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(server.content) - 1}/{len(server.content)}")
        self.end_headers()
        end = server.break_off_at.pop(0) if server.break_off_at else len(server.content)
        self.wfile.write(server.content[start:end])
        self.close_connection = end < len(server.content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "file.tgz"


@pytest.fixture
def integrity(tmp_path: Path) -> str:
    original = tmp_path / "original"
    original.write_bytes(CONTENT)
    return integrity_of(original)


def test_the_integrity_is_written_as_registries_do(tmp_path: Path) -> None:
    file = tmp_path / "abc"
    file.write_bytes(b"abc")
    expected = "3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="
    assert integrity_of(file) == f"sha512-{expected}"


def test_a_file_arrives_whole_and_nothing_else_stays(server: FileServer, target: Path, integrity: str) -> None:
    download(server.url, target, integrity)
    assert target.read_bytes() == CONTENT
    assert {path.name for path in target.parent.iterdir()} == {"file.tgz", "original"}


def test_a_file_that_is_there_is_not_asked_for_again(server: FileServer, target: Path, integrity: str) -> None:
    target.write_bytes(CONTENT)
    download(server.url, target, integrity)
    assert server.ranges == []


def test_a_broken_connection_is_continued(server: FileServer, target: Path, integrity: str) -> None:
    server.break_off_at = [HALF]
    download(server.url, target, integrity)
    assert target.read_bytes() == CONTENT
    assert server.ranges == [None, f"bytes={HALF}-"]


def test_a_later_call_continues_what_an_earlier_one_left(server: FileServer, target: Path, integrity: str) -> None:
    server.break_off_at = [10, 20, 30]
    with pytest.raises(DownloadFailed):
        download(server.url, target, integrity)
    assert not target.exists()
    download(server.url, target, integrity)
    assert target.read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=30-"


def test_a_server_without_ranges_sends_all_of_it_again(server: FileServer, target: Path, integrity: str) -> None:
    server.knows_ranges = False
    server.break_off_at = [HALF]
    download(server.url, target, integrity)
    assert target.read_bytes() == CONTENT


def test_a_download_that_only_lacked_its_name_gets_it(server: FileServer, target: Path, integrity: str) -> None:
    target.with_name("file.tgz.partial").write_bytes(CONTENT)
    download(server.url, target, integrity)
    assert target.read_bytes() == CONTENT


def test_another_file_is_refused_and_the_next_call_starts_afresh(
    server: FileServer, target: Path, integrity: str
) -> None:
    server.content = bytes(len(CONTENT))
    with pytest.raises(DownloadFailed, match="checksum"):
        download(server.url, target, integrity)
    assert not target.exists()
    server.content = CONTENT
    download(server.url, target, integrity)
    assert server.ranges == [None, None]


def test_a_refusal_is_told_with_its_status(server: FileServer, target: Path, integrity: str) -> None:
    server.status = 403
    with pytest.raises(DownloadFailed, match="answered 403"):
        download(server.url, target, integrity)


def test_progress_shows_the_file_and_its_size(
    server: FileServer, target: Path, integrity: str, capfd: pytest.CaptureFixture[str]
) -> None:
    download(server.url, target, integrity, progress=True)
    assert "file.tgz: 100%" in capfd.readouterr().err
