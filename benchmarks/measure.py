"""The loads that servers are compared at, and what came of each."""

from __future__ import annotations

import itertools
import json
import time
from concurrent.futures import Executor
from dataclasses import dataclass

from benchmarks.load import Result, closed, paced, request, singles
from benchmarks.serving import Server


@dataclass(frozen=True)
class Load:
    """Requests of so many images each, in turn, on so many connections.

    Each connection asks again as soon as it is answered; or all together ask `pace` requests a second whatever comes.
    """

    title: str
    sizes: tuple[int, ...]
    connections: int
    pace: float | None = None

    @property
    def images(self) -> float:
        """Images a request, on average."""
        return sum(self.sizes) / len(self.sizes)

    def requests(self) -> list[bytes]:
        """As they go over the wire, each of vectors of its own."""
        sizes = self.sizes * (64 if self.sizes == (1,) else 4)
        vectors = [json.loads(body)["codes"][0] for body in singles(74, sum(sizes))]
        bodies = [vectors[end - size : end] for size, end in zip(sizes, itertools.accumulate(sizes), strict=True)]
        return [request("/generate", json.dumps({"codes": body}).encode()) for body in bodies]


ONE, SIXTEEN, MANY = (Load(f"single images, connections: {n}", (1,), n) for n in (1, 16, 64))
GRID, GRIDS = (Load(f"64-image grids, connections: {n}", (64,), n) for n in (1, 8))
MIXED = Load("1 to 256 images, connections: 16", (1, 1, 1, 1, 16, 1, 1, 1, 1, 64, 1, 1, 1, 1, 4, 256), 16)
LOADS = (ONE, SIXTEEN, MANY, GRID, GRIDS, MIXED)


def twice(peak: float) -> Load:
    """Twice what a server can hold, told from the most single images a second that it answered."""
    return Load("single images, twice its own peak", (1,), 500, 2 * peak)


def half(peak: float) -> Load:
    """Half of some server's peak."""
    return Load("single images, half of the best peer's peak", (1,), 256, peak / 2)


@dataclass(frozen=True)
class Measured:
    """What came of a load: `cpu` seconds that the server's processes took an image, `memory` in MB after it."""

    load: Load
    result: Result
    cpu: float
    memory: float

    @property
    def images(self) -> float:
        """Images/s."""
        return self.result.rate * self.load.images


def measure(server: Server, apart: Executor, load: Load, seconds: float) -> Measured:
    """Put a server under a load that another process makes."""
    address, asked = (server.host, server.port), load.requests()
    before, began = server.cpu(), time.perf_counter()
    if load.pace is None:
        job = apart.submit(closed, address, asked, load.connections, seconds)
    else:
        job = apart.submit(paced, address, asked, load.pace, load.connections, seconds)
    result = job.result()
    used, took = server.cpu() - before, time.perf_counter() - began
    images = result.rate * load.images * took
    return Measured(load, result, used / images if images else float("nan"), server.memory())
