"""Resident memory of the service while it streams."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks.proof.record import Memory
from benchmarks.proof.stream import index_of, opened
from benchmarks.serving import Server

POINTS = 20
_CLIENTS = 4
_PIECE = 1 << 20


def follow(server: Server, model: str, n: int, size: int = 1000) -> Memory:
    """Stream `n` samples in shards of `size` to several clients at once, and look `POINTS` times on the way."""
    paths = [shard["url"] for shard in index_of(server, model, n=n, size=size)["shards"]]
    take = partial(_take, server)
    curve = [(0, round(server.memory(), 1))]
    with ThreadPoolExecutor(_CLIENTS) as clients:
        for point in range(POINTS):
            first, last = point * len(paths) // POINTS, (point + 1) * len(paths) // POINTS
            for _ in clients.map(take, paths[first:last]):
                pass
            curve.append((min(n, last * size), round(server.memory(), 1)))
    return Memory(curve=tuple(curve))


def _take(server: Server, path: str) -> None:
    with opened(server, path) as answer:
        expected, got = int(answer.headers["Content-Length"]), 0
        while piece := answer.read(_PIECE):
            got += len(piece)
    assert got == expected
