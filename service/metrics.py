"""What Prometheus reads: of requests as they are answered, of the engine as it works, of the models at the time.

Where `PROMETHEUS_MULTIPROC_DIR` is set, as it is for several workers, each process keeps its counts in a file there and
any of them answers with all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.engine.observer import Tally
from service.engine.repository.models import Registry

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_ROWS = tuple(2**power for power in range(13))

Stage = Literal["decode", "queue", "inference", "encode"]


class Metrics:
    """One app's metrics, in a registry of its own: two apps in one process do not mix."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "inkcode_requests",
            "Requests answered, by route, status and the path that served them.",
            ["route", "status", "path"],
            registry=registry,
        )
        self._seconds = Histogram(
            "inkcode_request_seconds",
            "Seconds from a request's head to the end of its answer, by route and the path that served it.",
            ["route", "path"],
            registry=registry,
            buckets=_SECONDS,
        )
        self._stages = Histogram(
            "inkcode_stage_seconds",
            "Seconds an answered request spent decoding pictures, in the queue, in inference and encoding pictures.",
            ["stage"],
            registry=registry,
            buckets=_SECONDS,
        )
        self._images = Counter(
            "inkcode_images", "Images generated, or read by an encoder, by model.", ["model"], registry=registry
        )
        self._busy = Counter("inkcode_inference_seconds", "Seconds of inference.", ["model"], registry=registry)
        self._batches = Histogram("inkcode_batch_rows", "Images a batch.", ["model"], registry=registry, buckets=_ROWS)
        self._waiting = Gauge(
            "inkcode_queue_rows",
            "Images asked for and not begun.",
            ["model"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._rejected = Counter(
            "inkcode_rejected_requests",
            "Requests not let into the queue: it was full, or too long for the deadline.",
            ["model", "reason"],
            registry=registry,
        )
        self._dropped = Counter(
            "inkcode_dropped_requests",
            "Requests dropped from the queue: the deadline passed, or the client hung up.",
            ["model", "reason"],
            registry=registry,
        )
        self._reloads = Counter(
            "inkcode_reloads", "Files of models that changed, by outcome.", ["outcome"], registry=registry
        )
        self._declined = Counter(
            "inkcode_fast_path_declined",
            "Small requests that ASGI answered instead of the fast path, by reason.",
            ["reason"],
            registry=registry,
        )
        self._of_this_process = CollectorRegistry()
        # Bound once: finding a metric by its labels costs more than counting.
        self._counted = cache(lambda route, status, path: self._requests.labels(route, str(status), path).inc)
        self._timed = cache(lambda route, path: self._seconds.labels(route, path).observe)
        self._staged = {stage: self._stages.labels(stage).observe for stage in get_args(Stage)}

    def observe(self, route: str, status: int, path: Literal["fast", "asgi"], seconds: float) -> None:
        """Count one answered request. `route` is a template of the app's, `unmatched` where there was none."""
        self._counted(route, status, path)()
        self._timed(route, path)(seconds)

    def declined(self, reason: str) -> None:
        """Count a request that the fast path declined."""
        self._declined.labels(reason).inc()

    def spent(self, stage: Stage, seconds: float) -> None:
        """Time one stage of a request that is answered with pictures, or with what was read off some."""
        self._staged[stage](seconds)

    def reloaded(self, outcome: str) -> None:
        """Count a file of a model that changed."""
        self._reloads.labels(outcome).inc()

    def tally(self, model: str) -> Tally:
        """What counts for one model."""
        return _Tally(self, model)

    def show(self, models: Registry) -> None:
        """Tell of these models too."""
        self._of_this_process.register(_Models(models))
        if not _several():
            ProcessCollector(registry=self._of_this_process)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        counts = self._registry
        if _several():
            counts = CollectorRegistry()
            MultiProcessCollector(counts)
        return generate_latest(counts) + generate_latest(self._of_this_process)


def _several() -> bool:
    return "PROMETHEUS_MULTIPROC_DIR" in os.environ


class _Tally(Tally):
    def __init__(self, metrics: Metrics, model: str) -> None:
        # Private to this file, not to the class: a model's part of the app's metrics.
        self._images, self._busy = metrics._images.labels(model), metrics._busy.labels(model)
        self._batches, self._waiting = metrics._batches.labels(model), metrics._waiting.labels(model)
        self._rejected, self._dropped, self._model = metrics._rejected, metrics._dropped, model

    def waiting(self, rows: int) -> None:
        self._waiting.inc(rows)

    def ran(self, rows: int, seconds: float) -> None:
        self._images.inc(rows)
        self._busy.inc(seconds)
        self._batches.observe(rows)

    def rejected(self, reason: Literal["full", "deadline"]) -> None:
        self._rejected.labels(self._model, reason).inc()

    def dropped(self, reason: Literal["deadline", "abandoned"]) -> None:
        self._dropped.labels(self._model, reason).inc()


class _Models(Collector):
    def __init__(self, models: Registry) -> None:
        self._models = models

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily(
            "inkcode_model_info",
            "1 for each model served, with its file's digest and the provider that really runs it.",
            labels=["model", "sha256", "provider"],
        )
        for name, model in self._models.models.items():
            info.add_metric([name, model.generator.sha256, model.generator.provider], 1)
        ready = GaugeMetricFamily("inkcode_ready", "1 when models can be served.", value=not self._models.reason)
        refused = GaugeMetricFamily("inkcode_refused_files", "Files refused.", value=len(self._models.refused))
        yield from (info, ready, refused)
