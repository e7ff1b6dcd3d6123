"""The Serve configs: Serve ignores unknown keys of a deployment silently, so they are checked here."""

import pytest
import yaml
from ray.serve.schema import DeploymentSchema, RayActorOptionsSchema, ServeDeploySchema

from app.settings import Settings
from deployments.application import build
from deployments.local import PROJECT

CONFIGS = ["serve_config.yaml", "serve_config.cpu.yaml"]


def read(name: str) -> dict:
    return yaml.safe_load((PROJECT / name).read_text("utf-8"))


def application_of(name: str) -> dict:
    (application,) = read(name)["applications"]
    return application


def deployments_of(name: str) -> dict[str, dict]:
    return {deployment["name"]: deployment for deployment in application_of(name)["deployments"]}


@pytest.mark.parametrize("name", CONFIGS)
def test_every_key_is_known_to_serve(name: str) -> None:
    ServeDeploySchema.model_validate(read(name))
    assert set(read(name)) <= set(ServeDeploySchema.model_fields)
    for deployment in deployments_of(name).values():
        assert set(deployment) <= set(DeploymentSchema.model_fields)
        assert set(deployment["ray_actor_options"]) <= set(RayActorOptionsSchema.model_fields)


@pytest.mark.parametrize("name", CONFIGS)
def test_it_configures_the_deployments_that_the_graph_has(name: str) -> None:
    application = application_of(name)
    assert application["import_path"] == "deployments.application:build"
    ingress = build(application["args"])._bound_deployment
    speech = ingress.init_args[0]._bound_deployment
    kokoro = speech.init_args[0]._bound_deployment
    assert [ingress.name, speech.name, kokoro.name] == list(deployments_of(name))


@pytest.mark.parametrize("name", CONFIGS)
def test_the_session_limit_answers_before_serve_lets_a_handshake_hang(name: str) -> None:
    limits = Settings(**application_of(name)["args"]).session
    assert limits.max_sessions + limits.max_http_requests < deployments_of(name)["Ingress"]["max_ongoing_requests"]


@pytest.mark.parametrize("name", CONFIGS)
def test_a_replica_that_refuses_speech_has_room_for_those_who_ask_how_it_is(name: str) -> None:
    settings, deployments = Settings(**application_of(name)["args"]), deployments_of(name)
    assert 2 * settings.speech.max_streams <= deployments["Speech"]["max_ongoing_requests"]
    assert 2 * settings.kokoro.max_waiting <= deployments["Kokoro"]["max_ongoing_requests"]


@pytest.mark.parametrize("name", CONFIGS)
def test_no_time_limit_ends_a_session(name: str) -> None:
    assert "request_timeout_s" not in read(name)["http_options"]


def test_production_pins_each_kokoro_to_a_gpu_and_the_other_config_says_cpu() -> None:
    assert deployments_of("serve_config.yaml")["Kokoro"]["ray_actor_options"]["num_gpus"] == 1
    assert application_of("serve_config.yaml")["args"]["kokoro"]["device"] == "cuda"
    assert deployments_of("serve_config.cpu.yaml")["Kokoro"]["ray_actor_options"]["num_gpus"] == 0
    assert application_of("serve_config.cpu.yaml")["args"]["kokoro"]["device"] == "cpu"


def test_all_deployments_of_the_other_config_fit_on_two_cores() -> None:
    options = [deployment["ray_actor_options"] for deployment in deployments_of("serve_config.cpu.yaml").values()]
    assert sum(option["num_cpus"] for option in options) <= 2


def test_an_unknown_setting_stops_the_build_with_its_name() -> None:
    with pytest.raises(ValueError, match=r"speech\.chunk_mss"):
        build({"speech": {"chunk_mss": 80}})
