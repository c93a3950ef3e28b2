"""Seconds from starting the process to `/readyz` answering 200: `python -m benchmarks.start`."""

from __future__ import annotations

import http.client
import statistics
import time

from benchmarks.serving import serving

STARTS = 7


def main() -> None:
    """Start the service a few times over."""
    times = []
    for _ in range(STARTS):
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
