"""The manifests that are made from other files: each overlay's RayService, and the alerts as a PrometheusRule.

python -m k8s.generate
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer
import yaml

from k8s.rayservice import NAME, OVERLAYS, rayservice
from k8s.writing import written

PROJECT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent
ALERTS = FOLDER / "monitoring" / "alerts.yaml"
HEADER = "# Made by `python -m k8s.generate`: change its sources, not this.\n"


def manifests() -> Iterator[tuple[Path, str]]:
    """The files and what is to be in them."""
    for overlay in OVERLAYS:
        config = yaml.safe_load((PROJECT / overlay.config).read_text("utf-8"))
        yield FOLDER / "overlays" / overlay.name / "rayservice.yaml", HEADER + written(rayservice(overlay, config))
    rules = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": NAME, "labels": {"app.kubernetes.io/name": NAME}},
        "spec": yaml.safe_load(ALERTS.read_text("utf-8")),
    }
    yield ALERTS.with_name("rules.yaml"), HEADER + written(rules)


def main() -> None:
    """Write the manifests that are made from other files."""
    for file, content in manifests():
        file.write_text(content, "utf-8")
        print(file.relative_to(PROJECT))


if __name__ == "__main__":
    typer.run(main)
