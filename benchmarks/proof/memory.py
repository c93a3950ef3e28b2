"""Resident memory of the service while it streams samples."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks.proof.record import Memory
from benchmarks.proof.stream import fetch_index, open_path
from benchmarks.serving import Server

POINTS = 20
_CLIENTS = 4
_READ_SIZE = 1 << 20


def measure(server: Server, model: str, n: int, size: int = 1000) -> Memory:
    """Stream `n` samples in shards of `size` to several clients at once, and measure the memory `POINTS` times."""
    paths = [shard["url"] for shard in fetch_index(server, model, n=n, size=size)["shards"]]
    fetch = partial(_fetch, server)
    curve = [(0, round(server.memory(), 1))]
    with ThreadPoolExecutor(_CLIENTS) as clients:
        for point in range(POINTS):
            first, last = point * len(paths) // POINTS, (point + 1) * len(paths) // POINTS
            for _ in clients.map(fetch, paths[first:last]):
                pass
            curve.append((min(n, last * size), round(server.memory(), 1)))
    return Memory(curve=tuple(curve))


def _fetch(server: Server, path: str) -> None:
    with open_path(server, path) as answer:
        expected, received = int(answer.headers["Content-Length"]), 0
        while part := answer.read(_READ_SIZE):
            received += len(part)
    assert received == expected
