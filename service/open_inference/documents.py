"""The protocol's descriptions of the server and its models, by the names that REST and gRPC share.

Sources: github.com/kserve/open-inference-protocol, specification/protocol; github.com/triton-inference-server, server,
docs/protocol/extension_model_configuration.md, extension_statistics.md and extension_model_repository.md, and common,
protobuf/model_config.proto.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Literal

from pydantic import BaseModel, Field

EXTENSIONS = ["binary_tensor_data", "model_configuration", "statistics"]
"""Extensions as Triton names them. Of `model_repository` there is the index alone, so it is not listed."""


class ServerMetadata(BaseModel):
    """The service as the protocol describes it."""

    name: str = "inkcode"
    version: str = Field(default_factory=lambda: version("inkcode"))
    extensions: list[str] = EXTENSIONS


class TensorMetadata(BaseModel):
    """What goes in or comes out; -1 for any number of images."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(BaseModel):
    """A model as the protocol describes it."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class TensorConfig(BaseModel):
    """What goes in or comes out, without the dimension of the batch."""

    name: str
    data_type: Literal["TYPE_FP32", "TYPE_UINT8"]
    dims: list[int]


class LatestVersions(BaseModel):
    """How many of the newest versions are served."""

    num_versions: int = 1


class VersionPolicy(BaseModel):
    """Which versions are served."""

    latest: LatestVersions = LatestVersions()


class DynamicBatching(BaseModel):
    """Requests share batches; none waits for others to come."""

    preferred_batch_size: list[int]
    max_queue_delay_microseconds: int = 0


class InstanceGroup(BaseModel):
    """Where batches run, and how many at the same time."""

    name: str
    kind: Literal["KIND_CPU", "KIND_GPU"]
    count: int


class ModelConfig(BaseModel):
    """A model as Triton configures one. `max_batch_size` is the images of one request, at most."""

    name: str
    platform: str
    backend: str = "onnxruntime"
    version_policy: VersionPolicy = VersionPolicy()
    max_batch_size: int
    input: list[TensorConfig]
    output: list[TensorConfig]
    dynamic_batching: DynamicBatching
    instance_group: list[InstanceGroup]


class Duration(BaseModel):
    """How often something happened, and the nanoseconds it took in all."""

    count: int = 0
    ns: int = 0


class InferenceStatistics(BaseModel):
    """Requests and how long they took. Making tensors ready takes no time worth counting, and there is no cache."""

    success: Duration
    fail: Duration
    queue: Duration
    compute_input: Duration = Duration()
    compute_infer: Duration
    compute_output: Duration = Duration()
    cache_hit: Duration = Duration()
    cache_miss: Duration = Duration()


class BatchStatistics(BaseModel):
    """The batches of one size."""

    batch_size: int
    compute_input: Duration = Duration()
    compute_infer: Duration
    compute_output: Duration = Duration()


class ModelStatistics(BaseModel):
    """What a model has computed since the service started, for requests of every path and protocol.

    `last_inference` is in milliseconds since 1970, 0 for never; `inference_count` counts images and `execution_count`
    batches. `batch_stats` stays empty: `/metrics` has a histogram of the batches' sizes.
    """

    name: str
    version: str
    last_inference: int
    inference_count: int
    execution_count: int
    inference_stats: InferenceStatistics
    batch_stats: list[BatchStatistics] = []


class Statistics(BaseModel):
    """Statistics of models."""

    model_stats: list[ModelStatistics]


class IndexEntry(BaseModel):
    """A model of the models folder: `READY`, or `UNAVAILABLE` and why."""

    name: str
    version: str
    state: Literal["READY", "UNAVAILABLE"]
    reason: str = ""
