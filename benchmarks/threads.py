"""Images/s of each bundled generator by intra-op threads and concurrent batches: `python -m benchmarks.threads`.

The result is the reason why the service computes each batch on one core, and as many batches at once as cores.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime as ort

from benchmarks import report
from benchmarks.session_loop import GRID_IMAGES
from service.engine.repository.files import scan
from service.engine.session import providers
from service.engine.session import session_options as default_session_options
from service.settings import Settings

BATCHES = (1, 8, GRID_IMAGES)
SECONDS = 1.0


def rate(path: Path, batch: int, threads: int, concurrency: int) -> float:
    """Images/s of one session that computes `concurrency` batches at once, each on `threads` threads."""
    session_options = default_session_options()
    session_options.intra_op_num_threads = threads
    session = ort.InferenceSession(path.read_bytes(), session_options, providers=providers("cpu"))
    dim = session.get_inputs()[0].shape[1]
    latents = np.random.default_rng(0).standard_normal((batch, dim)).astype(np.float32)

    def count_images(end: float) -> int:
        images = 0
        while time.perf_counter() < end:
            session.run(None, {"latent": latents})
            images += batch
        return images

    count_images(0.1 + time.perf_counter())
    with ThreadPoolExecutor(concurrency) as pool:
        return sum(pool.map(count_images, [time.perf_counter() + SECONDS] * concurrency)) / SECONDS


def main() -> None:
    """Print a row for each generator and batch size."""
    cores = os.cpu_count() or 1
    folder = Settings().models
    layouts = {"one core": (1, 1), "one batch on all cores": (cores, 1), "a batch on each core": (1, cores)}
    rows = [
        [name, batch, *(f"{rate(folder / name, batch, *layout):.0f}" for layout in layouts.values())]
        for name in scan(folder, {}, lambda path: path)
        for batch in BATCHES
    ]
    print(f"{report.machine()}\n\n{report.table(['generator', 'batch', *layouts], rows)}")


if __name__ == "__main__":
    main()
