"""Endurance tests of the service: `make soak`.

Ten times its capacity, clients that disconnect, models that are replaced and processes that are terminated under load,
and a million images. Each requirement is printed with the result; the exit code is 1 if one was not met.
"""

from __future__ import annotations

import argparse
import http.client
import json
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx

from benchmarks.load_generator import LoadResult, closed_loop, grid_bodies, open_loop, post, single_bodies
from benchmarks.serving import Server, serving
from service.settings import Settings

ALLOWED = {200, 429, 503, 504}


@dataclass(frozen=True)
class Check:
    """A requirement, the result, and whether the result meets it."""

    requirement: str
    result: str
    passed: bool

    def __str__(self) -> str:
        return f"{'passed' if self.passed else 'FAILED'}: {self.requirement}: {self.result}"


def _get(server: Server, path: str, timeout: float = 60.0) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _metric(server: Server, name: str) -> float:
    lines = _get(server, "/metrics")[1].decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def overload(seconds: float, times: float = 10.0, saturate: float = 3.0) -> Iterator[Check]:
    """Request 64-image grids at `times` the service's capacity for `seconds`, and its liveness probe meanwhile.

    The capacity is measured in a closed loop for `saturate` seconds.
    """
    requests = [post("/generate", body) for body in grid_bodies(74, 64)]
    with serving() as server, ProcessPoolExecutor(1, get_context("spawn")) as load_process:
        address = (server.host, server.port)
        capacity = closed_loop(address, requests, 8, saturate).rate
        load = load_process.submit(open_loop, address, requests, times * capacity, 2000, seconds)
        probes = []
        while not load.done():
            began = time.perf_counter()
            _get(server, "/livez")
            probes.append(1000 * (time.perf_counter() - began))
            time.sleep(0.02)
        result: LoadResult = load.result()
        ended = time.perf_counter()
        after = closed_loop(address, requests[:1], 1, 1.0)
        recovery = time.perf_counter() - ended - 1.0 + (after.times[200][0] if 200 in after.times else 60.0)
        counts = {status: len(times) for status, times in sorted(result.times.items())}
        load_name = f"{times:g} times its capacity for {seconds:g} s"
        yield Check(
            f"{load_name}: only {sorted(ALLOWED)}, no connection lost",
            f"{counts}, failed {dict(result.errors)}",
            set(counts) <= ALLOWED and not result.errors and 200 in counts,
        )
        p95 = float(np.percentile(probes, 95))
        yield Check(f"{load_name}: /livez p95 under 100 ms", f"{p95:.1f} ms", p95 < 100)
        yield Check(f"{load_name}: answers within 1 s afterwards", f"{recovery:.2f} s", recovery < 1)
        p99 = result.percentile(99) / 1000
        deadline = Settings().deadline
        yield Check(f"{load_name}: p99 of accepted requests under {deadline:g} s", f"{p99:.2f} s", p99 < deadline)


def disconnects(clients: int) -> Iterator[Check]:
    """Clients that request 1,024 images and disconnect; after a first round the memory must not grow."""
    with serving(INKCODE_QUEUE_ROWS=str(1024 * clients)) as server:
        _request_and_disconnect(server, clients)
        before = server.memory()
        drained = max(_request_and_disconnect(server, clients) for _ in range(3))
        dropped = _metric(server, "inkcode_dropped_requests_total")
        growth = server.memory() / before - 1
    load_name = f"{clients} clients disconnect"
    yield Check(
        f"{load_name}: the queue is empty within 5 s",
        f"empty after {drained:.1f} s; {dropped:.0f} requests in total dropped before inference",
        drained < 5 and dropped > 0,
    )
    yield Check(f"{load_name}: memory grows by less than 5 %", f"{before:.0f} MB, then {growth:+.1%}", growth < 0.05)


def _request_and_disconnect(server: Server, clients: int) -> float:
    """Seconds from the last disconnect until the queue is empty; 60 at most."""
    connections = [socket.create_connection((server.host, server.port)) for _ in range(clients)]
    for connection in connections:
        connection.sendall(post("/generate", b'{"n": 1024}'))
    time.sleep(1.0)
    for connection in connections:
        connection.close()
    began = time.perf_counter()
    while _metric(server, "inkcode_queue_rows") and time.perf_counter() - began < 60:
        time.sleep(0.05)
    return time.perf_counter() - began


def reloads(times: int) -> Iterator[Check]:
    """Replace a model's file `times` times while clients send requests."""
    with TemporaryDirectory() as folder:
        path, new = Path(folder) / "mnist-infogan.onnx", Path(folder) / "new"
        shutil.copy(Settings().models / path.name, path)
        model = onnx.load(path)
        with (
            serving(INKCODE_MODELS=folder, INKCODE_WATCH="0.05") as server,
            ProcessPoolExecutor(1, get_context("spawn")) as load_process,
        ):
            requests = [post("/generate", body) for body in single_bodies(74)]
            load = load_process.submit(closed_loop, (server.host, server.port), requests, 8, 0.6 * times + 2)
            for i in range(times):
                model.doc_string = f"replaced {i}"
                onnx.save(model, new)
                new.replace(path)
                while _metric(server, 'inkcode_reloads_total{outcome="loaded"}') <= i and not load.done():
                    time.sleep(0.02)
            reloaded = _metric(server, 'inkcode_reloads_total{outcome="loaded"}')
            result = load.result()
    counts = {status: len(times) for status, times in sorted(result.times.items())}
    yield Check(
        f"{times} reloads under load: no request fails",
        f"{reloaded:.0f} reloads, {counts}, failed {dict(result.errors)}",
        reloaded == times and set(counts) == {200} and not result.errors,
    )


def shutdowns(times: int) -> Iterator[Check]:
    """Send SIGTERM under load, `times` times: each accepted request must be answered."""
    lost: list[str] = []
    answered = 0
    requests = [post("/generate", body) for body in single_bodies(74)]
    for _ in range(times):
        with serving() as server, ProcessPoolExecutor(1, get_context("spawn")) as load_process:
            load = load_process.submit(load_until_refused, (server.host, server.port), requests)
            while (
                not _metric(server, "inkcode_images_total") and not load.done()
            ):  # the process starts slowly on a busy machine
                time.sleep(0.05)
            time.sleep(1.0)
            server.signal(signal.SIGTERM)
            count, problems = load.result()
        answered += count
        lost += problems
    yield Check(
        f"SIGTERM under load, {times} times: no accepted request is lost",
        f"{answered} answered, lost {lost}",
        not lost and answered > 0,
    )


def load_until_refused(address: tuple[str, int], requests: list[bytes], clients: int = 16) -> tuple[int, list[str]]:
    """Send requests on persistent connections until each is answered 503: the number of 200s, and all failures."""
    result = closed_loop(address, requests, clients, 10.0, until=503)
    answered = len(result.times.get(200, []))
    problems = [f"{name} {count} times" for name, count in result.errors.items()]
    problems += [f"status {status}" for status in result.times if status not in (200, 503)]
    return answered, problems


def million(images: int, first: int = 50_000) -> Iterator[Check]:
    """Generate `images` in grids of 64 and 1,024; after the `first` images the memory must not grow."""
    requests = [post("/generate", json.dumps({"n": n, "seed": n}).encode()) for n in (64, 64, 64, 64, 1024)]
    with serving() as server:
        address = (server.host, server.port)
        while _metric(server, "inkcode_images_total") < first:
            closed_loop(address, requests, 4, 2.0)
        before = server.memory()
        while _metric(server, "inkcode_images_total") < images:
            closed_loop(address, requests, 4, 10.0)
        growth = server.memory() / before - 1
    yield Check(
        f"{images:,} images: memory grows by less than 5 % after the first {first:,}",
        f"{before:.0f} MB, then {growth:+.1%}",
        growth < 0.05,
    )


TESTS: dict[str, Callable[[], Iterator[Check]]] = {
    "overload": lambda: overload(60.0),
    "disconnects": lambda: disconnects(1000),
    "reloads": lambda: reloads(100),
    "shutdowns": lambda: shutdowns(20),
    "million": lambda: million(1_000_000),
}


def main() -> None:
    """Run all tests, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tests", nargs="*", choices=[[], *TESTS], help="tests to run (default: all)")
    failed = 0
    for name in parser.parse_args().tests or TESTS:
        for check in TESTS[name]():
            print(check, flush=True)
            failed += not check.passed
    sys.exit(min(failed, 1))


if __name__ == "__main__":
    main()
