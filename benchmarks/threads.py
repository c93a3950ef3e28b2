"""Images/s of each bundled generator, a batch a core or a batch shared by all: `python -m benchmarks.threads`.

It is why the service gives a batch one core, and computes as many at once as there are cores.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime as ort

from benchmarks import page
from benchmarks.bare import GRID
from service.engine.repository.files import scan
from service.engine.session import providers, session_options
from service.settings import Settings

BATCHES = (1, 8, GRID)
SECONDS = 1.0


def rate(path: Path, batch: int, threads: int, lanes: int) -> float:
    """Images/s of batches computed `lanes` at once in one session, each by so many threads."""
    how = session_options()
    how.intra_op_num_threads = threads
    session = ort.InferenceSession(path.read_bytes(), how, providers=providers("cpu"))
    dim = session.get_inputs()[0].shape[1]
    latents = np.random.default_rng(0).standard_normal((batch, dim)).astype(np.float32)

    def lane(end: float) -> int:
        done = 0
        while time.perf_counter() < end:
            session.run(None, {"latent": latents})
            done += batch
        return done

    lane(0.1 + time.perf_counter())
    with ThreadPoolExecutor(lanes) as pool:
        return sum(pool.map(lane, [time.perf_counter() + SECONDS] * lanes)) / SECONDS


def main() -> None:
    """Print a row for each generator and batch."""
    cores = os.cpu_count() or 1
    folder = Settings().models
    ways = {"one thread": (1, 1), "a batch shared by all cores": (cores, 1), "a batch a core": (1, cores)}
    rows = [
        [name, batch, *(f"{rate(folder / name, batch, *way):.0f}" for way in ways.values())]
        for name in scan(folder, {}, lambda path: path)
        for batch in BATCHES
    ]
    print(f"{page.machine()}\n\n{page.table(['generator', 'batch', *ways], rows)}")


if __name__ == "__main__":
    main()
