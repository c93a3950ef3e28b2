"""BentoML: worker processes, each with a thread pool.

Adaptive batching is not used: it splits a batch's result into rows, so that a second service in front would have to
make the picture, at the cost of another network hop.
"""

from __future__ import annotations

import os
from typing import Annotated

import bentoml
from bentoml.validators import ContentType

from benchmarks.peers.renderer import WORKERS, Renderer


@bentoml.service(workers=WORKERS, threads=os.cpu_count(), traffic={"timeout": 60}, metrics={"enabled": False})
class GeneratorService:
    """One session per worker."""

    def __init__(self) -> None:
        self.renderer = Renderer()

    @bentoml.api(route="/generate")
    def generate(self, codes: list[list[float]]) -> Annotated[bytes, ContentType("image/png")]:
        """Not a coroutine, so BentoML runs it in a thread."""
        return self.renderer.render(codes)
