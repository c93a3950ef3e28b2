"""What the protocol's clients may ask, whichever transport they use."""

from __future__ import annotations

from pathlib import Path

from latent import CodeError
from latent.codes import Latents
from service.engine.repository.models import Model, ModelRepository
from service.metrics import Metrics
from service.open_inference.documents import (
    DynamicBatching,
    IndexEntry,
    InstanceGroup,
    ModelConfig,
    ModelMetadata,
    Statistics,
    TensorConfig,
    TensorMetadata,
)
from service.open_inference.infer_request import InferRequest
from service.open_inference.statistics import model_statistics
from service.open_inference.tensors import read_latents
from service.settings import Settings

VERSION = "1"
"""The version of every model: a file that changes takes the place of the one before it."""

_PLATFORM = "onnxruntime_onnx"


class UnknownVersionError(LookupError):
    """A request names a version that no model has."""

    def __init__(self, version: str) -> None:
        super().__init__(f"the only version of a model is {VERSION}")
        self.version = version


class DataPlane:
    """The models of a repository. `metrics` are those that its batchers report to."""

    def __init__(self, settings: Settings, repository: ModelRepository, metrics: Metrics) -> None:
        self._settings, self._repository, self._metrics = settings, repository, metrics

    @property
    def is_ready(self) -> bool:
        """Whether models are served."""
        return not self._repository.not_ready_reason

    def model(self, name: str, version: str = "") -> Model:
        """The model of this name; an empty version stands for the one there is.

        Raises:
            UnknownVersionError: no model has this version.
            NotReadyError, UnknownModelError: see `ModelRepository.get`.
        """
        if version not in ("", VERSION):
            raise UnknownVersionError(version)
        return self._repository.get(name)

    def metadata(self, model: Model) -> ModelMetadata:
        """A model's input and output."""
        images, latent = model.card.image, model.card.latent
        shape = [-1, images.channels, images.height, images.width]
        return ModelMetadata(
            name=model.card.name,
            versions=[VERSION],
            platform=_PLATFORM,
            inputs=[TensorMetadata(name="latent", datatype="FP32", shape=[-1, latent.dim])],
            outputs=[TensorMetadata(name="images", datatype="UINT8", shape=shape)],
        )

    def config(self, model: Model) -> ModelConfig:
        """A model's configuration, as Triton would have it."""
        name, images, on_cpu = model.card.name, model.card.image, model.generator.on_cpu
        dims = [images.channels, images.height, images.width]
        instances = InstanceGroup(
            name=name,
            kind="KIND_CPU" if on_cpu else "KIND_GPU",
            count=self._settings.concurrent_batches if on_cpu else 1,
        )
        return ModelConfig(
            name=name,
            platform=_PLATFORM,
            max_batch_size=self._settings.max_images,
            input=[TensorConfig(name="latent", data_type="TYPE_FP32", dims=[model.card.latent.dim])],
            output=[TensorConfig(name="images", data_type="TYPE_UINT8", dims=dims)],
            dynamic_batching=DynamicBatching(preferred_batch_size=[self._settings.batch_rows]),
            instance_group=[instances],
        )

    def statistics(self, *models: Model) -> Statistics:
        """The statistics of these models; of all, if none is given. It may read files."""
        samples = self._metrics.samples()
        names = [model.card.name for model in models] or sorted(self._repository.models)
        return Statistics(model_stats=[model_statistics(name, VERSION, samples) for name in names])

    def index(self, ready_only: bool = False) -> list[IndexEntry]:
        """The models of the folder, by name: those that are served and, unless `ready_only`, those that are not."""
        reason = self._repository.not_ready_reason
        state, why = ("UNAVAILABLE", reason) if reason else ("READY", "")
        entries = [
            IndexEntry.model_validate({"name": name, "version": VERSION, "state": state, "reason": why})
            for name in self._repository.models
        ]
        refused = [
            IndexEntry(name=Path(refusal.file).stem, version="", state="UNAVAILABLE", reason=refusal.reason)
            for refusal in self._repository.refused
        ]
        wanted = [entry for entry in entries + refused if entry.state == "READY" or not ready_only]
        return sorted(wanted, key=lambda entry: entry.name)

    def latents(self, model: Model, request: InferRequest, raw: bytes | None) -> Latents:
        """The latents float32 `(n, dim)` that a request asks images for; `raw` are its input's bytes, if any.

        Raises:
            CodeError: the input does not fit the model, or the images would be too many or too large.
        """
        latents = read_latents(request.inputs[0], raw, model.card.latent, self._settings.max_images)
        most = self._settings.max_pixels // model.card.image.values
        if len(latents) > most:
            raise CodeError("inputs[0].shape", request.inputs[0].shape, f"must be at most {most} images of this size")
        return latents
