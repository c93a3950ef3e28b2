"""Load from one thread on bare sockets: some ten microseconds a request, so that it measures the server.

`python -m benchmarks.load` puts the service, as it comes, under the loads it will be compared with others at.
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
class Result:
    """What came of a load: seconds each answered request took, by status, and how long all of it went on."""

    seconds: float = 0.0
    times: dict[int, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    received: int = 0  # bytes
    cpu: float = 0.0  # seconds of CPU the load generator itself took, of each second: near 1, it is what is measured

    @property
    def rate(self) -> float:
        """Requests answered 200 a second."""
        return len(self.times.get(200, [])) / self.seconds

    def percentile(self, percent: float, status: int = 200) -> float:
        """Milliseconds; not a number where nothing had that status."""
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
    """One connection, one request at a time."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began: float | None = None
        """When it asked; None while it does not wait."""
        self._answer = bytearray()
        self._whole = 0

    def ask(self, request: bytes, began: float) -> None:
        self._answer, self._whole, self.began = bytearray(), 0, began
        self.socket.sendall(request)

    def read(self) -> int | None:
        """The status once the answer is whole; raises ConnectionError where the server hangs up before."""
        part = self.socket.recv(1 << 20)
        if not part:
            raise ConnectionError("hung up")
        self._answer += part
        if not self._whole:
            end = self._answer.find(b"\r\n\r\n")
            if end < 0:
                return None
            head = self._answer[:end].lower()
            at = head.find(b"\r\ncontent-length:")
            if at < 0:  # in chunks
                return self.status if self._answer.endswith(b"\r\n0\r\n\r\n") else None
            self._whole = end + 4 + int(head[at + 17 :].split(b"\r\n", 1)[0])
        return self.status if len(self._answer) >= self._whole else None

    @property
    def status(self) -> int:
        return int(self._answer[9:12])

    @property
    def size(self) -> int:
        return len(self._answer)


def request(path: str, body: bytes, host: str = "localhost", headers: str = "") -> bytes:
    """A POST of JSON as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def get(path: str, host: str = "localhost") -> bytes:
    """A GET as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def closed(
    address: tuple[str, int], requests: Sequence[bytes], connections: int, seconds: float, until: int | None = None
) -> Result:
    """So many connections, each asking again as soon as it is answered, `until` it is answered that status.

    Without such an end, what is answered in the first tenth of the time is not counted.
    """
    return _drive(address, itertools.cycle(requests), connections, seconds, None, until)


def paced(address: tuple[str, int], requests: Sequence[bytes], rate: float, connections: int, seconds: float) -> Result:
    """So many requests a second whatever the answers do, as long as one of the connections is free for each.

    A request's time counts from when it was due.
    """
    return _drive(address, itertools.cycle(requests), connections, seconds, rate)


def _drive(
    address: tuple[str, int],
    requests: Iterator[bytes],
    connections: int,
    seconds: float,
    rate: float | None,
    until: int | None = None,
) -> Result:
    result, poll = Result(), select.epoll()
    links: dict[int, _Connection] = {}

    def connect() -> _Connection:
        link = _Connection(address)
        links[link.socket.fileno()] = link
        poll.register(link.socket.fileno(), select.EPOLLIN)
        return link

    def hang_up(link: _Connection) -> None:
        poll.unregister(link.socket.fileno())
        del links[link.socket.fileno()]
        link.socket.close()

    def lose(link: _Connection, error: OSError) -> None:
        hang_up(link)
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
                link.ask(next(requests), now if rate is None else begin + sent / rate)
            except OSError as error:
                lose(link, error)
            sent += 1
        wait = end - now if rate is None or not free else max(0.0, begin + sent / rate - now)
        for number, _ in poll.poll(min(wait, end - now)):
            link = links[number]
            try:
                status = link.read()
            except OSError as error:
                lose(link, error)
                continue
            if status is None:
                continue
            now = clock()
            if now >= counted:
                result.times.setdefault(status, []).append(now - (link.began or now))
                result.received += link.size
            link.began = None
            if status == until:
                hang_up(link)
            else:
                free.append(link)
    result.seconds, result.cpu = clock() - counted, (time.process_time() - own) / (clock() - begin)
    for link in links.values():
        link.socket.close()
    return result


def singles(dim: int, many: int = 64) -> list[bytes]:
    """Bodies that ask for one image each by a full vector of an InfoGAN with ten categories and two codes."""
    rng = np.random.default_rng(0)
    bodies = []
    for _ in range(many):
        noise, codes = rng.standard_normal(dim - 12), rng.uniform(-1, 1, 2)
        vector = [*noise.round(6).tolist(), *np.eye(10)[rng.integers(10)].tolist(), *codes.round(6).tolist()]
        bodies.append(json.dumps({"codes": [vector]}).encode())
    return bodies


def grids(dim: int, size: int, many: int = 8) -> list[bytes]:
    """Bodies that ask for grids of `size` images by full vectors."""
    ones = [json.loads(body)["codes"][0] for body in singles(dim, size * many)]
    return [json.dumps({"codes": ones[i * size : (i + 1) * size]}).encode() for i in range(many)]


def main() -> None:
    """Each load in turn, on one server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each load lasts")
    parser.add_argument("--workers", default="1", help="the service's workers")
    given = parser.parse_args()
    one = [request("/generate", body) for body in singles(74)]
    grid = [request("/generate", body) for body in grids(74, 64)]
    mixed = [*one[:56], *grid]
    with serving(INKCODE_WORKERS=given.workers) as server:
        address = (server.host, server.port)
        peak = 0.0
        for connections in (1, 16, 64):
            before, began = server.cpu(), time.perf_counter()
            result = closed(address, one, connections, given.seconds)
            cpu = (server.cpu() - before) / (result.rate * (time.perf_counter() - began))
            peak = max(peak, result.rate)
            print(f"single images, {connections} connections: {result}; {1e6 * cpu:.0f} us of CPU each")
        for connections in (1, 4):
            before, began = server.cpu(), time.perf_counter()
            result = closed(address, grid, connections, given.seconds)
            cpu = (server.cpu() - before) / (64 * result.rate * (time.perf_counter() - began))
            print(
                f"64-image grids, {connections} connections: {64 * result.rate:.0f} images/s, {result};"
                f" {1e6 * cpu:.0f} us of CPU an image"
            )
        print(f"mixed, 16 connections: {closed(address, mixed, 16, given.seconds)}")
        print(f"single images, twice the peak: {paced(address, one, 2 * peak, 1000, given.seconds)}")
        print(f"memory {server.memory():.0f} MB")


if __name__ == "__main__":
    main()
