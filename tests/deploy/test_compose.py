"""The Compose files agree with the images, and with the commands that run in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from service.settings import Settings
from tests.deploy.conftest import ROOT, instructions
from trainer.data import SOURCES

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
GPU: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.gpu.yml").read_text())["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_containers_run_without_privileges(name: str) -> None:
    container = SERVICES[name]
    assert container["read_only"]
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert "/tmp" in container["tmpfs"]  # noqa: S108 - the container's own
    assert all(port.startswith("127.0.0.1:") for port in container.get("ports", []))


def test_every_volume_is_declared_and_every_folder_exists() -> None:
    mounts = [mount.split(":") for container in SERVICES.values() for mount in container["volumes"]]
    assert {source for source, *_ in mounts if not source.startswith("./")} == COMPOSE["volumes"].keys()
    folders = [(source, *rest) for source, *rest in mounts if source.startswith("./")]
    assert all((ROOT / source).is_dir() and rest[-1] == "ro" for source, *rest in folders)


def test_containers_share_the_models_volume(settings: Settings) -> None:
    service, trainer = SERVICES["service"], SERVICES["trainer"]
    assert {service["build"]["target"], trainer["build"]["target"]} == {"service", "trainer"}
    assert f"models:{settings.models}:ro" in service["volumes"]
    assert f"models:{settings.models}" in trainer["volumes"]
    assert trainer["environment"] == {"INKCODE_EXPORT_TO": str(settings.models)}
    assert [port.rpartition(":")[2] for port in service["ports"]] == [str(settings.port)]
    targets = [volume.split(":")[1] for volume in trainer["volumes"]]
    assert json.loads(*instructions("trainer", "VOLUME")) == targets
    assert instructions("trainer", "WORKDIR") == ["/"]  # the commands' default folders are `data`, `runs` and `models`


def test_a_training_run_finds_its_data_fetched() -> None:
    trainer, fetching = SERVICES["trainer"], SERVICES["mnist"]
    assert trainer["depends_on"] == {"mnist": {"condition": "service_completed_successfully"}}
    assert (fetching["image"], fetching["volumes"]) == (trainer["image"], trainer["volumes"])
    assert (fetching["command"][0], fetching["command"][1] in SOURCES) == ("data", True)
    for container in (trainer, fetching):  # neither is started by `up`
        assert container["profiles"] == ["train"]
        assert "restart" not in container


def test_the_service_has_time_to_drain() -> None:
    assert int(SERVICES["service"]["stop_grace_period"].rstrip("s")) > Settings().drain


def test_the_gpu_file_gives_the_gpu_to_both(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all("deploy" not in container for container in SERVICES.values())
    assert GPU.keys() == {"service", "trainer"}
    for container in GPU.values():
        (device,) = container["deploy"]["resources"]["reservations"]["devices"]
        assert device["capabilities"] == ["gpu"]
    service = GPU["service"]
    assert set(service["build"]["args"]) <= {rest.split("=")[0] for rest in instructions("service-builder", "ARG")}
    for name, value in service["environment"].items():
        monkeypatch.setenv(name, value)
    assert Settings().device == "cuda"


def test_grafana_looks_at_prometheus_and_shows_the_dashboard_first() -> None:
    grafana, prometheus = SERVICES["grafana"], SERVICES["prometheus"]
    source, mounted, _ = grafana["volumes"][0].split(":")
    provisioned = ROOT / source
    (datasource,) = yaml.safe_load((provisioned / "datasources" / "prometheus.yml").read_text())["datasources"]
    assert datasource["url"] == f"http://prometheus:{prometheus['ports'][0].rpartition(':')[2]}"
    (provider,) = yaml.safe_load((provisioned / "dashboards" / "inkcode.yml").read_text())["providers"]
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home.startswith(f"{provider['options']['path']}/")
    assert (provisioned / home.removeprefix(f"{mounted}/")).is_file()
    assert all(isinstance(value, str) for value in grafana["environment"].values())
