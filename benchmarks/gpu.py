"""Inkcode on CUDA, in float32 and in float16: `benchmarks/gpu.sh` writes benchmarks/RESULTS-gpu.md.

Raw images/s of the session, as grids and as grids over HTTP, each with the provider proved to be CUDA.
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

from benchmarks import page
from benchmarks.bare import BATCHES, Bare, best
from benchmarks.bench import MODEL
from benchmarks.contenders import CONTENDERS, ROOT, FailedError
from benchmarks.load import singles
from benchmarks.measure import LOADS, measure
from benchmarks.page import Outcome
from latent.codes import draw
from service.engine.repository.files import LoadError
from service.engine.session import GeneratorSession

CUDA = "CUDAExecutionProvider"
PAGE = ROOT / "benchmarks" / "RESULTS-gpu.md"
SECONDS = 5.0


def halved(path: Path, to: Path) -> None:
    """Write the generator in float16; what goes in stays float32, what comes out uint8, and the card with them."""
    onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True), to)


def difference(one: Path, other: Path, images: int = 1024) -> int:
    """The most grey levels by which two generators' pixels differ on the same latents, on the CPU."""
    first, second = GeneratorSession(one, "cpu"), GeneratorSession(other, "cpu")
    latents = draw(first.card.latent, 0, range(images))
    return int(np.abs(first.run(latents).astype(int) - second.run(latents)).max())


def provider(host: str, port: int, model: str) -> str:
    """What the service says that it runs a model on."""
    connection = http.client.HTTPConnection(host, port)
    connection.request("GET", f"/models/{model}")
    return str(json.loads(connection.getresponse().read())["provider"])


def main() -> None:
    """Measure, or say what is in the way and end with code 1."""
    asked = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    device = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    outcomes, raw = [], []
    with TemporaryDirectory() as folder, ProcessPoolExecutor(1, get_context("spawn")) as apart:
        for precision in ("float32", "float16"):
            path = Path(folder) / precision / MODEL.name
            path.parent.mkdir()
            if precision == "float16":
                halved(MODEL, path)
            else:
                path.write_bytes(MODEL.read_bytes())
            try:
                bare = Bare(path, "cuda")
            except LoadError as error:
                sys.exit(f"Nothing measured: {error}")
            if bare.provider != CUDA:
                sys.exit(f"Nothing measured: asked for CUDA, ONNX Runtime gave {bare.provider}")
            for kind, rate in (("the session alone", bare.raw), ("grids as PNG", bare.grids)):
                images, batch = best(rate, SECONDS, (*BATCHES, 512, 1024, 4096))
                raw.append([f"{precision}, {kind}", f"{images:.0f}", batch])
            outcome = Outcome(CONTENDERS[0], versions=f"{CONTENDERS[0].versions('onnxruntime')}, {precision}")
            try:
                with CONTENDERS[0].started(path, 1, singles(74)[0], "cuda") as (server, outcome.start):
                    found = provider(server.host, server.port, path.stem)
                    if found != CUDA:
                        sys.exit(f"Nothing measured: the service runs it on {found}")
                    for load in LOADS:
                        outcome.measured[f"{load.title}, {precision}"] = measure(server, apart, load, SECONDS)
            except FailedError as error:
                outcome.failed = str(error)
            outcomes.append(outcome)
        apart_by = difference(MODEL, Path(folder) / "float16" / MODEL.name)
    parts = [
        "# Inkcode on CUDA\n",
        f"Written by `benchmarks/gpu.sh`: {device}, provider {CUDA}, {page.machine()}.\n",
        page.contenders(outcomes),
        page.table(["in a bare loop", "images/s", "at its best batch"], raw),
        f"Float16 draws at most {apart_by} of 255 grey levels beside float32, over 1,024 images.\n",
        *page.loads(outcomes),
    ]
    PAGE.write_text("\n".join(parts), "utf-8")
    print(PAGE.read_text("utf-8"))


if __name__ == "__main__":
    main()
