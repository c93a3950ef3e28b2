"""Prometheus' configuration and its alerts, checked by promtool."""

from __future__ import annotations

import subprocess
from typing import Any

import httpx
import pytest
import yaml

from service.settings import Settings
from tests.deploy.conftest import DEPLOY, needs
from tests.deploy.test_compose import SERVICES

CONFIGURATION = DEPLOY / "prometheus" / "prometheus.yml"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"

GPU = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"


def test_it_scrapes_the_service(settings: Settings) -> None:
    (job,) = yaml.safe_load(CONFIGURATION.read_text())["scrape_configs"]
    ((target,),) = [group["targets"] for group in job["static_configs"]]
    assert target == f"service:{settings.port}"
    assert target.partition(":")[0] in SERVICES
    source, mounted = SERVICES["prometheus"]["volumes"][0].split(":")[:2]
    assert (DEPLOY.parent / source, mounted) == (CONFIGURATION.parent, "/etc/prometheus")


@needs("promtool")
def test_it_accepts_its_configuration() -> None:
    subprocess.run(["promtool", "check", "config", CONFIGURATION], check=True)


@needs("promtool")
def test_it_accepts_the_metrics(client: httpx.Client) -> None:
    client.get("/traverse?dim=c2").raise_for_status()
    subprocess.run(["promtool", "check", "metrics"], input=client.get("/metrics").content, check=True)


def series(name: str, values: str, **labels: str) -> dict[str, str]:
    """An input of promtool's: a sample each 15 seconds, in its notation."""
    chosen = {"instance": "service:8000", "job": "inkcode"} | labels
    return {"series": f"{name}{{{', '.join(f'{key}={value!r}' for key, value in chosen.items())}}}", "values": values}


REQUESTS, IMAGES = "inkcode_requests_total", "inkcode_images_total"
QUICK = [series("inkcode_request_seconds_bucket", "0+100x200", le=le, route="/generate") for le in ("1.0", "+Inf")]
SLOW = [
    series("inkcode_request_seconds_bucket", f"0+{count}x200", le=le, route="/generate")
    for le, count in (("1.0", 90), ("2.5", 100), ("+Inf", 100))
]

FIRING = {
    "InkcodeDown": [series("up", "0x200")],
    "InkcodeNotReady": [series("inkcode_ready", "0x200")],
    "InkcodeFileRefused": [series("inkcode_refused_files", "1x200")],
    "InkcodeOnCpu": [series("inkcode_gpu_expected", "1x200"), series("inkcode_model_info", "1x200", provider=CPU)],
    "InkcodeRefusals": [series(REQUESTS, "0+90x200", status="200"), series(REQUESTS, "0+10x200", status="429")],
    "InkcodeFaults": [series(REQUESTS, "0+90x200", status="200"), series(REQUESTS, "0+1x200", status="500")],
    "InkcodeSlow": SLOW,
    "InkcodeQueue": [series("inkcode_queue_rows", "64x200", model="m"), series(IMAGES, "0x200", model="m")],
}
"""For each alert, what is scraped when it should fire."""

QUIET = {
    "InkcodeDown": [series("up", "1x200")],
    "InkcodeNotReady": [series("inkcode_ready", "1x180 0 0 1x18")],
    "InkcodeFileRefused": [series("inkcode_refused_files", "0x200")],
    "InkcodeOnCpu": [
        series("inkcode_gpu_expected", "1x200"),
        series("inkcode_model_info", "1x200", provider=GPU),
        series("inkcode_gpu_expected", "0x200", instance="other"),
        series("inkcode_model_info", "1x200", provider=CPU, instance="other"),
    ],
    "InkcodeRefusals": [series(REQUESTS, "0+99x200", status="200"), series(REQUESTS, "0+1x200", status="429")],
    "InkcodeFaults": [series(REQUESTS, "0+90x200", status="200"), series(REQUESTS, "4x200", status="500")],
    "InkcodeSlow": [*QUICK, *(entry | {"series": entry["series"].replace("/generate", "/datasets")} for entry in SLOW)],
    "InkcodeQueue": [
        series("inkcode_queue_rows", "4000x200", model="m"),
        series(IMAGES, "0+15000x200", model="m"),
        series("inkcode_queue_rows", "0x200", model="idle"),
        series(IMAGES, "7x200", model="idle"),
    ],
}
"""For each alert, what is scraped when it should not."""


def alerts() -> dict[str, dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


@needs("promtool")
def test_each_alert_fires_when_it_should_and_only_then(tmp_path: Any) -> None:
    names = alerts().keys()
    assert (FIRING.keys(), QUIET.keys()) == (names, names)
    tests = [
        {
            "interval": "15s",
            "input_series": inputs,
            # Presence or absence of the firing alert, for each instance and model.
            "promql_expr_test": [
                {
                    "expr": f'count(ALERTS{{alertname="{name}", alertstate="firing"}})',
                    "eval_time": "46m",
                    "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
                }
            ],
        }
        for cases, fires in ((FIRING, True), (QUIET, False))
        for name, inputs in cases.items()
    ]
    file = tmp_path / "tests.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(ALERTS)], "evaluation_interval": "15s", "tests": tests}))
    done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", alerts())
def test_each_alert_says_what_is_wrong_and_where(name: str) -> None:
    alert = alerts()[name]
    assert alert["labels"]["severity"] in ("warning", "critical")
    assert "{{ $labels.instance }}" in alert["annotations"]["summary"]
