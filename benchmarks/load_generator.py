"""An HTTP load generator: one thread on plain sockets.

It takes about ten microseconds per request, little beside the server that it measures. `python -m
benchmarks.load_generator` prints what the service with its default settings does under a few loads.
"""

from __future__ import annotations

import argparse
import itertools
import json
import select
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.serving import serving


@dataclass
class LoadResult:
    """The result of a load. Requests that are answered during the warm-up are not counted."""

    seconds: float = 0.0
    """Duration in which requests were counted."""

    times: dict[int, list[float]] = field(default_factory=dict)
    """Response times in seconds, by status."""

    errors: Counter[str] = field(default_factory=Counter)
    """Requests without an answer, by the name of the exception."""

    received: int = 0
    """Bytes received."""

    cpu: float = 0.0
    """Share of one core that the load generator used; near 1, the result is its own limit and not the server's."""

    @property
    def rate(self) -> float:
        """Requests per second that were answered 200."""
        return len(self.times.get(200, [])) / self.seconds

    def percentile(self, percent: float, status: int = 200) -> float:
        """A percentile, 0 to 100, of the response times in milliseconds; NaN if no answer had that status."""
        times = self.times.get(status)
        return 1000 * float(np.percentile(times, percent)) if times else float("nan")

    def __str__(self) -> str:
        counts = ", ".join(f"{status}: {len(times)}" for status, times in sorted(self.times.items()))
        failed = f", failed: {dict(self.errors)}" if self.errors else ""
        return (
            f"{self.rate:.0f} requests/s, p50 {self.percentile(50):.2f} ms, p99 {self.percentile(99):.2f} ms"
            f" ({counts}{failed})"
        )


class _Connection:
    """One HTTP/1.1 connection, one request at a time."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began: float | None = None
        """When the request was sent; None while none is waiting for its answer."""
        self._answer = bytearray()
        self._length = 0  # of the complete answer; 0 until its head is read

    def send(self, request: bytes, began: float) -> None:
        self._answer, self._length, self.began = bytearray(), 0, began
        self.socket.sendall(request)

    def read(self) -> int | None:
        """The status once the answer is complete, None before.

        Raises:
            ConnectionError: the server closed the connection first.
        """
        part = self.socket.recv(1 << 20)
        if not part:
            raise ConnectionError("closed by the server")
        self._answer += part
        if not self._length:
            end = self._answer.find(b"\r\n\r\n")
            if end < 0:
                return None
            head = self._answer[:end].lower()
            at = head.find(b"\r\ncontent-length:")
            if at < 0:  # chunked
                return self.status if self._answer.endswith(b"\r\n0\r\n\r\n") else None
            self._length = end + 4 + int(head[at + 17 :].split(b"\r\n", 1)[0])
        return self.status if len(self._answer) >= self._length else None

    @property
    def status(self) -> int:
        return int(self._answer[9:12])

    @property
    def size(self) -> int:
        return len(self._answer)


def post(path: str, body: bytes, host: str = "localhost", headers: str = "") -> bytes:
    """The bytes of a POST request with a JSON body."""
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def get(path: str, host: str = "localhost") -> bytes:
    """The bytes of a GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def closed_loop(
    address: tuple[str, int], requests: Sequence[bytes], connections: int, seconds: float, until: int | None = None
) -> LoadResult:
    """Closed-loop load: each connection sends its next request when it has the answer.

    A connection ends at the first answer with the status `until`. Without `until`, the first tenth of the time is
    warm-up and not counted.
    """
    return _drive(address, itertools.cycle(requests), connections, seconds, None, until)


def open_loop(
    address: tuple[str, int], requests: Sequence[bytes], rate: float, connections: int, seconds: float
) -> LoadResult:
    """Open-loop load: `rate` requests a second, independent of the answers, while a connection is free.

    Response times count from the moment when the request was due (no coordinated omission).
    """
    return _drive(address, itertools.cycle(requests), connections, seconds, rate)


def _drive(
    address: tuple[str, int],
    requests: Iterator[bytes],
    connections: int,
    seconds: float,
    rate: float | None,
    until: int | None = None,
) -> LoadResult:
    result, poll = LoadResult(), select.epoll()
    links: dict[int, _Connection] = {}

    def connect() -> _Connection:
        link = _Connection(address)
        links[link.socket.fileno()] = link
        poll.register(link.socket.fileno(), select.EPOLLIN)
        return link

    def close(link: _Connection) -> None:
        poll.unregister(link.socket.fileno())
        del links[link.socket.fileno()]
        link.socket.close()

    def fail(link: _Connection, error: OSError) -> None:
        close(link)
        if link.began is None:
            free.remove(link)
        else:
            result.errors[type(error).__name__] += 1
        if until is None:
            free.append(connect())

    free = [connect() for _ in range(connections)]
    clock = time.perf_counter
    begin, own = clock(), time.process_time()
    counted, end = begin + (0.0 if until else seconds / 10), begin + seconds
    sent = 0
    while True:
        now = clock()
        if now >= end or not links:
            break
        while free and (rate is None or sent < (now - begin) * rate):
            link = free.pop()
            try:
                link.send(next(requests), now if rate is None else begin + sent / rate)
            except OSError as error:
                fail(link, error)
            sent += 1
        wait = end - now if rate is None or not free else max(0.0, begin + sent / rate - now)
        for number, _ in poll.poll(min(wait, end - now)):
            link = links[number]
            try:
                status = link.read()
            except OSError as error:
                fail(link, error)
                continue
            if status is None:
                continue
            now = clock()
            if now >= counted:
                result.times.setdefault(status, []).append(now - (link.began or now))
                result.received += link.size
            link.began = None
            if status == until:
                close(link)
            else:
                free.append(link)
    result.seconds, result.cpu = clock() - counted, (time.process_time() - own) / (clock() - begin)
    for link in links.values():
        link.socket.close()
    return result


def single_bodies(dim: int, count: int = 64) -> list[bytes]:
    """JSON bodies for one image each, by a full vector of `dim` numbers that ends in ten categories and two codes."""
    rng = np.random.default_rng(0)
    bodies = []
    for _ in range(count):
        noise, codes = rng.standard_normal(dim - 12), rng.uniform(-1, 1, 2)
        vector = [*noise.round(6).tolist(), *np.eye(10)[rng.integers(10)].tolist(), *codes.round(6).tolist()]
        bodies.append(json.dumps({"codes": [vector]}).encode())
    return bodies


def grid_bodies(dim: int, size: int, count: int = 8) -> list[bytes]:
    """JSON bodies for grids of `size` images each, by full vectors."""
    vectors = [json.loads(body)["codes"][0] for body in single_bodies(dim, size * count)]
    return [json.dumps({"codes": vectors[i * size : (i + 1) * size]}).encode() for i in range(count)]


def main() -> None:
    """Measure each load in turn on one server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each load lasts")
    parser.add_argument("--workers", default="1", help="worker processes of the service")
    options = parser.parse_args()
    singles = [post("/generate", body) for body in single_bodies(74)]
    grids = [post("/generate", body) for body in grid_bodies(74, 64)]
    mixed = [*singles[:56], *grids]
    with serving(INKCODE_WORKERS=options.workers) as server:
        address = (server.host, server.port)
        peak = 0.0
        for connections in (1, 16, 64):
            before, began = server.cpu(), time.perf_counter()
            result = closed_loop(address, singles, connections, options.seconds)
            cpu = (server.cpu() - before) / (result.rate * (time.perf_counter() - began))
            peak = max(peak, result.rate)
            print(f"single images, {connections} connections: {result}; {1e6 * cpu:.0f} us of CPU per image")
        for connections in (1, 4):
            before, began = server.cpu(), time.perf_counter()
            result = closed_loop(address, grids, connections, options.seconds)
            cpu = (server.cpu() - before) / (64 * result.rate * (time.perf_counter() - began))
            print(
                f"64-image grids, {connections} connections: {64 * result.rate:.0f} images/s, {result};"
                f" {1e6 * cpu:.0f} us of CPU per image"
            )
        print(f"mixed, 16 connections: {closed_loop(address, mixed, 16, options.seconds)}")
        print(f"single images, twice the peak: {open_loop(address, singles, 2 * peak, 1000, options.seconds)}")
        print(f"memory {server.memory():.0f} MB")


if __name__ == "__main__":
    main()
