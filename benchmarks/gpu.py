"""Inkcode on CUDA, in float32 and in float16: `benchmarks/gpu.sh` writes benchmarks/RESULTS-gpu.md.

Images/s of the session alone, of PNG grids, and over HTTP; each after a check that the provider is CUDA.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16

from benchmarks import report
from benchmarks.bench import MODEL
from benchmarks.load_generator import single_bodies
from benchmarks.loads import LOADS, measure
from benchmarks.report import Outcome
from benchmarks.session_loop import BATCHES, SessionLoop, best_batch
from benchmarks.systems import ROOT, SYSTEMS, MeasurementError
from latent.codes import draw
from service.engine.repository.files import LoadError
from service.engine.session import GeneratorSession

CUDA = "CUDAExecutionProvider"
PAGE = ROOT / "benchmarks" / "RESULTS-gpu.md"
SECONDS = 5.0


def convert_to_float16(path: Path, to: Path) -> None:
    """Write the generator with float16 weights; its float32 input, uint8 output and card are unchanged."""
    onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True), to)


def max_difference(one: Path, other: Path, images: int = 1024) -> int:
    """The largest difference between two generators' pixels for the same latents, 0 to 255, computed on the CPU."""
    first, second = GeneratorSession(one, "cpu"), GeneratorSession(other, "cpu")
    latents = draw(first.card.latent, 0, range(images))
    return int(np.abs(first.run(latents).astype(int) - second.run(latents)).max())


def provider(host: str, port: int, model: str) -> str:
    """The execution provider that the service reports for a model."""
    connection = http.client.HTTPConnection(host, port)
    connection.request("GET", f"/models/{model}")
    return str(json.loads(connection.getresponse().read())["provider"])


def main() -> None:
    """Measure; without CUDA, print the reason and exit with code 1."""
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    device = subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()
    outcomes, loop_rates = [], []
    with TemporaryDirectory() as folder, ProcessPoolExecutor(1, get_context("spawn")) as load_process:
        for precision in ("float32", "float16"):
            path = Path(folder) / precision / MODEL.name
            path.parent.mkdir()
            if precision == "float16":
                convert_to_float16(MODEL, path)
            else:
                path.write_bytes(MODEL.read_bytes())
            try:
                loop = SessionLoop(path, "cuda")
            except LoadError as error:
                sys.exit(f"Nothing measured: {error}")
            if loop.provider != CUDA:
                sys.exit(f"Nothing measured: requested CUDA, ONNX Runtime chose {loop.provider}")
            for kind, rate in (("the session alone", loop.session_rate), ("grids as PNG", loop.grid_rate)):
                images, batch = best_batch(rate, SECONDS, (*BATCHES, 512, 1024, 4096))
                loop_rates.append([f"{precision}, {kind}", f"{images:.0f}", batch])
            outcome = Outcome(SYSTEMS[0], versions=f"{SYSTEMS[0].versions('onnxruntime')}, {precision}")
            try:
                with SYSTEMS[0].started(path, 1, single_bodies(74)[0], "cuda") as (server, outcome.start):
                    found = provider(server.host, server.port, path.stem)
                    if found != CUDA:
                        sys.exit(f"Nothing measured: the service runs it on {found}")
                    for load in LOADS:
                        outcome.measured[f"{load.title}, {precision}"] = measure(server, load_process, load, SECONDS)
            except MeasurementError as error:
                outcome.failed = str(error)
            outcomes.append(outcome)
        difference = max_difference(MODEL, Path(folder) / "float16" / MODEL.name)
    parts = [
        "# Inkcode on CUDA\n",
        f"Written by `benchmarks/gpu.sh`: {device}, provider {CUDA}, {report.machine()}.\n",
        report.systems_table(outcomes),
        report.table(["without a server", "images/s", "best batch size"], loop_rates),
        f"The pixels in float16 differ from those in float32 by at most {difference} of 255, over 1,024 images.\n",
        *report.load_sections(outcomes),
    ]
    PAGE.write_text("\n".join(parts), "utf-8")
    print(PAGE.read_text("utf-8"))


if __name__ == "__main__":
    main()
