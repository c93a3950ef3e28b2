"""Resident memory of the service after 10,000 images: `python -m benchmarks.memory`."""

from __future__ import annotations

import http.client
import json

from benchmarks.serving import serving

IMAGES = 10_000
SIZES = (1, 100, 1024)  # images per request; the largest decides how much memory the allocators keep


def main() -> None:
    """Request grids of each size until `IMAGES` images are made of each."""
    with serving() as server:
        figures = [f"{server.memory():.0f} MB at start"]
        connection = http.client.HTTPConnection(server.host, server.port)
        for size in SIZES:
            for seed in range(-(-IMAGES // size)):
                body = json.dumps({"n": size, "seed": seed})
                connection.request("POST", "/generate", body, {"Content-Type": "application/json"})
                connection.getresponse().read()
            figures.append(f"{server.memory():.0f} MB after {IMAGES} images, {size} per request")
    print(f"resident memory: {', '.join(figures)}")


if __name__ == "__main__":
    main()
