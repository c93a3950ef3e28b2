"""Latency of a 10 x 10 grid as PNG in milliseconds, after a warm-up: `python -m benchmarks.grid_latency`."""

from __future__ import annotations

import http.client
import json
import statistics
import time

from benchmarks.serving import serving

REQUESTS, WARM_UP = 300, 20


def main() -> None:
    """Request one grid after another on one connection, each with another seed."""
    with serving() as server:
        connection = http.client.HTTPConnection(server.host, server.port)
        times, timing = [], ""
        for seed in range(REQUESTS):
            body = json.dumps({"n": 100, "columns": 10, "seed": seed})
            began = time.perf_counter()
            connection.request("POST", "/generate", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            picture = response.read()
            times.append(1000 * (time.perf_counter() - began))
            timing = response.headers["Server-Timing"]
            if response.status != http.client.OK:
                raise SystemExit(f"{response.status}: {picture.decode()}")
    warm = sorted(times[WARM_UP:])
    print(
        f"10 x 10 grid to PNG: median {statistics.median(warm):.1f} ms, best {warm[0]:.1f} ms, "
        f"p99 {warm[int(0.99 * len(warm))]:.1f} ms; Server-Timing of the last: {timing}"
    )


if __name__ == "__main__":
    main()
