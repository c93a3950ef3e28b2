"""Everything an operator can set, as `INKCODE_*` environment variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """The service's settings: field `port` is the variable `INKCODE_PORT`, and so on."""

    model_config = SettingsConfigDict(
        env_prefix="INKCODE_", env_ignore_empty=True, frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    host: str = "127.0.0.1"
    """Address to listen on; `0.0.0.0` for every interface."""

    port: int = Field(8000, ge=0, le=65535)
    """TCP port to listen on; 0 takes a free one."""

    models: Path = Path(__file__).parent.parent / "models"
    """Folder of `.onnx` generators to serve; a checkout's own by default."""

    default_model: str | None = None
    """Model a request gets that names none; left out, `mnist-infogan` if there, else the first by name."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where generators run. `cuda` refuses to serve from anything else; `auto` takes CUDA where it works."""

    workers: int = Field(1, ge=1, le=64)
    """Processes that share the port, each with all models. Worth a core each where many small requests come at once."""

    threads: int = Field(0, ge=0, le=1024)
    """Threads of inference, each computing a batch; 0 takes one a core, which several workers share out."""

    watch: float = Field(2.0, ge=0, le=86400, allow_inf_nan=False)
    """Seconds between looks at the folder of models for changes; 0 looks on SIGHUP alone."""

    deadline: float = Field(30.0, gt=0, le=86400, allow_inf_nan=False)
    """Seconds a request may take until its images are computed; what cannot be in time is answered 504 instead."""

    drain: int = Field(25, ge=2, le=86400)
    """Seconds from SIGTERM to the end, at most: what was taken is answered, and nothing new is."""

    keys_file: Path | None = None
    """File that lists the digests of the API keys that are let in, as `python -m service key` writes them."""

    access_log: bool = True
    """Whether each request but probes is logged, as a line of JSON on stderr."""

    origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins of pages that may call the service from a browser, such as `https://a.example`, comma by comma."""

    batch_rows: int = Field(64, ge=1, le=4096)
    """Images computed in one call of the session. More costs memory and, measured on CPUs, gains nothing."""

    max_images: int = Field(1024, ge=1, le=65536)
    """Images one request may ask for."""

    max_pixels: int = Field(2**25, ge=1)
    """Pixels one answer may hold, gaps not counted, and bytes that pictures read for one request take: what bounds
    a request's memory for large images."""

    max_body: int = Field(4 * 2**20, ge=1024)
    """Bytes a request's body may have."""

    queue_rows: int = Field(16384, ge=1)
    """Images that wait for a model while more is let in; a request that finds as many is answered 429."""

    queue_pictures: int = Field(256, ge=0, le=65536)
    """Requests that may wait for their pictures to be opened, to read codes off them; one more is answered 429."""

    shard_samples: int = Field(10_000, ge=1, le=1_000_000)
    """Samples one shard of a data set may have; its pixels, too, are at most `max_pixels`."""

    shards: int = Field(2, ge=1, le=64)
    """Shards made at once: what bounds the memory of data sets, and leaves the loop to small requests."""

    queue_shards: int = Field(64, ge=0, le=65536)
    """Shards that may wait for their turn; a request beyond that is answered 429."""

    @field_validator("origins", mode="before")
    @classmethod
    def _comma_by_comma(cls, value: object) -> object:
        return tuple(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value

    @property
    def lanes(self) -> int:
        """Batches that a process computes at once."""
        return self.threads or max(1, (os.cpu_count() or 1) // self.workers)
