"""Serve configs, read strictly: Serve itself ignores a key of a deployment that it does not know.

    python -m deployments.config serve_config.yaml

says what is wrong in a config, before ``serve deploy`` does half of what was meant.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import BaseModel, ValidationError
from ray.serve.config import AutoscalingConfig, RequestRouterConfig
from ray.serve.schema import (
    DeploymentSchema,
    HTTPOptionsSchema,
    LoggingConfig,
    RayActorOptionsSchema,
    ServeApplicationSchema,
    ServeDeploySchema,
)

from app.settings import Settings

DEPLOYMENTS = ("Ingress", "Speech", "Kokoro")

_PARTS: dict[type[BaseModel], dict[str, type[BaseModel]]] = {
    ServeDeploySchema: {
        "http_options": HTTPOptionsSchema,
        "logging_config": LoggingConfig,
        "applications": ServeApplicationSchema,
    },
    ServeApplicationSchema: {"deployments": DeploymentSchema, "logging_config": LoggingConfig},
    DeploymentSchema: {
        "ray_actor_options": RayActorOptionsSchema,
        "autoscaling_config": AutoscalingConfig,
        "request_router_config": RequestRouterConfig,
        "logging_config": LoggingConfig,
    },
}
"""What the fields of Serve's schemas hold, where that has fields of its own."""


class ConfigWrong(ValueError):
    """A Serve config that does not say what its author meant. The message is written for the author."""


def read(path: Path) -> dict[str, Any]:
    """A Serve config as its file has it; ``check`` says whether it is right.

    Raises:
        ConfigWrong: the file cannot be read as one.
    """
    try:
        config = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigWrong(f"Cannot read the Serve config {path}: {error}") from error
    if not isinstance(config, dict):
        raise ConfigWrong(f"{path} is not a Serve config: it holds {type(config).__name__}, not a mapping.")
    return config


def check(config: dict[str, Any]) -> Settings:
    """Look for whatever in a config would be ignored, fail later, or cut speech off.

    Args:
        config: as read from its YAML.

    Returns:
        The settings of the application.

    Raises:
        ConfigWrong: with a line for everything that is wrong.
    """
    problems = [*_unknown(config, ServeDeploySchema, "")]
    settings = None
    try:
        ServeDeploySchema.model_validate(config)
        [application] = config["applications"]
        settings = Settings(**(application.get("args") or {}))
    except ValidationError as error:
        problems += [f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]
    except (KeyError, TypeError, ValueError) as error:
        problems.append(f"a config has one application, with args that are settings: {error}")
    else:
        problems += _of_deployments(application, settings)
        if (config.get("http_options") or {}).get("request_timeout_s"):
            problems.append("http_options.request_timeout_s ends every WebSocket that lasts longer: leave it out")
    if problems:
        raise ConfigWrong("\n".join(problems))
    assert settings is not None
    return settings


def _unknown(part: Any, schema: type[BaseModel], path: str) -> Iterator[str]:
    if isinstance(part, list):
        for number, item in enumerate(part):
            yield from _unknown(item, schema, f"{path.removesuffix('.')}[{number}].")
    if not isinstance(part, dict):
        return
    for name, value in part.items():
        if name not in schema.model_fields:
            near = difflib.get_close_matches(str(name), schema.model_fields, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield f"{path}{name} is no option of Ray Serve, which would ignore it{hint}"
        elif name in _PARTS.get(schema, {}):
            yield from _unknown(value, _PARTS[schema][name], f"{path}{name}.")


def _of_deployments(application: dict[str, Any], settings: Settings) -> Iterator[str]:
    deployments = {deployment["name"]: deployment for deployment in application.get("deployments") or []}
    for name, deployment in deployments.items():
        if name not in DEPLOYMENTS:
            yield f"there is no deployment {name}: they are {', '.join(DEPLOYMENTS)}"
            continue
        try:
            settings.with_live(deployment.get("user_config"))
        except ValueError as error:
            yield f"{name}: {error}"
    ingress = DeploymentSchema.model_validate(deployments.get("Ingress", {"name": "Ingress"}))
    session = (
        settings.with_live(_live_of(deployments, "Ingress")).session if "Ingress" in deployments else settings.session
    )
    places = session.max_sessions + session.max_http_requests
    if isinstance(ingress.max_ongoing_requests, int) and places >= ingress.max_ongoing_requests:
        yield (
            f"Ingress: max_ongoing_requests is {ingress.max_ongoing_requests}, and session.max_sessions and "
            f"session.max_http_requests together are {places}: the next client would hang in its handshake instead of "
            "being refused"
        )
    drain_s, grace_s = session.drain_s + session.drain_jitter_s, ingress.graceful_shutdown_timeout_s
    if isinstance(grace_s, float | int) and grace_s <= drain_s:
        yield (
            f"Ingress: graceful_shutdown_timeout_s is {grace_s:g}, and session.drain_s with session.drain_jitter_s "
            f"{drain_s:g}: sessions would be cut off while they still speak"
        )


def _live_of(deployments: dict[str, Any], name: str) -> dict[str, Any] | None:
    live = deployments.get(name, {}).get("user_config")
    try:
        Settings().with_live(live)
    except ValueError:
        return None  # told already
    return live


def main(path: Annotated[Path, typer.Argument(help="of a Serve config")]) -> None:
    """Say what is wrong in a Serve config; the exit code is not 0 then."""
    try:
        check(read(path))
    except ConfigWrong as error:
        sys.exit(f"{path}:\n{error}")
    print(f"{path}: nothing wrong")


if __name__ == "__main__":
    typer.run(main)
