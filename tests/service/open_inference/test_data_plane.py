"""The data plane without a transport."""

from __future__ import annotations

from pathlib import Path

import pytest

from latent import CodeError
from service.engine.repository.models import ModelRepository, UnknownModelError
from service.metrics import Metrics
from service.open_inference.data_plane import DataPlane, UnknownVersionError
from service.open_inference.infer_request import InferRequest
from service.settings import Settings


def make(settings: Settings) -> tuple[DataPlane, Metrics]:
    metrics = Metrics()
    return DataPlane(settings, ModelRepository(settings, metrics.observer), metrics), metrics


def test_a_model_has_one_version(models: Path) -> None:
    plane, _ = make(Settings(models=models))
    assert plane.is_ready
    assert plane.model("noise") is plane.model("noise", "1")
    with pytest.raises(UnknownVersionError):
        plane.model("noise", "2")
    with pytest.raises(UnknownModelError):
        plane.model("gone", "1")


def test_statistics_add_up_what_was_counted(models: Path) -> None:
    plane, metrics = make(Settings(models=models))
    observer = metrics.observer("noise")
    observer.on_batch(7, 0.5)
    observer.on_answered(2, 0.25, 0.5)
    observer.on_failed(1)
    observer.on_rejected("full")
    observer.on_dropped("deadline")
    (noise,) = plane.statistics(plane.model("noise")).model_stats
    assert (noise.inference_count, noise.execution_count) == (7, 1)
    counts = noise.inference_stats
    assert (counts.success.count, counts.success.ns) == (2, 750_000_000)
    assert (counts.queue.ns, counts.compute_infer.ns) == (250_000_000, 500_000_000)
    assert counts.fail.count == 3
    assert noise.last_inference > 0
    assert [entry.inference_count for entry in plane.statistics().model_stats] == [0, 0, 7]


def test_images_are_bounded_in_number_and_in_pixels(models: Path) -> None:
    given = {"name": "latent", "datatype": "FP32", "shape": [3, 5], "data": [0.0] * 15}
    request = InferRequest.model_validate({"inputs": [given]})
    for settings, ok in (({"max_images": 2}, False), ({"max_pixels": 29}, False), ({"max_pixels": 30}, True)):
        plane, _ = make(Settings(models=models, **settings))
        model = plane.model("noise")
        if ok:
            assert plane.latents(model, request, None).shape == (3, 5)
        else:
            with pytest.raises(CodeError, match="shape"):
                plane.latents(model, request, None)


def test_nothing_is_served_from_an_empty_folder(tmp_path: Path) -> None:
    plane, _ = make(Settings(models=tmp_path))
    assert not plane.is_ready
    assert plane.index() == []
    assert plane.statistics().model_stats == []
