"""The RayService of each overlay, made from the Serve configs at the top of the project."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from k8s.writing import written

RAY_VERSION = "2.60.0"
NAME = "kokoro-serve"
PORT = 8000
WEIGHTS = "/opt/kokoro-serve/weights"
KEYS = "/etc/kokoro-serve/keys"
SESSION_AGE_S = 1_800
DRAIN_S = 60
GRACE_S = 120
"""Of a pod that goes: longer than its replicas let what is spoken come to its end."""
DELETION_DELAY_S = SESSION_AGE_S + 300
"""An upgrade that needs new pods makes a second cluster; the old one stays until its last session has ended."""

ENVIRONMENT = {
    # A replica that hangs is killed, and not first asked to come to an end.
    "RAY_SERVE_FORCE_STOP_UNHEALTHY_REPLICAS": "1",
    # The autoscaler sees load within seconds.
    "RAY_SERVE_REPLICA_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "2",
    "RAY_SERVE_HANDLE_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "2",
    # Ray's workers would run at the lowest priority.
    "RAY_worker_niceness": "0",
}

_LEAVE = (
    f"ray drain-node --reason DRAIN_NODE_REASON_PREEMPTION --reason-message 'the pod ends' "
    f"--deadline-remaining-seconds {DRAIN_S + 10} && sleep {DRAIN_S + 10}; ray stop"
)


@dataclass(frozen=True, slots=True)
class Pod:
    """What one pod of a group gets."""

    cpus: int
    memory_gib: int
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Pods of one kind."""

    name: str
    pod: Pod
    min_pods: int
    max_pods: int
    idle_s: int
    """An idle pod is given back after so long."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """One way to run it on Kubernetes."""

    name: str
    config: str
    """Serve config at the top of the project."""
    groups: tuple[Group, ...]
    changes: dict[str, dict[str, Any]]
    """Options of deployments that are others on Kubernetes, by deployment."""
    weights_on_volume: bool = False


# Ingress and Speech keep off the pods with GPUs by a resource that only the other group has.
_ON_CPU_GROUP = {"resources": {"cpu_group": 0.001}}
_CPU_GROUP = Group("cpu", Pod(cpus=4, memory_gib=12), min_pods=1, max_pods=8, idle_s=900)
_GPU_GROUPS = (_CPU_GROUP, Group("model", Pod(cpus=4, memory_gib=16, gpus=1), min_pods=1, max_pods=4, idle_s=600))
_GPU_CHANGES = {"Ingress": {"ray_actor_options": _ON_CPU_GROUP}, "Speech": {"ray_actor_options": _ON_CPU_GROUP}}

OVERLAYS = (
    Overlay("gpu", "serve_config.yaml", _GPU_GROUPS, _GPU_CHANGES),
    Overlay("gpu-volume", "serve_config.yaml", _GPU_GROUPS, _GPU_CHANGES, weights_on_volume=True),
    Overlay(
        "cpu",
        "serve_config.cpu.yaml",
        (_CPU_GROUP, Group("model", Pod(cpus=4, memory_gib=8), min_pods=1, max_pods=8, idle_s=600)),
        {
            # On a cluster the numbers of cores place the replicas; on one machine they limit nothing.
            "Ingress": {"num_replicas": 2, "ray_actor_options": {"num_cpus": 1, **_ON_CPU_GROUP}},
            "Speech": {"num_replicas": 2, "ray_actor_options": {"num_cpus": 1, **_ON_CPU_GROUP}},
            "Kokoro": {
                "num_replicas": None,
                "autoscaling_config": {
                    "min_replicas": 1,
                    "max_replicas": 7,
                    "upscale_delay_s": 10,
                    "downscale_delay_s": 600,
                    "look_back_period_s": 15,
                    "policy": {
                        "policy_function": "deployments.autoscaling:KokoroPolicy",
                        "policy_kwargs": {"target_audio_s": 10, "late_above_ms": 500},
                    },
                },
                "ray_actor_options": {"num_cpus": 4, "resources": {"model_group": 0.001}},
            },
        },
    ),
)


def serve_config(overlay: Overlay, config: dict[str, Any]) -> dict[str, Any]:
    """A Serve config as it is on Kubernetes.

    Args:
        overlay: whose changes are made.
        config: of the file that the overlay names.
    """
    config = copy.deepcopy(config)
    config["proxy_location"] = "EveryNode"
    config["http_options"] = {**config["http_options"], "host": "0.0.0.0", "port": PORT}
    application = config["applications"][0]
    settings: dict[str, dict[str, Any]] = {
        "weights": {"cache": WEIGHTS},
        "auth": {"keys_file": f"{KEYS}/keys.yaml"},
        "session": {"max_age_s": SESSION_AGE_S, "drain_s": DRAIN_S},
    }
    for section, values in settings.items():
        application["args"][section] = {**application["args"].get(section, {}), **values}
    for deployment in application["deployments"]:
        for option, value in overlay.changes.get(deployment["name"], {}).items():
            if value is None:
                del deployment[option]
            else:
                deployment[option] = {**deployment.get(option, {}), **value} if isinstance(value, dict) else value
    return config


def rayservice(overlay: Overlay, config: dict[str, Any]) -> dict[str, Any]:
    """The manifest of an overlay.

    Args:
        overlay: which.
        config: of the file that the overlay names.
    """
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": {"name": NAME, "labels": {"app.kubernetes.io/name": NAME}},
        "spec": {
            # A proxy on the head would end the sessions of others with the head.
            "excludeHeadPodFromServeSvc": True,
            "upgradeStrategy": {"type": "NewCluster"},
            "rayClusterDeletionDelaySeconds": DELETION_DELAY_S,
            "serveService": {
                "metadata": {"name": NAME, "labels": {"app.kubernetes.io/name": NAME}},
                "spec": {"ports": [{"name": "serve", "port": PORT, "targetPort": PORT}]},
            },
            "serveConfigV2": written(serve_config(overlay, config)),
            "rayClusterConfig": {
                "rayVersion": RAY_VERSION,
                "enableInTreeAutoscaling": True,
                "autoscalerOptions": {
                    "version": "v2",
                    "idleTimeoutSeconds": 600,
                    "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
                },
                "gcsFaultToleranceOptions": {
                    "redisAddress": f"{NAME}-redis:6379",
                    "redisPassword": {
                        "valueFrom": {"secretKeyRef": {"name": f"{NAME}-redis", "key": "password"}},
                    },
                },
                "headGroupSpec": {
                    # No replica runs there.
                    "rayStartParams": {"dashboard-host": "0.0.0.0", "num-cpus": "0", "num-gpus": "0"},
                    "template": _template(overlay, "head", Pod(cpus=2, memory_gib=8), "ray-head"),
                },
                "workerGroupSpecs": [_worker_group(overlay, group) for group in overlay.groups],
            },
        },
    }


def _worker_group(overlay: Overlay, group: Group) -> dict[str, Any]:
    resources = {"CPU": str(group.pod.cpus), f"{group.name}_group": "1"}
    if group.pod.gpus:
        resources["GPU"] = str(group.pod.gpus)
    return {
        "groupName": group.name,
        "replicas": group.min_pods,
        "minReplicas": group.min_pods,
        "maxReplicas": group.max_pods,
        "idleTimeoutSeconds": group.idle_s,
        "resources": resources,
        "rayStartParams": {},
        "template": _template(overlay, group.name, group.pod, "ray-worker"),
    }


def _template(overlay: Overlay, group: str, pod: Pod, container: str) -> dict[str, Any]:
    quantities: dict[str, Any] = {"cpu": str(pod.cpus), "memory": f"{pod.memory_gib}Gi"}
    if pod.gpus:
        quantities["nvidia.com/gpu"] = pod.gpus
    ports = [{"name": "serve", "containerPort": PORT}, {"name": "metrics", "containerPort": 8080}]
    if group == "head":
        ports += [{"name": "gcs", "containerPort": 6379}, {"name": "dashboard", "containerPort": 8265}]
    volumes: list[dict[str, Any]] = [
        {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": "2Gi"}},
        {"name": "keys", "secret": {"secretName": f"{NAME}-keys"}},
    ]
    mounts: list[dict[str, Any]] = [
        {"name": "shared-memory", "mountPath": "/dev/shm"},
        {"name": "keys", "mountPath": KEYS, "readOnly": True},
    ]
    if overlay.weights_on_volume:
        volumes.append({"name": "weights", "persistentVolumeClaim": {"claimName": f"{NAME}-weights"}})
        mounts.append({"name": "weights", "mountPath": WEIGHTS})
    spec: dict[str, Any] = {
        "automountServiceAccountToken": group == "head",  # for the autoscaler
        "terminationGracePeriodSeconds": GRACE_S,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "fsGroup": 100,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": container,
                "image": NAME,
                "env": [{"name": name, "value": value} for name, value in ENVIRONMENT.items()],
                "ports": ports,
                "resources": {"requests": dict(quantities), "limits": dict(quantities)},
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                "volumeMounts": mounts,
            }
        ],
        "volumes": volumes,
    }
    if group != "head":
        # Sessions that are spoken to come to their end first: Serve moves replicas off a node that is drained.
        spec["containers"][0]["lifecycle"] = {"preStop": {"exec": {"command": ["/bin/sh", "-c", _LEAVE]}}}
    if pod.gpus:
        spec["tolerations"] = [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    return {
        "metadata": {"labels": {"app.kubernetes.io/name": NAME, "kokoro-serve/group": group}},
        "spec": spec,
    }
