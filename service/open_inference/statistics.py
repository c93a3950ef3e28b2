"""A model's statistics as Triton reports them, from the counts that Prometheus scrapes."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client.samples import Sample

from service.open_inference.documents import Duration, InferenceStatistics, ModelStatistics


def model_statistics(name: str, version: str, samples: Sequence[Sample]) -> ModelStatistics:
    """The statistics of one model, of its generator; `samples` are `Metrics.samples()`.

    A request that was not accepted, or was dropped, has failed; the seconds of failed requests are not known.
    """

    def total(metric: str, **labels: str) -> float:
        wanted = {"model": name, **labels}.items()
        return sum(sample.value for sample in samples if sample.name == metric and wanted <= sample.labels.items())

    answered = int(total("inkcode_model_requests_total", outcome="answered"))
    failed = total("inkcode_model_requests_total", outcome="failed")
    refused = total("inkcode_rejected_requests_total") + total("inkcode_dropped_requests_total")
    queue = round(1e9 * total("inkcode_model_request_seconds_total", stage="queue"))
    inference = round(1e9 * total("inkcode_model_request_seconds_total", stage="inference"))
    return ModelStatistics(
        name=name,
        version=version,
        last_inference=round(1e3 * total("inkcode_last_inference_timestamp_seconds")),
        inference_count=int(total("inkcode_images_total")),
        execution_count=int(total("inkcode_batch_rows_count")),
        inference_stats=InferenceStatistics(
            success=Duration(count=answered, ns=queue + inference),
            fail=Duration(count=int(failed + refused)),
            queue=Duration(count=answered, ns=queue),
            compute_infer=Duration(count=answered, ns=inference),
        ),
    )
