"""Strong ETags and their preconditions (RFC 9110, sections 8.8.3 and 13); an ETag names all that decides the bytes."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import version

from fastapi import Request

from latent.codes import Latents
from service.datasets.engine_adapter import runtime_fingerprint
from service.engine.exclusive_batches import EXCLUSIVE_ROWS
from service.engine.repository.models import Model
from service.http.problem_document import field_error
from service.http.problems import PreconditionFailed
from service.imaging.png import PNG_VERSION


def strong_etag(content: bytes) -> str:
    """The ETag of a response whose bytes are a function of `content`, quoted as the header has it."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_not_modified(request: Request, etag: str) -> bool:
    """Whether `If-None-Match` says that the client has what `etag` names, so that 304 is the answer.

    Raises:
        PreconditionFailed: `If-Match` names others alone.
    """
    wanted = ",".join(request.headers.getlist("if-match"))
    if wanted and not {"*", etag} & {tag.strip() for tag in wanted.split(",")}:
        raise PreconditionFailed("it has another ETag", [field_error("If-Match", wanted, f"it is {etag}")])
    held = [tag.strip().removeprefix("W/") for tag in ",".join(request.headers.getlist("if-none-match")).split(",")]
    return "*" in held or etag in held


def grid_etag(model: Model, latents: Latents, layout: str) -> str:
    """The ETag of the images of `latents`, float32 `(n, dim)`, in the format and grid that `layout` tells."""
    # The fingerprint names the processor's arithmetic, the number of rows that of a batch.
    parts = (model.generator.sha256, runtime_fingerprint(model), _versions(), str(EXCLUSIVE_ROWS), layout)
    return strong_etag("\n".join(parts).encode() + latents.tobytes())


@cache
def _versions() -> str:
    """The software besides the model that decides the bytes, and the processor's architecture."""
    packages = " ".join(version(package) for package in ("inkcode", "numpy", "pillow", "zlib-ng"))
    return f"{packages} png {PNG_VERSION} {platform.machine()}"
