"""The manifests: valid, of one mind with each other, and with the Serve configs that they are made from."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from ray.scripts.scripts import drain_node

from app.settings import SessionSettings, Settings
from deployments.config import check
from k8s.generate import FOLDER, manifests
from k8s.rayservice import DELETION_DELAY_S, DRAIN_S, GRACE_S, KEYS, NAME, OVERLAYS, RAY_VERSION, SESSION_AGE_S, Overlay

PROJECT = FOLDER.parent
SCHEMA = PROJECT.parent / "shared" / "k8s" / "rayservice_crd.yaml"
KUBERNETES = "1.33"
FOREIGN = ("ray.io/", "monitoring.coreos.com/", "gateway.networking.k8s.io/", "kustomize.config.k8s.io/")
FOREIGN_KINDS = {"RayService", "PrometheusRule", "ScrapeConfig", "PodMonitor", "HTTPRoute", "Kustomization"}
"""What Kubernetes itself does not know."""
overlays = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda overlay: overlay.name)


def documents(*parts: str) -> list[dict[str, Any]]:
    """All manifests under a folder of ``k8s``."""
    files = sorted(FOLDER.joinpath(*parts).rglob("*.yaml"))
    found = [document for file in files for document in yaml.safe_load_all(file.read_text("utf-8"))]
    return [document for document in found if "kind" in document]


def named(document: dict[str, Any]) -> str:
    return document.get("metadata", {}).get("name", "")


def of_kind(kind: str, *parts: str) -> list[dict[str, Any]]:
    return [document for document in documents(*parts) if document["kind"] == kind]


def rayservice_of(overlay: Overlay) -> dict[str, Any]:
    [found] = of_kind("RayService", "overlays", overlay.name)
    return found


def cluster_of(overlay: Overlay) -> dict[str, Any]:
    return rayservice_of(overlay)["spec"]["rayClusterConfig"]


def templates_of(overlay: Overlay) -> dict[str, dict[str, Any]]:
    """Pod templates by group."""
    cluster = cluster_of(overlay)
    groups = {group["groupName"]: group["template"] for group in cluster["workerGroupSpecs"]}
    return {"head": cluster["headGroupSpec"]["template"], **groups}


def config_of(overlay: Overlay) -> dict[str, Any]:
    return yaml.safe_load(rayservice_of(overlay)["spec"]["serveConfigV2"])


def deployments_of(overlay: Overlay) -> dict[str, dict[str, Any]]:
    return {deployment["name"]: deployment for deployment in config_of(overlay)["applications"][0]["deployments"]}


def selectors(document: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Every selector of pods in a manifest."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key in ("podSelector", "selector") and isinstance(value, dict):
                yield value.get("matchLabels", value)
            yield from selectors(value)
    elif isinstance(document, list):
        for item in document:
            yield from selectors(item)


def all_pod_labels() -> list[dict[str, str]]:
    labels = [template["metadata"]["labels"] for overlay in OVERLAYS for template in templates_of(overlay).values()]
    for kind in ("StatefulSet", "Job"):
        labels += [found["spec"]["template"]["metadata"]["labels"] for found in of_kind(kind)]
    return labels


def test_what_is_generated_is_what_the_sources_say_now() -> None:
    for file, content in manifests():
        assert file.read_text("utf-8") == content, f"{file.name}: run `python -m k8s.generate`"


@pytest.mark.parametrize("document", documents(), ids=lambda found: f"{found['kind']}-{named(found)}")
def test_kubernetes_takes_it(document: dict[str, Any]) -> None:
    if document["apiVersion"].startswith(FOREIGN):
        assert document["kind"] in FOREIGN_KINDS
    else:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


@overlays
def test_the_pod_templates_of_the_rayservice_are_pods(overlay: Overlay) -> None:
    for group, template in templates_of(overlay).items():
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": group, **template["metadata"]}}
        kubernetes_validate.validate({**pod, "spec": template["spec"]}, KUBERNETES, strict=True)


@overlays
def test_the_operator_takes_the_rayservice(overlay: Overlay) -> None:
    if not SCHEMA.is_file():
        pytest.skip("the schema of RayService is not at hand: it comes with the KubeRay operator")
    versions = yaml.safe_load(SCHEMA.read_text("utf-8"))["spec"]["versions"]
    [schema] = [found["schema"]["openAPIV3Schema"] for found in versions if found["name"] == "v1"]
    validator = jsonschema.Draft7Validator(closed(schema))
    manifest = rayservice_of(overlay)
    validator.validate(manifest)
    manifest["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]["maxReplica"] = 3
    with pytest.raises(jsonschema.ValidationError, match="maxReplica"):
        validator.validate(manifest)


def closed(schema: Any) -> Any:
    """A schema that takes no fields but those it names: the server would drop all others silently."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed(value) for key, value in schema.items()}
    if schema.pop("x-kubernetes-int-or-string", False):
        schema.pop("type", None)
        schema["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    is_object = schema.get("type") == "object" and isinstance(schema.get("properties"), dict)
    if is_object and not schema.get("x-kubernetes-preserve-unknown-fields"):
        schema.setdefault("additionalProperties", False)
    return schema


@overlays
def test_the_embedded_config_has_nothing_wrong_and_the_paths_that_are_mounted(overlay: Overlay) -> None:
    settings = check(config_of(overlay))
    assert settings.session.max_age_s == SESSION_AGE_S < SessionSettings().max_age_s
    for template in templates_of(overlay).values():
        [container] = template["spec"]["containers"]
        mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
        assert KEYS in mounts
        assert str(settings.auth.keys_file) == f"{KEYS}/keys.yaml"
        assert (str(settings.weights.cache) in mounts) == overlay.weights_on_volume
    assert f"ENV KOKORO_SERVE_WEIGHTS__CACHE={settings.weights.cache}" in (PROJECT / "Dockerfile").read_text("utf-8")


@overlays
def test_it_differs_from_its_file_only_where_it_says_so(overlay: Overlay) -> None:
    ours, theirs = config_of(overlay), yaml.safe_load((PROJECT / overlay.config).read_text("utf-8"))
    changed = {"weights", "auth", "session"}
    for config in (ours, theirs):
        config = config["applications"][0]
        for section in changed:
            config["args"].pop(section, None)
        for deployment in config["deployments"]:
            for option in overlay.changes.get(deployment["name"], {}):
                deployment.pop(option, None)
    assert ours["applications"] == theirs["applications"]
    Settings(**config_of(overlay)["applications"][0]["args"])


@overlays
def test_all_replicas_fit_the_groups(overlay: Overlay) -> None:
    groups = {group["groupName"]: group for group in cluster_of(overlay)["workerGroupSpecs"]}
    left = {
        name: {kind: float(amount) * group["maxReplicas"] for kind, amount in group["resources"].items()}
        for name, group in groups.items()
    }
    for name, deployment in deployments_of(overlay).items():
        most = deployment.get("autoscaling_config", {}).get("max_replicas") or deployment["num_replicas"]
        options = deployment["ray_actor_options"]
        needs = {"CPU": options["num_cpus"], "GPU": options.get("num_gpus", 0), **options.get("resources", {})}
        fitting = [
            group
            for group, spec in groups.items()
            if all(float(spec["resources"].get(kind, 0)) >= amount for kind, amount in needs.items())
        ]
        assert len(fitting) == 1, f"{name} fits {fitting}"
        # A new version of a deployment may be there beside the old one.
        times = 1 + deployment.get("max_surge_percent", 0) / 100 if name != "Kokoro" else 1
        for kind, amount in needs.items():
            if amount:
                left[fitting[0]][kind] -= amount * most * times
    assert all(amount >= 0 for group in left.values() for amount in group.values()), left


@overlays
def test_what_ray_is_told_of_a_pod_is_what_the_pod_has(overlay: Overlay) -> None:
    for group in cluster_of(overlay)["workerGroupSpecs"]:
        [container] = group["template"]["spec"]["containers"]
        limits = container["resources"]["limits"]
        assert container["resources"]["requests"] == limits
        assert group["resources"]["CPU"] == limits["cpu"]
        assert int(group["resources"].get("GPU", 0)) == limits.get("nvidia.com/gpu", 0)
        tolerations = group["template"]["spec"].get("tolerations", [])
        assert bool(tolerations) == ("GPU" in group["resources"])
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]


@overlays
def test_the_head_runs_no_replica_and_every_pod_is_of_one_image_without_rights(overlay: Overlay) -> None:
    assert cluster_of(overlay)["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    for template in templates_of(overlay).values():
        spec = template["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        [container] = spec["containers"]
        assert container["image"] == NAME
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert {"serve", "metrics"} <= {port["name"] for port in container["ports"]}
        assert "livenessProbe" not in container, "the operator brings its own"
        assert "readinessProbe" not in container, "the operator brings its own"


@overlays
def test_nobody_is_cut_off_when_something_ends(overlay: Overlay) -> None:
    settings = Settings(**config_of(overlay)["applications"][0]["args"]).session
    assert settings.drain_s == DRAIN_S
    assert rayservice_of(overlay)["spec"]["rayClusterDeletionDelaySeconds"] == DELETION_DELAY_S
    assert settings.max_age_s + DRAIN_S < DELETION_DELAY_S
    assert settings.drain_s + settings.drain_jitter_s < GRACE_S
    assert deployments_of(overlay)["Ingress"]["graceful_shutdown_timeout_s"] <= GRACE_S
    for template in templates_of(overlay).values():
        assert template["spec"]["terminationGracePeriodSeconds"] == GRACE_S


@overlays
def test_a_worker_that_goes_lets_what_is_spoken_end_within_its_grace(overlay: Overlay) -> None:
    session = Settings(**config_of(overlay)["applications"][0]["args"]).session
    for group in cluster_of(overlay)["workerGroupSpecs"]:
        [container] = group["template"]["spec"]["containers"]
        [shell, option, script] = container["lifecycle"]["preStop"]["exec"]["command"]
        assert (shell, option) == ("/bin/sh", "-c")
        drain, wait = script.split(" && ")
        # Ray's own command reads it, and does nothing: a wrong option would end all sessions at once.
        asked = drain_node.make_context("ray", shlex.split(drain)[2:]).params
        waited_s = int(wait.removeprefix("sleep ").removesuffix("; ray stop"))
        assert session.drain_s + session.drain_jitter_s < waited_s == asked["deadline_remaining_seconds"]
        # Ray's commands take some seconds to start, and to stop what runs.
        assert waited_s + 30 < group["template"]["spec"]["terminationGracePeriodSeconds"]


def test_ray_is_the_same_everywhere() -> None:
    locked = re.search(r"^ray==(\S+)", (PROJECT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    assert locked
    assert locked[1] == RAY_VERSION
    assert f"ARG RAY_VERSION={RAY_VERSION}\n" in (PROJECT / "Dockerfile").read_text("utf-8")
    assert {cluster_of(overlay)["rayVersion"] for overlay in OVERLAYS} == {RAY_VERSION}


def test_every_selector_finds_pods() -> None:
    labels = all_pod_labels()
    for document in documents():
        if document["kind"] in ("PodDisruptionBudget", "NetworkPolicy", "Service", "PodMonitor", "StatefulSet"):
            for selector in selectors(document["spec"]):
                assert any(selector.items() <= found.items() for found in labels), (document["kind"], selector)


def test_every_group_has_a_disruption_budget() -> None:
    budgets = [found["spec"]["selector"]["matchLabels"] for found in of_kind("PodDisruptionBudget")]
    for overlay in OVERLAYS:
        for template in templates_of(overlay).values():
            assert sum(budget.items() <= template["metadata"]["labels"].items() for budget in budgets) == 1


def test_budgets_count_in_a_way_that_holds_for_the_pods_of_a_raycluster() -> None:
    # Without a scale subresource at the pods' owner Kubernetes takes nothing else, and lets no pod go.
    for budget in of_kind("PodDisruptionBudget"):
        assert "maxUnavailable" not in budget["spec"], named(budget)
        assert isinstance(budget["spec"]["minAvailable"], int), named(budget)


def test_who_fills_the_volume_of_weights_is_who_reads_it() -> None:
    [job] = of_kind("Job")
    [overlay] = [overlay for overlay in OVERLAYS if overlay.weights_on_volume]
    for template in templates_of(overlay).values():
        for name in ("runAsUser", "fsGroup"):
            assert job["spec"]["template"]["spec"]["securityContext"][name] == template["spec"]["securityContext"][name]


def test_what_the_image_copies_is_not_ignored() -> None:
    allowed = {line.removeprefix("!") for line in (PROJECT / ".dockerignore").read_text("utf-8").splitlines()}
    copied = re.findall(r"^COPY --chown=ray (.+) \S+$", (PROJECT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    files = {file for line in copied for file in line.split()}
    assert files <= allowed
    # The package names the last two: setuptools wants them.
    assert {"app", "deployments", "requirements.lock", "pyproject.toml", "README.md", "LICENSE"} <= files


def test_the_route_the_scrape_and_the_policies_name_the_service_and_ports_that_there_are() -> None:
    service = rayservice_of(OVERLAYS[0])["spec"]["serveService"]
    [port] = service["spec"]["ports"]
    [route] = of_kind("HTTPRoute")
    [backend] = [found for rule in route["spec"]["rules"] for found in rule.get("backendRefs", [])]
    assert (backend["name"], backend["port"]) == (service["metadata"]["name"], port["port"])
    [timeouts] = [rule["timeouts"] for rule in route["spec"]["rules"] if "timeouts" in rule]
    assert timeouts == {"request": "0s", "backendRequest": "0s"}
    [scrape] = of_kind("ScrapeConfig")
    namespaces = {found["namespace"] for found in of_kind("Kustomization") if "namespace" in found}
    assert scrape["spec"]["staticConfigs"] == [
        {"targets": [f"{service['metadata']['name']}.{namespaces.pop()}.svc:{port['port']}"]}
    ]
    assert not namespaces
    open_ports = {
        found["containerPort"]
        for template in templates_of(OVERLAYS[0]).values()
        for container in template["spec"]["containers"]
        for found in container["ports"]
    }
    [policy] = [found for found in of_kind("NetworkPolicy") if found["metadata"]["name"] == NAME]
    for rule in policy["spec"]["ingress"]:
        assert {found["port"] for found in rule.get("ports", [])} <= open_ports
    [redis] = [found for found in of_kind("Service") if found["metadata"]["name"] == f"{NAME}-redis"]
    assert cluster_of(OVERLAYS[0])["gcsFaultToleranceOptions"]["redisAddress"] == (
        f"{redis['metadata']['name']}:{redis['spec']['ports'][0]['port']}"
    )


def test_secrets_that_are_named_are_there() -> None:
    there = {found["metadata"]["name"]: found["stringData"] for found in of_kind("Secret")}
    for overlay in OVERLAYS:
        password = cluster_of(overlay)["gcsFaultToleranceOptions"]["redisPassword"]["valueFrom"]["secretKeyRef"]
        assert password["key"] in there[password["name"]]
        for template in templates_of(overlay).values():
            names = {volume["secret"]["secretName"] for volume in template["spec"]["volumes"] if "secret" in volume}
            assert names == {f"{NAME}-keys"}
    assert yaml.safe_load(there[f"{NAME}-keys"]["keys.yaml"]) == []
    [scrape] = of_kind("ScrapeConfig")
    credentials = scrape["spec"]["authorization"]["credentials"]
    assert credentials["key"] in there[credentials["name"]]


def test_kustomize_finds_every_file_and_no_file_is_forgotten() -> None:
    for file in FOLDER.rglob("kustomization.yaml"):
        kustomization = yaml.safe_load(file.read_text("utf-8"))
        resources = kustomization["resources"]
        for resource in resources:
            assert (file.parent / resource).exists(), (file, resource)
        beside = {found.name for found in file.parent.glob("*.yaml")} - {"kustomization.yaml", "alerts.yaml"}
        assert beside <= set(resources), file
