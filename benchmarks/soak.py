"""What the service must bear, and whether it did: `make soak`.

Ten times what it can hold, clients that hang up, models that change and processes that are told to stop under load, and
a million images. Each finding is printed beside what was demanded; one that falls short ends with code 1.
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

from benchmarks.load import Result, closed, grids, paced, request, singles
from benchmarks.serving import Server, serving
from service.settings import Settings

ALLOWED = {200, 429, 503, 504}


@dataclass(frozen=True)
class Finding:
    """One thing that was demanded, and what came."""

    demanded: str
    found: str
    held: bool

    def __str__(self) -> str:
        return f"{'held' if self.held else 'FAILED'}: {self.demanded}: {self.found}"


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


def overload(seconds: float, times: float = 10.0, saturate: float = 3.0) -> Iterator[Finding]:
    """Grids of 64 at so many times the rate that saturates the service, and probes meanwhile."""
    asked = [request("/generate", body) for body in grids(74, 64)]
    with serving() as server, ProcessPoolExecutor(1, get_context("spawn")) as apart:
        address = (server.host, server.port)
        capacity = closed(address, asked, 8, saturate).rate
        load = apart.submit(paced, address, asked, times * capacity, 2000, seconds)
        probes = []
        while not load.done():
            began = time.perf_counter()
            _get(server, "/livez")
            probes.append(1000 * (time.perf_counter() - began))
            time.sleep(0.02)
        result: Result = load.result()
        over = time.perf_counter()
        again = closed(address, asked[:1], 1, 1.0)
        recovered = time.perf_counter() - over - 1.0 + (again.times[200][0] if 200 in again.times else 60.0)
        counts = {status: len(times) for status, times in sorted(result.times.items())}
        what = f"{times:g} times its capacity for {seconds:g} s"
        yield Finding(
            f"{what}: only {sorted(ALLOWED)}, nobody hung up on",
            f"{counts}, failed {dict(result.errors)}",
            set(counts) <= ALLOWED and not result.errors and 200 in counts,
        )
        p95 = float(np.percentile(probes, 95))
        yield Finding(f"{what}: /livez p95 under 100 ms", f"{p95:.1f} ms", p95 < 100)
        yield Finding(f"{what}: answers within 1 s after", f"{recovered:.2f} s", recovered < 1)
        slow = result.percentile(99) / 1000
        deadline = Settings().deadline
        yield Finding(f"{what}: p99 of what it took within {deadline:g} s", f"{slow:.2f} s", slow < deadline)


def hang_ups(clients: int) -> Iterator[Finding]:
    """Clients that ask for much and go. What the first of them took is what they may take."""
    with serving(INKCODE_QUEUE_ROWS=str(1024 * clients)) as server:
        _ask_and_go(server, clients)
        before = server.memory()
        gone = max(_ask_and_go(server, clients) for _ in range(3))
        abandoned = _metric(server, "inkcode_dropped_requests_total")
        grown = server.memory() / before - 1
    what = f"{clients} clients hang up"
    yield Finding(
        f"{what}: nothing of theirs waits after 5 s",
        f"the last was gone after {gone:.1f} s; {abandoned:.0f} requests in all dropped before they computed",
        gone < 5 and abandoned > 0,
    )
    yield Finding(f"{what}: memory grows under 5 %", f"{before:.0f} MB, then {grown:+.1%}", grown < 0.05)


def _ask_and_go(server: Server, clients: int) -> float:
    """Seconds from the last client's going until nothing waits."""
    connections = [socket.create_connection((server.host, server.port)) for _ in range(clients)]
    for connection in connections:
        connection.sendall(request("/generate", b'{"n": 1024}'))
    time.sleep(1.0)
    for connection in connections:
        connection.close()
    began = time.perf_counter()
    while _metric(server, "inkcode_queue_rows") and time.perf_counter() - began < 60:
        time.sleep(0.05)
    return time.perf_counter() - began


def reloads(times: int) -> Iterator[Finding]:
    """A model's file replaced again and again while clients ask."""
    with TemporaryDirectory() as folder:
        path, new = Path(folder) / "mnist-infogan.onnx", Path(folder) / "new"
        shutil.copy(Settings().models / path.name, path)
        model = onnx.load(path)
        with (
            serving(INKCODE_MODELS=folder, INKCODE_WATCH="0.05") as server,
            ProcessPoolExecutor(1, get_context("spawn")) as apart,
        ):
            asked = [request("/generate", body) for body in singles(74)]
            stop = apart.submit(closed, (server.host, server.port), asked, 8, 0.6 * times + 2)
            for i in range(times):
                model.doc_string = f"replaced {i}"
                onnx.save(model, new)
                new.replace(path)
                while _metric(server, 'inkcode_reloads_total{outcome="loaded"}') <= i and not stop.done():
                    time.sleep(0.02)
            done = _metric(server, 'inkcode_reloads_total{outcome="loaded"}')
            result = stop.result()
    counts = {status: len(times) for status, times in sorted(result.times.items())}
    yield Finding(
        f"{times} reloads under load: no request fails",
        f"{done:.0f} reloads, {counts}, failed {dict(result.errors)}",
        done == times and set(counts) == {200} and not result.errors,
    )


def stops(times: int) -> Iterator[Finding]:
    """SIGTERM under load. Whoever was let in gets an answer; the load generator connects anew until it cannot."""
    lost: list[str] = []
    answered = 0
    asked = [request("/generate", body) for body in singles(74)]
    for _ in range(times):
        with serving() as server, ProcessPoolExecutor(1, get_context("spawn")) as apart:
            load = apart.submit(until_refused, (server.host, server.port), asked)
            time.sleep(1.0)
            server.signal(signal.SIGTERM)
            count, problems = load.result()
        answered += count
        lost += problems
    yield Finding(
        f"SIGTERM under load, {times} times: nothing admitted is lost",
        f"{answered} answered, lost {lost}",
        not lost and answered > 0,
    )


def until_refused(address: tuple[str, int], asked: list[bytes], clients: int = 16) -> tuple[int, list[str]]:
    """Ask on kept connections until each client is told 503; how many were answered 200, and what went wrong."""
    answered, problems = 0, []
    result = closed(address, asked, clients, 10.0, until=503)
    answered = len(result.times.get(200, []))
    problems = [f"{name} {count} times" for name, count in result.errors.items()]
    problems += [f"status {status}" for status in result.times if status not in (200, 503)]
    return answered, problems


def million(images: int, first: int = 50_000) -> Iterator[Finding]:
    """Grids of 64 and of 1,024, one after another; what the first of them took is what it may take."""
    asked = [request("/generate", json.dumps({"n": n, "seed": n}).encode()) for n in (64, 64, 64, 64, 1024)]
    with serving() as server:
        address = (server.host, server.port)
        while _metric(server, "inkcode_images_total") < first:
            closed(address, asked, 4, 2.0)
        before = server.memory()
        while _metric(server, "inkcode_images_total") < images:
            closed(address, asked, 4, 10.0)
        grown = server.memory() / before - 1
    yield Finding(
        f"{images:,} images: memory grows under 5 % after the first {first:,}",
        f"{before:.0f} MB, then {grown:+.1%}",
        grown < 0.05,
    )


RUNS: dict[str, Callable[[], Iterator[Finding]]] = {
    "overload": lambda: overload(60.0),
    "hang-ups": lambda: hang_ups(1000),
    "reloads": lambda: reloads(100),
    "stops": lambda: stops(20),
    "million": lambda: million(1_000_000),
}


def main() -> None:
    """Run all of it, or what is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", choices=[[], *RUNS], help="which to run; all where none is named")
    failed = 0
    for name in parser.parse_args().runs or RUNS:
        for finding in RUNS[name]():
            print(finding, flush=True)
            failed += not finding.held
    sys.exit(min(failed, 1))


if __name__ == "__main__":
    main()
