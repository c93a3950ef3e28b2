"""Everything that an operator can set, as `INKCODE_*` environment variables."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = IPv4Network | IPv6Network

OWN_PATHS = frozenset(
    {"corpora", "datasets", "docs", "encode", "generate", "interpolate", "lines", "livez", "metrics", "models"}
    | {"openapi.json", "pages", "readyz", "static-offline-docs", "traverse", "v2"}
)
"""The first parts of the paths that the app answers."""


class Settings(BaseSettings):
    """The service's settings. The field `port` is the variable `INKCODE_PORT`, and so on."""

    model_config = SettingsConfigDict(
        env_prefix="INKCODE_", env_ignore_empty=True, frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    host: str = "127.0.0.1"
    """Address to listen on; `0.0.0.0` for every interface."""

    port: int = Field(8000, ge=0, le=65535)
    """TCP port to listen on; 0 takes a free one."""

    grpc_port: int = Field(0, ge=0, le=65535)
    """TCP port of the Open Inference Protocol over gRPC, on the same address; 0 serves none. Needs the extra `grpc`."""

    models: Path = Path(__file__).parent.parent / "models"
    """Folder of the `.onnx` generators to serve; by default `models/` of the checkout."""

    default_model: str | None = None
    """Model of a request that names none; by default `mnist-infogan` if it is there, else the first by name."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where generators run. `cuda` refuses a generator that cannot run on CUDA; `auto` uses CUDA if it works."""

    workers: int = Field(1, ge=1, le=64)
    """Processes that share the port, each with all models. For many small requests, one per core pays off."""

    threads: int = Field(0, ge=0, le=1024)
    """Inference threads per process, each of which computes a batch; 0 means the cores divided by `workers`."""

    watch: float = Field(2.0, ge=0, le=86400, allow_inf_nan=False)
    """Seconds between checks of the models folder for changes; 0 checks only on SIGHUP."""

    deadline: float = Field(30.0, gt=0, le=86400, allow_inf_nan=False)
    """Seconds until the images of a request must be computed; a request that cannot meet this is answered 504."""

    drain: int = Field(25, ge=2, le=86400)
    """Seconds from SIGTERM to exit, at most. Requests already accepted are answered, and no new ones are accepted."""

    keys_file: Path | None = None
    """File of the digests of the accepted API keys, one line each, as `python -m service key` prints them."""

    access_log: bool = True
    """Whether each request but probes is logged, as a line of JSON on stderr."""

    origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins of the web pages that may call the service (CORS), such as `https://a.example`, separated by commas."""

    root_path: str = Field("", max_length=256)
    """Prefix under which a proxy publishes the service, such as `/ink`. The proxy may strip it or keep it."""

    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    """Addresses or networks of proxies whose `X-Forwarded-Prefix` is believed, separated by commas; by default none."""

    connections: int = Field(4096, ge=1)
    """Connections of one process, at most. One more takes the place of the one that has waited longest for a request;
    where all are in use, it is answered 503."""

    max_head: int = Field(65535, ge=1024, le=65535)
    """Bytes of a request's head, its URL included, at most: 414 or 431."""

    head_timeout: float = Field(10.0, gt=0, le=86400, allow_inf_nan=False)
    """Seconds in which the head of a request must arrive, from its first byte; else 408."""

    body_timeout: float = Field(30.0, gt=0, le=86400, allow_inf_nan=False)
    """Seconds in which the body of a request must arrive, from the end of its head; else 408."""

    send_timeout: float = Field(60.0, gt=0, le=86400, allow_inf_nan=False)
    """Seconds without any progress after which the connection of a client that does not read its response is cut."""

    unready_after: float = Field(30.0, gt=0, le=86400, allow_inf_nan=False)
    """Seconds that one inference may take before it counts as hung: `/readyz` answers 503, and no request is taken."""

    dead_after: float = Field(120.0, gt=0, le=86400, allow_inf_nan=False)
    """Seconds that one inference may take before `/livez` answers 503, so that the process is replaced."""

    batch_rows: int = Field(64, ge=1, le=4096)
    """Images computed in one call of the session, at most. More costs memory and, measured on CPUs, gains nothing."""

    max_images: int = Field(1024, ge=1, le=65536)
    """Images that one request may ask for."""

    max_pixels: int = Field(2**25, ge=1)
    """Pixels of one response, gaps of a grid not counted, and bytes of the decoded pictures of one request, at most. It
    bounds the memory that a request for large images takes."""

    max_body: int = Field(4 * 2**20, ge=1024)
    """Bytes of a request's body, at most."""

    max_bodies: int = Field(64 * 2**20, ge=1024)
    """Bytes of all bodies that are read or kept at the same time, per process. A request whose body would go beyond is
    answered 429 before it is read; an eighth is kept for small bodies."""

    queue_pixels: int = Field(2**28, ge=1)
    """Pixels of the large responses that are computed, encoded or sent at the same time, a pixel that is written as a
    number in JSON being four; a further request is answered 429 before any work. A single response is always taken."""

    queue_tasks: int = Field(1024, ge=1)
    """Pieces of work, such as parsing or encoding, that run or wait in the threads; one more is answered 429."""

    queue_rows: int = Field(16384, ge=1)
    """Images that may wait for a model; while so many do, a further request is answered 429."""

    queue_pictures: int = Field(256, ge=0, le=65536)
    """Requests to `/encode` that may wait for their pictures to be decoded; one more is answered 429."""

    shard_samples: int = Field(10_000, ge=1, le=1_000_000)
    """Samples of one shard of a data set, at most; its pixels are at most `max_pixels`."""

    shards: int = Field(2, ge=1, le=64)
    """Shards made at the same time. This bounds the memory that data sets take and keeps the event loop free for small
    requests."""

    queue_shards: int = Field(64, ge=0, le=65536)
    """Shards that may wait to be made; one more is answered 429."""

    shard_cache: int = Field(2**26, ge=0)
    """Bytes of the last shards that each process keeps, at most; a shard that is read in ranges is then made once."""

    corpora: Path | None = None
    """Folder of the text corpora that clients send; by default a temporary one. Replicas that share it know the same
    corpora."""

    corpora_size: int = Field(2**26, ge=1024)
    """Bytes of all text corpora in that folder, at most; those not used for the longest time are removed."""

    @field_validator("keys_file")
    @classmethod
    def _must_be_readable(cls, value: Path | None) -> Path | None:
        if value:
            try:
                value.read_bytes()
            except OSError as error:
                raise ValueError(f"cannot be read: {error.strerror}") from None
        return value

    @field_validator("grpc_port")
    @classmethod
    def _must_be_installed(cls, value: int) -> int:
        if value and not (find_spec("grpc") and find_spec("google.protobuf")):
            raise ValueError("needs grpcio and protobuf: pip install 'inkcode[grpc]'")
        return value

    @field_validator("root_path")
    @classmethod
    def _must_be_a_prefix(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and not re.fullmatch(r"(/[\w.~-]+)+", value, re.ASCII):
            raise ValueError("must be a path such as /ink")
        if value[1:].partition("/")[0] in OWN_PATHS:  # whether the proxy keeps or strips it could not be told
            raise ValueError("must not begin as a path of the service does")
        return value

    @field_validator("origins", "trusted_proxies", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        return tuple(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value

    @property
    def concurrent_batches(self) -> int:
        """Batches that one process computes at the same time."""
        return self.threads or max(1, (os.cpu_count() or 1) // self.workers)
