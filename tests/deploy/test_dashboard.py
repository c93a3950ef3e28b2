"""Grafana's dashboard, on a Prometheus that scrapes a service under load: every panel has data."""

from __future__ import annotations

import json
import math
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from service.settings import Settings
from tests.deploy.conftest import DEPLOY, needs
from tests.deploy.test_prometheus import ALERTS, CONFIGURATION

GRAFANA = DEPLOY / "grafana"
DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards" / "inkcode.json").read_text())
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
VALUES = {"$instance": ".*", "$__rate_interval": "5s"}
"""What Grafana would write for the variables."""


def queries() -> dict[str, str]:
    """Each query of the dashboard by its panel's title and its letter."""
    found = {f"{panel['title']}, {target['refId']}": target["expr"] for panel in PANELS for target in panel["targets"]}
    for variable, value in VALUES.items():
        found = {name: query.replace(variable, value) for name, query in found.items()}
    return found


def autoscaler_query() -> str:
    """What prometheus-adapter asks Prometheus for, as it fills in its template."""
    content = yaml.safe_load((DEPLOY / "kubernetes" / "prometheus-adapter.yaml").read_text())
    (rule,) = content["rules"]["custom"]
    query: str = rule["metricsQuery"]
    values = {"Series": rule["name"]["as"], "LabelMatchers": 'job="inkcode"', "GroupBy": "instance"}
    for name, value in values.items():
        query = query.replace(f"<<.{name}>>", value)
    return query


def test_panels_have_names_of_their_own_and_do_not_overlap() -> None:
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    taken = set[tuple[int, int]]()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_every_query_asks_the_provisioned_data_source() -> None:
    (datasource,) = yaml.safe_load((GRAFANA / "datasources" / "prometheus.yml").read_text())["datasources"]
    interval = yaml.safe_load(CONFIGURATION.read_text())["global"]["scrape_interval"]
    assert datasource["jsonData"]["timeInterval"] == interval
    expected = {"type": datasource["type"], "uid": datasource["uid"]}
    targets = [target for panel in PANELS for target in panel["targets"]]
    variables = DASHBOARD["templating"]["list"]
    assert all(each["datasource"] == expected for each in (*PANELS, *targets, *variables))
    assert not any("$" in query for query in queries().values())


@pytest.fixture
def service(models: Path, tmp_path: Path, serve: Callable[[Settings], Any]) -> Iterator[httpx.Client]:
    """A service of models of its own, which looks often for changes."""
    folder = tmp_path / "models"
    folder.mkdir()
    for file in models.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    with serve(Settings(models=folder, watch=0.2)) as client:
        yield client


@pytest.fixture
def prometheus(service: httpx.Client, tmp_path: Path) -> Iterator[httpx.Client]:
    """A Prometheus with the deployed configuration, which scrapes the service more often than that."""
    configuration = yaml.safe_load(CONFIGURATION.read_text())
    configuration["global"] = {"scrape_interval": "250ms", "evaluation_interval": "1s", "scrape_timeout": "250ms"}
    configuration["rule_files"] = [str(ALERTS)]
    configuration["scrape_configs"][0]["static_configs"] = [{"targets": [service.base_url.netloc.decode()]}]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    flags = {
        "config.file": tmp_path / "prometheus.yml",
        "storage.tsdb.path": tmp_path / "metrics",
        "web.listen-address": address,
        "log.level": "error",
    }
    process = subprocess.Popen(["prometheus", *(f"--{name}={value}" for name, value in flags.items())])
    try:
        with httpx.Client(base_url=f"http://{address}/api/v1", timeout=10) as client:
            yield client
    finally:
        process.terminate()
        process.wait()


def put_under_load(service: httpx.Client, models: Path, stop: threading.Event) -> None:
    """Requests of every kind, and what makes the service refuse, drop and reload, until told to stop."""
    shard = service.get("/datasets/mnist-infogan/index.json?n=20").json()["shards"][0]["url"]
    tag = service.get("/traverse?dim=c2").headers["ETag"]
    first = (models / "noise.onnx").read_bytes()
    while not stop.is_set():
        for n in (1, 7, 100):
            service.post("/generate", json={"n": n})
        assert service.get("/traverse?dim=c2", headers={"If-None-Match": tag}).status_code == 304
        assert service.post("/generate", json={"n": 100}, headers={"Inkcode-Deadline": "1e-6"}).status_code == 504
        service.get(shard)
        with socket.create_connection((service.base_url.host, service.base_url.port or 0)) as connection:
            connection.sendall(b"no request\r\n\r\n")
            connection.recv(1000)
        (models / "noise.onnx").write_bytes(first)  # a new time of modification: the file is loaded again
        time.sleep(0.05)


def has_data(prometheus: httpx.Client, query: str) -> bool:
    answer = prometheus.get("/query", params={"query": query}).raise_for_status().json()
    return any(math.isfinite(float(entry["value"][1])) for entry in answer["data"]["result"])


@needs("prometheus")
def test_no_panel_is_empty_and_every_rule_evaluates(
    service: httpx.Client, prometheus: httpx.Client, tmp_path: Path
) -> None:
    stop = threading.Event()
    load = threading.Thread(target=put_under_load, args=(service, tmp_path / "models", stop))
    load.start()
    empty, unchecked, until = queries() | {"autoscaler": autoscaler_query()}, {"none yet"}, time.monotonic() + 60
    try:
        while (empty or unchecked) and time.monotonic() < until and load.is_alive():
            time.sleep(0.5)
            with suppress(httpx.TransportError):  # it has not started yet
                empty = {name: query for name, query in empty.items() if not has_data(prometheus, query)}
                groups = prometheus.get("/rules").json()["data"]["groups"]
                unchecked = {rule["name"] for rule in groups[0]["rules"] if rule["health"] != "ok"}
    finally:
        stop.set()
        load.join()
    assert (empty, unchecked) == ({}, set())
