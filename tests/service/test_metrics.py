"""The metrics that Prometheus scrapes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from service.engine.session import is_gpu_expected
from service.metrics import Metrics
from service.settings import Settings


def read(client: httpx.Client) -> dict[tuple[str, ...], float]:
    """Each sample by its name and its labels' values, in the order of the labels' names."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, *dict(sorted(sample.labels.items())).values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_requests_images_and_models_are_counted(models: Path, serve: Callable[[Settings], Any]) -> None:
    with serve(Settings(models=models)) as client:
        client.post("/generate", json={"n": 30})
        client.post("/generate", json={"n": 12, "model": "noise"})
        client.post("/generate", json={"n": 0})
        client.head("/models/noise")
        client.get("/models/gone")
        sample = read(client)
        digest = client.get("/models/noise").json()["sha256"]
    assert sample["inkcode_requests_total", "fast", "/generate", "200"] == 2
    assert sample["inkcode_requests_total", "fast", "/generate", "422"] == 1
    assert sample["inkcode_requests_total", "asgi", "/models/{name}", "200"] == 1
    assert sample["inkcode_requests_total", "asgi", "/models/{name}", "404"] == 1
    assert sample["inkcode_request_seconds_count", "fast", "/generate"] == 3
    assert sample["inkcode_images_total", "mnist-infogan"] == 30
    assert sample["inkcode_images_total", "noise"] == 12
    assert sample["inkcode_inference_seconds_total", "noise"] > 0
    assert sample["inkcode_queue_rows", "noise"] == 0
    assert sample["inkcode_batch_rows_sum", "noise"] == 12
    for stage in ("queue", "inference", "encode"):
        assert sample["inkcode_stage_seconds_count", stage] == 2
    assert sample["inkcode_model_info", "noise", "CPUExecutionProvider", digest] == 1
    assert sample["inkcode_ready",] == 1
    assert sample["inkcode_refused_files",] == 0
    assert sample["inkcode_gpu_expected",] == is_gpu_expected("auto")
    assert sample["process_resident_memory_bytes",] > 0


def test_rejected_and_dropped_requests_are_counted_by_reason() -> None:
    metrics = Metrics()
    observer = metrics.observer("mine")
    observer.on_queue_change(5)
    observer.on_queue_change(-2)
    observer.on_rejected("full")
    observer.on_dropped("deadline")
    observer.on_dropped("deadline")
    metrics.count_reload("refused")
    text = metrics.exposition().decode()
    assert 'inkcode_queue_rows{model="mine"} 3.0' in text
    assert 'inkcode_rejected_requests_total{model="mine",reason="full"} 1.0' in text
    assert 'inkcode_dropped_requests_total{model="mine",reason="deadline"} 2.0' in text
    assert 'inkcode_reloads_total{outcome="refused"} 1.0' in text


def test_unknown_paths_are_counted_as_one_route(models: Path, serve: Callable[[Settings], Any]) -> None:
    with serve(Settings(models=models)) as client:
        for i in range(20):
            client.get(f"/nothing/{i}")
        client.delete("/livez")
        samples = read(client)
    routes = {name[2] for name in samples if name[0] == "inkcode_requests_total"}
    assert routes == {"unmatched", "/livez"}
    assert samples["inkcode_requests_total", "asgi", "unmatched", "404"] == 20
