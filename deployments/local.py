"""One machine: start a Ray of our own, serve until Ctrl-C, stop all of it. ``make serve`` runs this."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from app.keys import Keys, KeysUnreadable
from app.settings import SessionSettings, Settings
from deployments.tls import Certificate, TlsUnusable, certificate_for

PROJECT = Path(__file__).parents[1]
APPLICATION = "kokoro-serve"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OBJECT_STORE_BYTES = 200 * 1024 * 1024
ANSWER_WITHIN_S = 5.0
WARM_WITHIN_S = 600.0
"""Generous: a cold disk reads several GB before the first sound."""


class StartFailed(Exception):
    """The service did not start; the message says why."""


def private_environment() -> None:
    """Set what Ray reads from the environment when it is imported; a second call changes nothing.

    Telemetry is off. The cluster has a token in memory, since Ray would otherwise write one to the user's home.
    An address in the environment would make this a client of another cluster.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    # Ray starts its workers at the lowest priority: a voice would wait behind every other program of the machine.
    os.environ.setdefault("RAY_worker_niceness", "0")
    # A replica that hangs is killed, and not first asked to come to an end.
    os.environ.setdefault("RAY_SERVE_FORCE_STOP_UNHEALTHY_REPLICAS", "1")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    for variable in ("RAY_ADDRESS", "RAY_NAMESPACE", "RAY_AUTH_TOKEN_PATH"):
        os.environ.pop(variable, None)


def check_port(host: str, port: int) -> None:
    """Raise ``StartFailed`` when nothing can listen on ``host:port``."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            advice = f"Choose another port with `make serve PORT={port + 1}`, or stop what uses this one."
        elif error.errno == errno.EACCES:
            advice = "Choose a port from 1024 on."
        else:
            advice = "HOST must be an address of this machine: 127.0.0.1, or 0.0.0.0 for all of them."
        raise StartFailed(f"Cannot listen on {host}:{port}: {error.strerror or error}. {advice}") from error


def free_port() -> int:
    """A port of the loopback interface that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def gpu_present() -> bool:
    """Whether this machine has a GPU that Ray would offer to a replica."""
    from ray._private.accelerators import NvidiaGPUAcceleratorManager

    return NvidiaGPUAcceleratorManager.get_current_node_num_accelerators() > 0


def config_for_this_machine() -> Path:
    """The Serve config that fits: with a GPU or without one."""
    return PROJECT / ("serve_config.yaml" if gpu_present() else "serve_config.cpu.yaml")


def with_address(
    config: dict[str, Any], host: str, port: int, certificate: Certificate | None = None
) -> dict[str, Any]:
    """The config with another address, another certificate if there is one, and one proxy: there is one machine."""
    options = {**config.get("http_options", {}), "host": host, "port": port}
    if certificate is not None:
        options |= certificate.http_options()
    return {**config, "http_options": options, "proxy_location": "HeadOnly"}


def checked(path: Path) -> tuple[dict[str, Any], Settings]:
    """A Serve config with nothing wrong in it, and its settings.

    Raises:
        StartFailed: with what is wrong.
    """
    from deployments.config import ConfigWrong, check, read  # imports Ray, which reads the environment then

    try:
        config = read(path)
        return config, check(config)
    except ConfigWrong as error:
        raise StartFailed(f"{path}: {error}") from error


def warning_of(settings: Settings, host: str) -> str | None:
    """What to warn of before the service listens at a host.

    Raises:
        StartFailed: the file of keys that the settings name is missing or wrong.
    """
    try:
        return Keys(lambda: settings.auth).warning(host)
    except KeysUnreadable as error:
        raise StartFailed(str(error)) from error


@contextlib.contextmanager
def private_ray() -> Iterator[None]:
    """A Ray cluster of this process alone: own folder, free ports, no dashboard; gone afterwards."""
    import ray

    folder = tempfile.mkdtemp(prefix="kokoro-")
    try:
        ray.init(
            address="local",
            # Logical: on one core all three deployments still fit.
            num_cpus=max(4, os.cpu_count() or 1),
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_BYTES,
            log_to_driver=False,
            logging_level=logging.WARNING,
            _temp_dir=folder,
        )
        # Ray has put its own handler in place by now, which would leave its processes behind.
        with _on_signals(_interrupt):
            yield
    finally:
        # A second Ctrl-C must not leave half of it behind.
        with _on_signals(signal.SIG_IGN):
            ray.shutdown()
            shutil.rmtree(folder, ignore_errors=True)


def deploy(config: dict[str, Any]) -> None:
    """Start Serve with a config, as ``serve run CONFIG`` does; returns before the replicas are ready."""
    from ray.serve._private.api import serve_start
    from ray.serve.schema import ServeDeploySchema

    schema = ServeDeploySchema.model_validate(config)
    client = serve_start(http_options=schema.http_options.model_dump(), proxy_location=schema.proxy_location)
    client.deploy_apps(schema)


def deployment_messages() -> dict[str, str]:
    """What Serve says of each deployment that is not as it should be; empty while it says nothing.

    Raises:
        StartFailed: once Serve has given the application up.
    """
    from ray import serve

    application = serve.status().applications.get(APPLICATION)
    if application is None:
        return {}
    messages = {name: brief(state.message) for name, state in application.deployments.items() if state.message}
    if application.status == "DEPLOY_FAILED":
        reasons = "\n".join(f"{name}: {message}" for name, message in messages.items())
        raise StartFailed(f"The service could not start.\n{reasons or application.message}")
    return messages


def brief(message: str) -> str:
    """Serve's message without the trace in it: its first line, and the error in its last one."""
    lines = [line for line in message.splitlines() if line.strip()]
    return message if not any("Traceback" in line for line in lines) else f"{lines[0]}\n  {lines[-1]}"


def wait_until_ready(url: str) -> dict[str, Any]:
    """Wait for ``/health`` to answer 200 and return its report; says on the way what holds it up.

    Raises:
        StartFailed: when Serve has given up, or the service is not ready within ten minutes.
    """
    reason = "no answer yet"
    said: dict[str, str] = {}
    gives_up_at = time.monotonic() + WARM_WITHIN_S
    # What is asked is this process's own; its certificate may have another name and an authority of its own.
    with httpx.Client(timeout=5.0, trust_env=False, verify=False) as client:
        while time.monotonic() < gives_up_at:
            messages = deployment_messages()
            for name in messages:
                if name not in said:
                    print(f"{name}: {messages[name]}", flush=True)
            said |= messages
            with contextlib.suppress(httpx.HTTPError, ValueError):
                answer = client.get(f"{url}/health")
                if answer.status_code == 200:
                    return answer.json()
                reason = answer.json().get("reason", reason)
            time.sleep(0.25)
    raise StartFailed(f"The service was not ready within {WARM_WITHIN_S:.0f} s: {reason}.")


@contextlib.contextmanager
def _on_signals(handler: Any) -> Iterator[None]:
    """SIGTERM and SIGHUP as Ctrl-C, and Ctrl-C also where a shell started this in the background and disabled it."""
    before = {number: signal.signal(number, handler) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Terminated(KeyboardInterrupt):
    """SIGTERM: whoever sent it can wait for a while."""


def _interrupt(signum: int, frame: object) -> None:
    raise _Terminated if signum == signal.SIGTERM else KeyboardInterrupt


def let_sessions_end(session: SessionSettings) -> None:
    """Take no more texts, and wait until those that are spoken have come to their end, or ``session.drain_s``."""
    from ray import serve

    ingress = serve.get_deployment_handle("Ingress", APPLICATION)
    gives_up_at = time.monotonic() + session.drain_s + session.drain_jitter_s
    with contextlib.suppress(Exception):  # replicas that do not answer have nothing that one could wait for
        ingress.broadcast("drain").results(timeout_s=ANSWER_WITHIN_S)
        while sum(ingress.broadcast("open_work").results(timeout_s=ANSWER_WITHIN_S)):
            if time.monotonic() > gives_up_at:
                return
            time.sleep(0.25)


@contextlib.contextmanager
def running(
    host: str, port: int, config: dict[str, Any], certificate: Certificate | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The service with a Ray of its own, warm; all of it stops with the block.

    Args:
        host: name or address to listen at.
        port: to listen at.
        config: a Serve config, as read from its YAML; its address is replaced.
        certificate: for TLS, in place of the config's own one, if it has one.

    Yields:
        The URL, and the report of ``/health``.

    Raises:
        StartFailed: with a message for the user.
    """
    check_port(host, port)
    private_environment()
    config = with_address(config, host, port, certificate)
    scheme = "https" if config["http_options"].get("ssl_certfile") else "http"
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    url = f"{scheme}://[{reachable}]:{port}" if ":" in reachable else f"{scheme}://{reachable}:{port}"
    with private_ray():
        deploy(config)
        yield url, wait_until_ready(url)


def serve_until_interrupted(host: str, port: int, path: Path | None, tls: str | None) -> None:
    """Start the service, say where it is, and stop it on Ctrl-C, or on SIGTERM when what is spoken has ended.

    Args:
        host: name or address to listen at.
        port: to listen at.
        path: of a Serve config; None takes the one for this machine.
        tls: as of ``certificate_for``; None serves as the config says.

    Raises:
        StartFailed: with a message for the user.
    """
    private_environment()
    path = path or config_for_this_machine()
    config, settings = checked(path)
    try:
        certificate = certificate_for(tls, host, settings.weights.cache / "tls") if tls else None
    except TlsUnusable as error:
        raise StartFailed(str(error)) from error
    if warning := warning_of(settings, host):
        print(f"Warning: {warning}", flush=True)
    started = time.monotonic()
    print(f"Starting Ray Serve with {path.name} …", flush=True)
    try:
        with _on_signals(_interrupt), running(host, port, config, certificate) as (url, report):
            print(
                f"\nKokoro Serve is ready after {time.monotonic() - started:.0f} s: {url}\n"
                f"  device {report['device']}, {report['torch_threads']} threads, weights from {report['weights']}, "
                f"{len(report['voices'])} voices\n"
                f"  page {url}/   health {url}/health   WebSocket {url.replace('http', 'ws', 1)}/ws\n"
                f"{_trust(certificate)}"
                "Ctrl-C stops it.",
                flush=True,
            )
            try:
                signal.pause()
            except _Terminated:
                print("\nStopping when what is spoken has come to its end; Ctrl-C stops it at once …", flush=True)
                with contextlib.suppress(KeyboardInterrupt):
                    let_sessions_end(settings.session)
            except KeyboardInterrupt:
                print("\nStopping …", flush=True)
    except KeyboardInterrupt:
        print("\nInterrupted before it was ready.", flush=True)
    print("Stopped.", flush=True)


def _trust(certificate: Certificate | None) -> str:
    if certificate is None or certificate.authority is None:
        return ""
    return f"  clients that shall trust its certificate: SSL_CERT_FILE={certificate.authority}\n"


def main() -> None:
    """The command ``python -m deployments.local``, with ``HOST``, ``PORT``, ``CONFIG``, ``TLS`` in the environment."""
    host = os.environ.get("HOST") or "127.0.0.1"
    named = os.environ.get("PORT") or "8000"
    if not (named.isdecimal() and 1 <= int(named) <= 65_535):
        sys.exit(f"PORT must be a number from 1 to 65535, not {named!r}.")
    config = os.environ.get("CONFIG")
    try:
        serve_until_interrupted(host, int(named), Path(config) if config else None, os.environ.get("TLS"))
    except StartFailed as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
