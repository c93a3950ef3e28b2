"""The loads under which servers are compared, and the measurement of one."""

from __future__ import annotations

import itertools
import json
import time
from concurrent.futures import Executor
from dataclasses import dataclass

from benchmarks.load_generator import LoadResult, closed_loop, open_loop, post, single_bodies
from benchmarks.serving import Server


@dataclass(frozen=True)
class Load:
    """Requests of `sizes` images each, in turn, over `connections` connections.

    Closed loop by default: each connection sends its next request when it has the answer. With `rate`, open loop: all
    connections together send `rate` requests a second, independent of the answers.
    """

    title: str
    sizes: tuple[int, ...]
    connections: int
    rate: float | None = None

    @property
    def images(self) -> float:
        """Mean number of images per request."""
        return sum(self.sizes) / len(self.sizes)

    def requests(self) -> list[bytes]:
        """The HTTP requests, each with different vectors."""
        sizes = self.sizes * (64 if self.sizes == (1,) else 4)
        vectors = [json.loads(body)["codes"][0] for body in single_bodies(74, sum(sizes))]
        bodies = [vectors[end - size : end] for size, end in zip(sizes, itertools.accumulate(sizes), strict=True)]
        return [post("/generate", json.dumps({"codes": body}).encode()) for body in bodies]


SINGLES_1, SINGLES_16, SINGLES_64 = (Load(f"single images, connections: {n}", (1,), n) for n in (1, 16, 64))
GRIDS_1, GRIDS_8 = (Load(f"64-image grids, connections: {n}", (64,), n) for n in (1, 8))
MIXED_16 = Load("1 to 256 images, connections: 16", (1, 1, 1, 1, 16, 1, 1, 1, 1, 64, 1, 1, 1, 1, 4, 256), 16)
LOADS = (SINGLES_1, SINGLES_16, SINGLES_64, GRIDS_1, GRIDS_8, MIXED_16)


def twice_peak(peak: float) -> Load:
    """Twice `peak`, the highest rate of single images that the server answered in a closed loop."""
    return Load("single images, twice its own peak", (1,), 500, 2 * peak)


def half_peak(peak: float) -> Load:
    """Half of a server's `peak` rate of single images."""
    return Load("single images, half of the best peer's peak", (1,), 256, peak / 2)


@dataclass(frozen=True)
class Measurement:
    """A load's result: `cpu`, seconds of all the server's processes per image, and `memory`, MB resident afterwards."""

    load: Load
    result: LoadResult
    cpu: float
    memory: float

    @property
    def images(self) -> float:
        """Images/s."""
        return self.result.rate * self.load.images


def measure(server: Server, load_process: Executor, load: Load, seconds: float) -> Measurement:
    """Put a server under a load that another process generates."""
    address, requests = (server.host, server.port), load.requests()
    cpu_before, began = server.cpu(), time.perf_counter()
    if load.rate is None:
        job = load_process.submit(closed_loop, address, requests, load.connections, seconds)
    else:
        job = load_process.submit(open_loop, address, requests, load.rate, load.connections, seconds)
    result = job.result()
    cpu, elapsed = server.cpu() - cpu_before, time.perf_counter() - began
    images = result.rate * load.images * elapsed
    return Measurement(load, result, cpu / images if images else float("nan"), server.memory())
