"""Prometheus metrics: of the requests, of the engine, and of the models served at the moment.

If `PROMETHEUS_MULTIPROC_DIR` is set, as it is for several workers, each process keeps its counts in a file there, and
every process reports the counts of all.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from service.engine.observer import BatchObserver, Drop, Rejection
from service.engine.repository.models import ModelRepository

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_ROWS = tuple(2**power for power in range(13))

Stage = Literal["decode", "queue", "inference", "encode"]


class _Histogram(Histogram):
    """A histogram whose `observe` finds the bucket at once: it is called several times for each request."""

    def observe(self, amount: float, exemplar: dict[str, str] | None = None) -> None:
        """Count an amount of a child; there are no exemplars."""
        self._sum.inc(amount)
        self._buckets[bisect_left(self._upper_bounds, amount)].inc(1)


class Metrics:
    """The metrics of one app, in a registry of its own, so that two apps in one process do not share counts."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "inkcode_requests",
            "Requests answered, by route, status and the path that served them.",
            ["route", "status", "path"],
            registry=registry,
        )
        self._seconds = _Histogram(
            "inkcode_request_seconds",
            "Seconds from a request's head to the end of its response, by route and the path that served it.",
            ["route", "path"],
            registry=registry,
            buckets=_SECONDS,
        )
        self._stages = _Histogram(
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
        self._batches = Histogram(
            "inkcode_batch_rows", "Images per batch.", ["model"], registry=registry, buckets=_ROWS
        )
        self._waiting = Gauge(
            "inkcode_queue_rows",
            "Images waiting in the queue.",
            ["model"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._rejected = Counter(
            "inkcode_rejected_requests",
            "Requests not accepted into the queue: it was full, or the deadline could not be met.",
            ["model", "reason"],
            registry=registry,
        )
        self._dropped = Counter(
            "inkcode_dropped_requests",
            "Requests dropped from the queue: the deadline passed, or the client hung up.",
            ["model", "reason"],
            registry=registry,
        )
        self._model_requests = Counter(
            "inkcode_model_requests",
            "Requests that a model's batches answered or failed, whichever path or protocol they came by.",
            ["model", "outcome"],
            registry=registry,
        )
        self._model_request_seconds = Counter(
            "inkcode_model_request_seconds",
            "Seconds that a model's answered requests spent in the queue and in inference, summed over the requests.",
            ["model", "stage"],
            registry=registry,
        )
        self._last_inference = Gauge(
            "inkcode_last_inference_timestamp_seconds",
            "When a model last answered a request, as Unix time.",
            ["model"],
            registry=registry,
            multiprocess_mode="max",
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
        self._refused = Counter(
            "inkcode_refused_connections",
            "Connections, and requests that were not whole, that the server ended by itself, by reason.",
            ["reason"],
            registry=registry,
        )
        self._shards = Counter(
            "inkcode_shard_requests",
            "Requests for a shard, by where it came from: kept (hit), being made for another (joined), or made (miss).",
            ["outcome"],
            registry=registry,
        )
        self._process_registry = CollectorRegistry()
        # Each bound method is kept: looking a metric up by its labels costs more than counting.
        self._request_children = cache(
            lambda route, status, path: (
                self._requests.labels(route, str(status), path).inc,
                self._seconds.labels(route, path).observe,
            )
        )
        self._time_stage = {stage: self._stages.labels(stage).observe for stage in get_args(Stage)}

    def observe_request(self, route: str, status: int, path: Literal["fast", "asgi", "grpc"], seconds: float) -> None:
        """Count one answered request. `route` is the template of its URL's path, or `unmatched`."""
        count, observe = self._request_children(route, status, path)
        count()
        observe(seconds)

    def count_declined(self, reason: str) -> None:
        """Count a request that the fast path declined."""
        self._declined.labels(reason).inc()

    def count_refused(self, reason: str) -> None:
        """Count a connection that the server ended: it was too slow, took too much, or sent no HTTP."""
        self._refused.labels(reason).inc()

    def observe_stage(self, stage: Stage, seconds: float) -> None:
        """Record the seconds of one stage of an answered request."""
        self._time_stage[stage](seconds)

    def count_reload(self, outcome: str) -> None:
        """Count a change of a model file: `loaded`, `refused` or `removed`."""
        self._reloads.labels(outcome).inc()

    def count_shard(self, outcome: str) -> None:
        """Count a request for a shard: `hit`, `joined` or `miss`; see `service.datasets.shard_cache`."""
        self._shards.labels(outcome).inc()

    def observer(self, model: str) -> BatchObserver:
        """The observer of one model's batcher."""
        return _PrometheusObserver(self, model)

    def expose(self, repository: ModelRepository, gpu_expected: bool) -> None:
        """Report the state of a repository's models too, and whether they are meant to run on a GPU."""
        self._process_registry.register(_RepositoryCollector(repository, gpu_expected))
        if not _is_multiprocess():
            ProcessCollector(registry=self._process_registry)

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._counts()) + generate_latest(self._process_registry)

    def samples(self) -> list[Sample]:
        """The counts as they stand, those of all workers added up. It reads files where there are several."""
        return [sample for family in self._counts().collect() for sample in family.samples]

    def _counts(self) -> CollectorRegistry:
        if not _is_multiprocess():
            return self._registry
        counts = CollectorRegistry()
        MultiProcessCollector(counts)
        return counts


def _is_multiprocess() -> bool:
    return "PROMETHEUS_MULTIPROC_DIR" in os.environ


class _PrometheusObserver(BatchObserver):
    def __init__(self, metrics: Metrics, model: str) -> None:
        # The private fields of `Metrics` are shared within this module.
        self._images, self._busy = metrics._images.labels(model), metrics._busy.labels(model)
        self._batches, self._waiting = metrics._batches.labels(model), metrics._waiting.labels(model)
        # Each series begins at 0 now: Prometheus sees no increase in one that begins at 1.
        self._rejected = {reason: metrics._rejected.labels(model, reason) for reason in get_args(Rejection)}
        self._dropped = {reason: metrics._dropped.labels(model, reason) for reason in get_args(Drop)}
        self._answered = metrics._model_requests.labels(model, "answered")
        self._failed = metrics._model_requests.labels(model, "failed")
        self._queue_seconds = metrics._model_request_seconds.labels(model, "queue")
        self._inference_seconds = metrics._model_request_seconds.labels(model, "inference")
        self._last_inference = metrics._last_inference.labels(model)

    def on_queue_change(self, rows: int) -> None:
        self._waiting.inc(rows)

    def on_batch(self, rows: int, seconds: float) -> None:
        self._images.inc(rows)
        self._busy.inc(seconds)
        self._batches.observe(rows)

    def on_answered(self, requests: int, queue_seconds: float, inference_seconds: float) -> None:
        self._answered.inc(requests)
        self._queue_seconds.inc(queue_seconds)
        self._inference_seconds.inc(inference_seconds)
        self._last_inference.set_to_current_time()

    def on_failed(self, requests: int) -> None:
        self._failed.inc(requests)

    def on_rejected(self, reason: Rejection) -> None:
        self._rejected[reason].inc()

    def on_dropped(self, reason: Drop) -> None:
        self._dropped[reason].inc()


class _RepositoryCollector(Collector):
    def __init__(self, repository: ModelRepository, gpu_expected: bool) -> None:
        self._repository, self._gpu_expected = repository, gpu_expected

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily(
            "inkcode_model_info",
            "1 for each model served, with its file's digest and the provider that really runs it.",
            labels=["model", "sha256", "provider"],
        )
        for name, model in self._repository.models.items():
            info.add_metric([name, model.generator.sha256, model.generator.provider], 1)
        ready = GaugeMetricFamily(
            "inkcode_ready", "1 when models can be served.", value=not self._repository.not_ready_reason
        )
        refused = GaugeMetricFamily("inkcode_refused_files", "Files refused.", value=len(self._repository.refused))
        gpu = GaugeMetricFamily(
            "inkcode_gpu_expected",
            "1 where models are meant to run on a GPU; inkcode_model_info tells where each really runs.",
            value=self._gpu_expected,
        )
        yield from (info, ready, refused, gpu)
