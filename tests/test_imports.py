"""What may import what: the ingress stays light, and ``app`` runs without Ray."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
API_MODULES = [f"app.api.{file.stem}" for file in sorted((ROOT / "app" / "api").glob("[!_]*.py"))]


@pytest.mark.parametrize(
    "modules",
    [["app.session"], ["app.audio.encode"], ["app.messages"], ["app.settings"], API_MODULES, ["deployments.local"]],
)
def test_the_ingress_loads_neither_torch_nor_spacy_and_ray_comes_after_its_environment(modules: list[str]) -> None:
    program = f"import sys, {', '.join(modules)}; print(*{{'torch', 'spacy', 'ray'}} & sys.modules.keys())"

    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert result.stdout.strip() == ""


def imported(file: Path) -> set[str]:
    """The top-level packages that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def test_app_never_imports_ray_or_the_deployments() -> None:
    files = list((ROOT / "app").rglob("*.py"))
    assert len(files) > len(API_MODULES)

    guilty = {str(file.relative_to(ROOT)) for file in files if imported(file) & {"ray", "deployments"}}

    assert guilty == set()
