"""BentoML: a worker process a core's share, each with threads of its own.

Not by its adaptive batching, which gives a batch's rows back as rows: a picture would have to be made by a second
service in front, at the price of a hop.
"""

from __future__ import annotations

import os
from typing import Annotated

import bentoml
from bentoml.validators import ContentType

from benchmarks.peers.work import WORKERS, Work


@bentoml.service(workers=WORKERS, threads=os.cpu_count(), traffic={"timeout": 60}, metrics={"enabled": False})
class Draw:
    """One session a worker."""

    def __init__(self) -> None:
        self.work = Work()

    @bentoml.api(route="/generate")
    def generate(self, codes: list[list[float]]) -> Annotated[bytes, ContentType("image/png")]:
        """Run in a thread, because it is no coroutine."""
        return self.work.one(codes)
