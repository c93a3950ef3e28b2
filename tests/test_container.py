"""The Dockerfile, Compose files, Kubernetes manifest and Prometheus configuration agree with the service."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from service.settings import Settings

ROOT = Path(__file__).parent.parent
Stage = list[tuple[str, str]]


def _stages() -> dict[str, Stage]:
    """The Dockerfile's instructions by stage, as `(name, rest of the line)`; the first is the stage's FROM."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = [line.split(maxsplit=1) for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    stages: dict[str, Stage] = {}
    for name, rest in lines:
        if name == "FROM":
            stage = stages.setdefault(rest.split()[-1], [])
        if stages:
            stage.append((name, rest.strip()))
    return stages


STAGES = _stages()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
GPU = yaml.safe_load((ROOT / "docker-compose.gpu.yml").read_text())
DEPLOYMENT, SERVICE = yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text())
PROMETHEUS = ROOT / "deploy" / "prometheus" / "prometheus.yml"


def _instructions(stage: str, instruction: str) -> list[str]:
    return [rest for name, rest in STAGES[stage] if name == instruction]


def _environment(stage: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in _instructions(stage, "ENV") for pair in shlex.split(rest))


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The service's settings inside its image."""
    for name, value in _environment("service").items():
        if name.startswith("INKCODE_"):
            monkeypatch.setenv(name, value)
    return Settings()


def test_service_is_the_default_image() -> None:
    assert list(STAGES)[-1] == "service"


@pytest.mark.parametrize("image", ["service", "trainer"])
def test_images_run_as_an_unprivileged_user_and_receive_signals(image: str) -> None:
    (user,) = _instructions(image, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)  # numeric: Kubernetes cannot check whether a name is root
    (entrypoint,) = _instructions(image, "ENTRYPOINT")
    assert json.loads(entrypoint) == ["python3", "-m", image]  # a list: no shell that would keep SIGTERM from it


def test_the_image_s_settings_agree_with_the_service(settings: Settings) -> None:
    assert settings.host == "0.0.0.0"  # noqa: S104 - inside a container it must listen on all interfaces
    assert _instructions("service", "EXPOSE") == [str(settings.port)]
    assert any(rest.split()[-2:] == ["models", str(settings.models)] for rest in _instructions("service", "COPY"))


def test_no_extra_of_the_service_s_image_brings_torch() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (install,) = [rest for rest in _instructions("service-builder", "RUN") if "--no-deps" not in rest]
    assert '".[${ENGINE},datasets]"' in install
    assert not any("torch" in requirement for extra in ("cpu", "gpu", "datasets") for requirement in extras[extra])


@pytest.mark.parametrize("stage", STAGES)
def test_dockerignore_allows_everything_that_is_copied(stage: str) -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = [word for rest in _instructions(stage, "COPY") if "--from" not in rest for word in _words(rest)[:-1]]
    assert [source for source in sources if source not in kept or not (ROOT / source).exists()] == []


def _words(rest: str) -> list[str]:
    return [word for word in rest.split() if not word.startswith("--")]


@contextmanager
def _respond(status: int) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield server.server_port
        thread.join()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_reports_readiness(status: int, healthy: bool) -> None:
    (check,) = _instructions("service", "HEALTHCHECK")
    command = json.loads(check.partition("CMD")[2])
    with _respond(status) as port:
        done = subprocess.run(
            [sys.executable, *command[1:]], env={"INKCODE_PORT": str(port)}, capture_output=True, check=False
        )
    assert (done.returncode == 0) is healthy


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_compose_containers_run_without_privileges(name: str) -> None:
    container = COMPOSE["services"][name]
    assert container["read_only"]
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in container.get("ports", []))


def test_compose_containers_share_the_models_volume(settings: Settings) -> None:
    service, trainer = COMPOSE["services"]["service"], COMPOSE["services"]["trainer"]
    assert {service["build"]["target"], trainer["build"]["target"]} == {"service", "trainer"}
    assert f"models:{settings.models}:ro" in service["volumes"]
    assert f"models:{settings.models}" in trainer["volumes"]
    assert [port.rpartition(":")[2] for port in service["ports"]] == [str(settings.port)]
    targets = [volume.split(":")[1] for volume in trainer["volumes"]]
    assert json.loads(*_instructions("trainer", "VOLUME")) == targets
    assert _instructions("trainer", "WORKDIR") == ["/"]  # the commands' default folders are `data`, `runs` and `models`


def test_compose_gives_the_gpu_to_the_trainer_and_optionally_to_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    assert COMPOSE["services"]["trainer"]["profiles"] == ["train"]
    assert "deploy" not in COMPOSE["services"]["service"]
    override = GPU["services"]["service"]
    for container in (COMPOSE["services"]["trainer"], override):
        (device,) = container["deploy"]["resources"]["reservations"]["devices"]
        assert device["capabilities"] == ["gpu"]
    assert set(override["build"]["args"]) <= {rest.split("=")[0] for rest in _instructions("service-builder", "ARG")}
    for name, value in override["environment"].items():
        monkeypatch.setenv(name, value)
    assert Settings().device == "cuda"


def test_prometheus_scrapes_the_service(settings: Settings) -> None:
    (job,) = yaml.safe_load(PROMETHEUS.read_text())["scrape_configs"]
    ((target,),) = [group["targets"] for group in job["static_configs"]]
    assert target == f"service:{settings.port}"
    assert target.partition(":")[0] in COMPOSE["services"]
    source, mounted = COMPOSE["services"]["prometheus"]["volumes"][0].split(":")[:2]
    assert (ROOT / source, mounted) == (PROMETHEUS.parent, "/etc/prometheus")


needs_promtool = pytest.mark.skipif(
    not shutil.which("promtool") and not os.environ.get("CI"), reason="promtool is not installed"
)


@needs_promtool
def test_prometheus_accepts_its_configuration() -> None:
    subprocess.run(["promtool", "check", "config", PROMETHEUS], check=True)


@needs_promtool
def test_prometheus_accepts_the_metrics(client: httpx.Client) -> None:
    client.get("/traverse?dim=c2").raise_for_status()
    subprocess.run(["promtool", "check", "metrics"], input=client.get("/metrics").content, check=True)


def test_kubernetes_probes_existing_paths(settings: Settings, client: httpx.Client) -> None:
    pod = DEPLOYMENT["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    (port,) = container["ports"]
    assert port["containerPort"] == settings.port
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(settings.port)
    assert SERVICE["spec"]["ports"][0]["targetPort"] == port["name"]
    assert SERVICE["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    routes = client.get("/openapi.json").json()["paths"]
    assert {container[probe]["httpGet"]["path"] for probe in ("readinessProbe", "livenessProbe")} <= routes.keys()
