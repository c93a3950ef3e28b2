"""Seconds from the start of the process to the first 200 of `/readyz`: `python -m benchmarks.startup_time`."""

from __future__ import annotations

import http.client
import statistics
import time

from benchmarks.serving import serving

REPEATS = 7


def main() -> None:
    """Start the service several times."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        with serving() as server:
            connection = http.client.HTTPConnection(server.host, server.port)
            connection.request("GET", "/readyz")
            status = connection.getresponse().status
            times.append(time.perf_counter() - began)
        if status != http.client.OK:
            raise SystemExit(f"/readyz answers {status}")
    print(f"start to ready: median {statistics.median(times):.2f} s, best {min(times):.2f} s")


if __name__ == "__main__":
    main()
