"""Everything an operator can set, as `INKCODE_*` environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


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

    threads: int = Field(0, ge=0, le=1024)
    """Threads one inference may use; 0 leaves it to ONNX Runtime, which takes one a physical core."""

    batch_rows: int = Field(64, ge=1, le=4096)
    """Images computed in one call of the session. More costs memory and, measured on CPUs, gains nothing."""

    max_images: int = Field(1024, ge=1, le=65536)
    """Images one request may ask for."""

    max_pixels: int = Field(2**25, ge=1)
    """Pixels one answer may hold, gaps not counted: what bounds a request's memory for large images."""

    max_body: int = Field(4 * 2**20, ge=1024)
    """Bytes a request's body may have."""

    queue_rows: int = Field(16384, ge=1)
    """Images that may wait for a model; a request beyond that is answered 429. At least `max_images`."""

    @field_validator("queue_rows")
    @classmethod
    def _queue_holds_the_largest_request(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("max_images", 0):
            raise ValueError(f"must be at least max_images, {info.data['max_images']}: no such request could run")
        return value
