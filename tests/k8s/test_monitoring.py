"""The dashboard and the alerts in ``k8s/monitoring/``: what they ask for exists, and alerts fire when they should.

When each alert fires stands in ``monitoring_rules.yaml`` beside this, in the form of promtool, Prometheus' own tool.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from app.messages import Overloaded
from app.metrics import FIRST_CHUNK_BUCKETS_S, IngressMetrics, KokoroMetrics, SpeechMetrics, exposition

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "k8s" / "monitoring" / "alerts.yaml"
DASHBOARD = ROOT / "k8s" / "monitoring" / "dashboard.json"
SCENES = Path(__file__).with_name("monitoring_rules.yaml")
OPERATIONS = ROOT / "docs" / "operations.md"

DEPLOYMENTS = ("Ingress", "Speech", "Kokoro")
APPLICATION = "kokoro-serve"

OF_RAY = {
    "ray_serve_autoscaling_desired_replicas": {"application", "deployment"},
    "ray_serve_autoscaling_target_replicas": {"application", "deployment"},
    "ray_serve_deployment_queued_queries": {"application", "deployment", "handle", "actor_id"},
    "ray_serve_deployment_replica_healthy": {"application", "deployment", "replica"},
    "ray_serve_event_loop_scheduling_latency_ms_bucket": {
        *("application", "deployment", "component", "loop_type", "actor_id", "le"),
    },
    "ray_serve_health_check_latency_ms_bucket": {"application", "deployment", "le"},
    "ray_serve_num_ongoing_requests_at_replicas": {"application", "deployment", "handle", "actor_id"},
}
"""The labels of Ray Serve's own metrics, as Ray 2.60 writes them."""

OF_PROMETHEUS = {"job", "instance"}
"""Labels that it adds to everything it scrapes."""

CLAUSES = r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)"
OPERATORS = {"and", "or", "unless", "offset", "bool"}

Labels = dict[str, dict[str, set[str]]]
"""The name of a metric to its labels to their values."""


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"] for rule in group["rules"]]


def scenes() -> list[dict[str, Any]]:
    return yaml.safe_load(SCENES.read_text("utf-8"))["tests"]


def dashboard() -> dict[str, Any]:
    return json.loads(DASHBOARD.read_text("utf-8"))


def panels() -> list[dict[str, Any]]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def targets() -> list[dict[str, Any]]:
    return [target for panel in panels() for target in panel["targets"]]


def variables() -> list[dict[str, Any]]:
    return dashboard()["templating"]["list"]


def queries() -> list[str]:
    """Everything in PromQL."""
    asked = [variable["definition"] for variable in variables() if variable["type"] == "query"]
    of_variables = [re.sub(r"^label_values\((.*), \w+\)$", r"\1", definition) for definition in asked]
    return [rule["expr"] for rule in rules()] + [target["expr"] for target in targets()] + of_variables


def names_in(query: str) -> set[str]:
    """The metrics that a query names: all words that are not functions, operators, labels or strings."""
    bare = re.sub(r'"[^"]*"', "", query)
    for within in (r"\{[^}]*\}", r"\[[^\]]*\]", CLAUSES):
        bare = re.sub(within, " ", bare)
    return set(re.findall(r"\b[a-zA-Z_:][\w:]*\b(?!\s*\()", bare)) - OPERATORS


def matchers_in(query: str) -> Iterator[tuple[str, str, list[str]]]:
    """A metric, a label and the values that it is compared with; those from a dashboard's variable are left out."""
    for name, matchers in re.findall(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}", query):
        for label, values in re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"', matchers):
            yield name, label, [value for value in values.split("|") if not value.startswith("$")]


def grouped_by(query: str) -> set[str]:
    return {label.strip() for labels in re.findall(CLAUSES, query) for label in labels.split(",")}


@pytest.fixture(scope="module")
def exposed() -> Labels:
    """What ``GET /metrics`` says when everything has happened once, and what Ray says."""
    ingress, speech, kokoro = IngressMetrics(300), SpeechMetrics(), KokoroMetrics()
    for code in (Overloaded.code, "too_many_sessions"):
        ingress.errors.labels(code)
    speech.took("text", 0.1)
    kokoro.step("prosody", 1, 0.1)
    kokoro.padded(1, 2)
    kokoro.utterances.labels("spoken")
    snapshots = zip(DEPLOYMENTS, "isk", (ingress.snapshot(), speech.snapshot(), kokoro.snapshot()), strict=True)
    text = exposition(snapshots, dict.fromkeys(DEPLOYMENTS, True)).decode()
    found: Labels = defaultdict(lambda: defaultdict(set))
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            for label, value in sample.labels.items():
                found[sample.name][label].add(value)
    of_ray = {name: {label: set[str]() for label in labels} for name, labels in OF_RAY.items()}
    for labels in of_ray.values():
        labels |= {"application": {APPLICATION}, "deployment": set(DEPLOYMENTS)}
    return {**found, **of_ray}


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if not found and not os.environ.get("CI"):
        pytest.skip("promtool is not installed; on Debian and Ubuntu it is in the package prometheus")
    assert found, "promtool is not installed, and where CI runs these tests must not be skipped"
    return found


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_names_are_found_among_functions_labels_and_operators() -> None:
    query = 'sum by (le, job) (rate(a_bucket{x="no", y=~"no|$no"}[5m])) / on (no) b_total > 2^30 and time() - c > 1e9'
    assert names_in(query) == {"a_bucket", "b_total", "c"}
    assert list(matchers_in(query)) == [("a_bucket", "x", ["no"]), ("a_bucket", "y", ["no"])]
    assert grouped_by(query) == {"le", "job", "no"}


def test_every_metric_that_is_asked_for_exists(exposed: Labels) -> None:
    asked = set[str]().union(*map(names_in, queries()))

    assert asked - exposed.keys() == set()
    assert set(OF_RAY) <= asked, "a metric of Ray's that nothing asks for"


def test_every_label_that_is_asked_for_exists(exposed: Labels) -> None:
    for query in queries():
        for name, label, values in matchers_in(query):
            if label not in OF_PROMETHEUS:
                assert label in exposed[name], query
                assert set(values) <= exposed[name][label], query
        labels = set[str]().union(*(exposed[name] for name in names_in(query)))
        assert grouped_by(query) <= labels | OF_PROMETHEUS, query


def test_the_processes_are_those_of_the_service_alone() -> None:
    # Every program that Prometheus scrapes has metrics of these names.
    all_of_them = "|".join(DEPLOYMENTS)
    [variable] = [variable for variable in variables() if variable["name"] == "deployment"]
    assert variable["allValue"] == all_of_them

    selected = re.findall(r"\bprocess_\w+(\{[^}]*\})?", " ".join(queries()))
    assert selected
    for matchers in selected:
        assert f'deployment=~"{all_of_them}"' in matchers or 'deployment=~"$deployment"' in matchers


@pytest.mark.parametrize("file", ["serve_config.yaml", "serve_config.cpu.yaml"])
def test_application_and_deployments_have_the_names_of_the_serve_configs(file: str) -> None:
    [application] = yaml.safe_load((ROOT / file).read_text("utf-8"))["applications"]

    assert application["name"] == APPLICATION
    assert [deployment["name"] for deployment in application["deployments"]] == list(DEPLOYMENTS)


def test_an_objective_is_the_limit_of_a_bucket() -> None:
    # Between two limits a percentile is guessed.
    exprs = {rule["alert"]: rule["expr"] for rule in rules()}
    slow, tail = (
        float(exprs[alert].split(" > ")[1].split()[0])
        for alert in ("KokoroServeFirstChunkSlow", "KokoroServeFirstChunkTail")
    )

    assert (slow, tail) == (0.6, 1.5)
    assert {slow, tail} <= set(FIRST_CHUNK_BUCKETS_S)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_where_to_read_on(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["for"]
    assert rule["annotations"].keys() == {"summary", "description", "runbook"}
    assert "$value" in rule["annotations"]["description"]
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"


def test_what_to_do_about_each_alert_is_in_the_guide() -> None:
    lines = OPERATIONS.read_text("utf-8").splitlines()
    anchors = {line.lstrip("#").strip().lower() for line in lines if line.startswith("#")}

    assert {rule["alert"].lower() for rule in rules()} - anchors == set()


def test_no_two_alerts_have_one_name() -> None:
    names = [rule["alert"] for rule in rules()]
    assert sorted(set(names)) == sorted(names)


def test_every_panel_says_what_it_shows_and_in_which_unit() -> None:
    for panel in panels():
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["targets"], panel["title"]


def test_panels_have_their_own_places_and_numbers() -> None:
    seen: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        columns = range(place["x"], place["x"] + place["w"])
        cells = {(x, y) for x in columns for y in range(place["y"], place["y"] + place["h"])}
        assert columns.stop <= 24, panel["title"]
        assert not cells & seen, panel["title"]
        seen |= cells
    numbers = [panel["id"] for panel in dashboard()["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_a_line_is_named_by_labels_that_it_has(exposed: Labels) -> None:
    for target in targets():
        wanted = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        labels = set[str]().union(*(exposed[name] for name in names_in(target["expr"])))
        assert wanted <= (grouped_by(target["expr"]) or labels), target["expr"]


def test_the_dashboard_is_of_no_particular_grafana() -> None:
    board = dashboard()
    asked = [*panels(), *targets(), *(variable for variable in variables() if variable["type"] == "query")]

    assert board["id"] is None
    assert board["schemaVersion"] >= 39
    assert [variable["name"] for variable in variables() if variable["type"] == "datasource"] == ["datasource"]
    assert {json.dumps(found["datasource"]) for found in asked} == {'{"type": "prometheus", "uid": "${datasource}"}'}


def test_every_variable_is_used_and_there() -> None:
    names = {variable["name"] for variable in variables()}
    text = DASHBOARD.read_text("utf-8")
    used = set(re.findall(r"\$\{?(\w+)", text))

    assert used == names | {"__rate_interval", "__all"}


def test_prometheus_can_read_every_query(promtool: str, tmp_path: Path) -> None:
    run(promtool, "check", "rules", ALERTS)

    # It checks rules only: each query of the dashboard becomes one.
    asked = [target["expr"].replace("$__rate_interval", "5m") for target in targets()]
    recorded = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(asked)]
    file = tmp_path / "dashboard.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": recorded}]}), "utf-8")
    run(promtool, "check", "rules", file)


def test_alerts_fire_when_they_should_and_not_otherwise(promtool: str) -> None:
    run(promtool, "test", "rules", SCENES)


def test_every_alert_fires_in_some_scene_and_none_fires_when_all_is_well() -> None:
    fired = [
        sample["labels"] for scene in scenes() for found in scene["promql_expr_test"] for sample in found["exp_samples"]
    ]
    assert set(fired) == {f'{{alertname="{rule["alert"]}"}}' for rule in rules()}

    calm = scenes()[0]
    assert calm["promql_expr_test"][0]["exp_samples"] == []
    shown = {re.split("[{ ]", series["series"])[0] for series in calm["input_series"]}
    assert set[str]().union(*(names_in(rule["expr"]) for rule in rules())) <= shown
