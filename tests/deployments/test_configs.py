"""The Serve configs, and what is found in wrong ones."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from deployments import config
from deployments.application import build
from deployments.config import ConfigWrong, check
from deployments.local import PROJECT

CONFIGS = ["serve_config.yaml", "serve_config.cpu.yaml"]


def read(name: str) -> dict[str, Any]:
    return config.read(PROJECT / name)


def application_of(name: str) -> dict:
    (application,) = read(name)["applications"]
    return application


def deployments_of(name: str) -> dict[str, dict]:
    return {deployment["name"]: deployment for deployment in application_of(name)["deployments"]}


@pytest.mark.parametrize("name", CONFIGS)
def test_nothing_is_wrong_in_it(name: str) -> None:
    check(read(name))


INGRESS, SPEECH, KOKORO = (("applications", 0, "deployments", number) for number in range(3))
WRONG: list[tuple[tuple[str | int, ...], object, str]] = [
    (("http_options", "prot"), 8000, "http_options.prot is no option of Ray Serve, .* did you mean port?"),
    (("http_options", "request_timeout_s"), 60, "request_timeout_s ends every WebSocket"),
    (("aplications",), [], "aplications is no option"),
    (("applications", 0, "arg"), {}, r"applications\[0\]\.arg is no option"),
    (("applications", 0, "args", "session"), {"max_session": 3}, r"session\.max_session: Extra inputs"),
    (("applications", 0, "args", "speech"), {"chunk_ms": 3}, r"speech\.chunk_ms: .*greater than or equal to 20"),
    (
        ("applications", 0, "deployments", 1, "max_queued_request"),
        3,
        r"deployments\[1\]\.max_queued_request is no option",
    ),
    ((*KOKORO, "num_replica"), 2, "did you mean num_replicas?"),
    ((*KOKORO, "ray_actor_options", "num_gpu"), 1, "num_gpu is no option"),
    (
        ("applications", 0, "deployments", 0, "user_config"),
        {"session": {"max_session": 3}},
        "Ingress: user_config sets",
    ),
    (
        ("applications", 0, "deployments", 2, "user_config"),
        {"kokoro": {"device": "cpu"}},
        "Kokoro: .* cannot change while",
    ),
    ((*INGRESS, "user_config"), {"session": {"max_sessions": 400}}, "together are 450"),
    ((*INGRESS, "graceful_shutdown_timeout_s"), 30, "cut off while they still speak"),
    ((*SPEECH, "name"), "Speeches", "there is no deployment Speeches"),
]


@pytest.mark.parametrize(("where", "value", "said"), WRONG)
def test_what_is_wrong_is_told_with_its_place(where: tuple[str | int, ...], value: object, said: str) -> None:
    whole = read("serve_config.cpu.yaml")
    part: Any = whole
    for step in where[:-1]:
        part = part[step]
    part[where[-1]] = value
    with pytest.raises(ConfigWrong, match=said):
        check(whole)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    whole = read("serve_config.cpu.yaml")
    whole["http_options"]["prot"] = 1
    whole["applications"][0]["deployments"][0]["num_replica"] = 2
    whole["applications"][0]["deployments"][2]["user_config"] = {"kokoro": {"max_batches": 2}}
    with pytest.raises(ConfigWrong) as wrong:
        check(whole)
    assert len(str(wrong.value).splitlines()) == 3


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "mine.yaml"
    wrong.write_text("applications: []\nproxies: 2\n")
    command = [sys.executable, "-m", "deployments.config"]
    done = subprocess.run([*command, str(wrong)], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "proxies is no option of Ray Serve" in done.stderr
    assert "Traceback" not in done.stderr
    done = subprocess.run([*command, "serve_config.yaml"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "serve_config.yaml: nothing wrong\n")


@pytest.mark.parametrize("name", CONFIGS)
def test_it_configures_the_deployments_that_the_graph_has(name: str) -> None:
    application = application_of(name)
    assert application["import_path"] == "deployments.application:build"
    ingress = build(application["args"])._bound_deployment
    speech = ingress.init_args[0]._bound_deployment
    kokoro = speech.init_args[0]._bound_deployment
    assert [ingress.name, speech.name, kokoro.name] == list(deployments_of(name))


@pytest.mark.parametrize("name", CONFIGS)
def test_a_replica_that_refuses_speech_has_room_for_those_who_ask_how_it_is(name: str) -> None:
    settings, deployments = Settings(**application_of(name)["args"]), deployments_of(name)
    assert 2 * settings.speech.max_streams <= deployments["Speech"]["max_ongoing_requests"]
    assert 2 * settings.kokoro.max_waiting <= deployments["Kokoro"]["max_ongoing_requests"]


def test_production_pins_each_kokoro_to_a_gpu_and_the_other_config_says_cpu() -> None:
    assert deployments_of("serve_config.yaml")["Kokoro"]["ray_actor_options"]["num_gpus"] == 1
    assert application_of("serve_config.yaml")["args"]["kokoro"]["device"] == "cuda"
    assert deployments_of("serve_config.cpu.yaml")["Kokoro"]["ray_actor_options"]["num_gpus"] == 0
    assert application_of("serve_config.cpu.yaml")["args"]["kokoro"]["device"] == "cpu"


def test_all_deployments_of_the_other_config_fit_on_two_cores_twice() -> None:
    options = [deployment["ray_actor_options"] for deployment in deployments_of("serve_config.cpu.yaml").values()]
    assert 2 * sum(option["num_cpus"] for option in options) <= 2


def test_an_unknown_setting_stops_the_build_with_its_name() -> None:
    with pytest.raises(ValueError, match=r"speech\.chunk_mss"):
        build({"speech": {"chunk_mss": 80}})
