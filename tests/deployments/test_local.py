"""What ``make serve`` says when it cannot start."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.config import read
from deployments.local import PROJECT, StartFailed, brief, check_port, checked, with_address
from deployments.tls import Certificate


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deployments.local"],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_port_in_use_is_named_with_a_way_out() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = run(PORT=str(port))
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert f"make serve PORT={port + 1}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid"])
def test_a_host_that_is_not_of_this_machine_is_named(host: str) -> None:
    with pytest.raises(StartFailed, match=f"{host}.*HOST must be an address of this machine"):
        check_port(host, 8000)


@pytest.mark.parametrize("port", ["eight", "70000", "-1"])
def test_a_port_that_is_none_is_named(port: str) -> None:
    done = run(PORT=port)
    assert done.returncode == 1
    assert port in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["- a list\n", "{unclosed", ""])
def test_a_file_that_is_no_serve_config_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(StartFailed, match=r"mine\.yaml"):
        checked(file)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"TLS": "yes"}, "TLS must be self-signed, or the paths"),
        ({"KOKORO_SERVE_AUTH__KEYS_FILE": "/nowhere/keys.yaml"}, "/nowhere/keys.yaml, which cannot be read"),
        ({"KOKORO_SERVE_AUTH__MAX_CONCURRENT": "-1"}, "auth.max_concurrent"),
    ],
)
def test_settings_that_are_wrong_are_told_before_anything_starts(environment: dict[str, str], said: str) -> None:
    done = run(**environment)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "Starting" not in done.stdout


def test_a_host_that_others_reach_is_warned_of_before_it_starts() -> None:
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        open_to_all, local = run(HOST="0.0.0.0", PORT=port), run(PORT=port)
    assert "Warning: Everybody who reaches 0.0.0.0 can use this service" in open_to_all.stdout
    assert "Warning" not in local.stdout


def test_a_trace_is_told_as_its_error() -> None:
    trace = (
        "A replica failed. Error:\nray::Kokoro()\nTraceback (most recent call last):\n  File x\nOSError: no weights\n"
    )
    assert brief(trace) == "A replica failed. Error:\n  OSError: no weights"
    assert brief("Waiting for a GPU.\nSee `ray status`.") == "Waiting for a GPU.\nSee `ray status`."


def test_a_config_keeps_everything_but_its_address() -> None:
    config = read(PROJECT / "serve_config.yaml")
    moved = with_address(config, "127.0.0.1", 9001)
    assert moved["http_options"] == {"host": "127.0.0.1", "port": 9001}
    assert moved["applications"] == config["applications"]


def test_a_certificate_goes_before_that_of_the_config() -> None:
    config = {"http_options": {"ssl_certfile": "/own.pem", "ssl_keyfile": "/own-key.pem"}}
    kept = with_address(config, "127.0.0.1", 9001)
    replaced = with_address(config, "127.0.0.1", 9001, Certificate(Path("/a.pem"), Path("/b.pem")))
    assert kept["http_options"]["ssl_certfile"] == "/own.pem"
    assert replaced["http_options"] == {
        **{"host": "127.0.0.1", "port": 9001},
        **{"ssl_certfile": "/a.pem", "ssl_keyfile": "/b.pem"},
    }
