"""What Prometheus reads: requests as they are answered, and the engine's own counts at the time of asking."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.engine.registry import Registry

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # seconds


class Metrics:
    """One app's metrics, in a registry of its own: two apps in one process do not mix."""

    def __init__(self, models: Registry) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "inkcode_requests", "Requests answered, by route and status.", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "inkcode_request_seconds",
            "Seconds from a request to the end of its answer, by route.",
            ["route"],
            registry=self._registry,
            buckets=_BUCKETS,
        )
        self._registry.register(_Engine(models))
        ProcessCollector(registry=self._registry)

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count one answered request. `route` is a template of the app's, `unmatched` where there was none."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _Engine(Collector):
    def __init__(self, models: Registry) -> None:
        self._models = models

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily(
            "inkcode_model_info",
            "1 for each model served, with its file's digest and the provider that really runs it.",
            labels=["model", "sha256", "provider"],
        )
        images = CounterMetricFamily("inkcode_images", "Images generated, by model.", labels=["model"])
        busy = CounterMetricFamily("inkcode_inference_seconds", "Seconds of inference, by model.", labels=["model"])
        waiting = GaugeMetricFamily("inkcode_waiting_images", "Images asked for and not begun.", labels=["model"])
        for name, model in self._models.models.items():
            info.add_metric([name, model.generator.sha256, model.generator.provider], 1)
            images.add_metric([name], model.batcher.rows)
            busy.add_metric([name], model.batcher.busy)
            waiting.add_metric([name], model.batcher.waiting)
        ready = GaugeMetricFamily("inkcode_ready", "1 when models can be served.", value=not self._models.reason)
        refused = GaugeMetricFamily("inkcode_refused_files", "Files refused.", value=len(self._models.refused))
        yield from (info, images, busy, waiting, ready, refused)
