"""Labelled digits per second: `make bench-datasets` writes benchmarks/DATASETS.md.

Three ways to make labelled digits: the service's `.tar` shards, fetched over loopback by another process;
TextRecognitionDataGenerator (trdg), the usual tool, which draws single digits into PNG files; and the session loop
without a server, the upper bound.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import report
from benchmarks.load_generator import closed_loop, get
from benchmarks.proof.stream import fetch_index
from benchmarks.serving import serving
from benchmarks.session_loop import BATCHES, SessionLoop
from benchmarks.systems import ROOT, MeasurementError, SystemUnderTest
from service.engine.repository.models import BUNDLED_MODEL
from service.settings import Settings

PAGE = ROOT / "benchmarks" / "DATASETS.md"
TRDG = SystemUnderTest("trdg", "trdg", "trdg")
CORES = len(os.sched_getaffinity(0))
_CONNECTIONS = 4  # per worker, so that some shards are computed while others are sent
_SHARDS = 10_000  # more than any run fetches
_WARM_UP = 200  # images of trdg's first run, which is subtracted so that its start-up time does not count


@dataclass(frozen=True)
class StreamRate:
    """What the service streams in one `configuration`.

    `rate` is digits/s, `cpu` the seconds of the server's processes per digit, `client_cpu` the client's share of a core
    and `memory` MB resident.
    """

    configuration: str
    verified: bool
    rate: float
    cpu: float
    client_cpu: float
    memory: float


def stream_rate(
    model: Path, workers: int, verified: bool, size: int, seconds: float, load_process: Executor
) -> StreamRate:
    """Measure the service with shards of `size` samples, verified at the default `min_confidence` or not at all.

    Raises:
        MeasurementError: a shard was refused.
    """
    query = {} if verified else {"min_confidence": 0}
    with serving(INKCODE_WORKERS=str(workers), INKCODE_MODELS=str(model.parent)) as server:
        index = fetch_index(server, model.stem, n=_SHARDS * size, size=size, **query)
        requests = [get(shard["url"]) for shard in index["shards"]]
        cpu_before = server.cpu()
        connections = _CONNECTIONS * workers
        result = load_process.submit(closed_loop, (server.host, server.port), requests, connections, seconds).result()
        cpu = server.cpu() - cpu_before
        memory = server.memory()
    statuses = {status: len(times) for status, times in result.times.items()}
    if set(statuses) != {200} or result.errors:
        raise MeasurementError(f"shards were answered {statuses}, failed {dict(result.errors)}")
    rate = result.rate * size
    configuration = f"{workers} worker{'s' if workers > 1 else ''}, {'verified' if verified else 'not verified'}"
    return StreamRate(configuration, verified, rate, cpu / (rate * seconds), result.cpu, memory)


def trdg_rate(images: int) -> float:
    """Images/s of trdg's command line with a process per core: digits on plain white, as PNG.

    Raises:
        MeasurementError: it cannot be installed, or draws fewer images.
    """
    TRDG.install()
    with TemporaryDirectory() as folder:
        digits = Path(folder) / "digits.txt"
        digits.write_text("".join(f"{digit}\n" for digit in range(10)))

        def seconds(count: int) -> float:
            out = Path(folder) / str(count)
            command = [Path(TRDG.python).with_name("trdg"), "--input_file", digits, "--count", str(count)]
            command += ["--thread_count", str(CORES), "--background", "1", "--extension", "png", "--output_dir", out]
            began = time.perf_counter()
            subprocess.run(command, cwd=folder, capture_output=True, check=True)
            elapsed = time.perf_counter() - began
            if len(list(out.glob("*.png"))) != count:
                raise MeasurementError(f"trdg did not draw {count} pictures")
            return elapsed

        start_up = seconds(_WARM_UP)
        return (images - _WARM_UP) / (seconds(images) - start_up)


def loop_rates(model: Path, seconds: float, batches: tuple[int, ...] = BATCHES) -> dict[str, float]:
    """Images/s of the session and the service's PNG encoder in a loop, with the best batch size.

    In one process whose session uses all cores, and in one process per core.
    """
    loop = SessionLoop(model, threads=0)
    rates = {"one process": max(loop.single_rate(batch, seconds) for batch in batches)}
    with ProcessPoolExecutor(CORES, get_context("spawn")) as pool:
        sums = [sum(pool.map(partial(_loop_rate, model, batch), [seconds] * CORES)) for batch in batches]
    return rates | {"a process per core": max(sums)}


def _loop_rate(model: Path, batch: int, seconds: float) -> float:
    return SessionLoop(model, threads=1).single_rate(batch, seconds)


def ratios(streams: list[StreamRate], trdg: float, loops: Mapping[str, float]) -> Iterator[list[str]]:
    """The service's best configurations relative to trdg and the session loop."""
    for verified, name in ((True, "verified"), (False, "not verified")):
        best = max(stream.rate for stream in streams if stream.verified is verified)
        yield [name, f"{best / trdg:.1f}" if trdg else "-", *(f"{best / rate:.2f}" for rate in loops.values())]


def render(model: Path, size: int, seconds: float, images: int, load_process: Executor) -> str:
    """Measure all three, and write the results as Markdown."""
    machine = report.machine()
    failed, trdg = "", 0.0
    try:
        trdg = trdg_rate(images)
    except (MeasurementError, OSError, subprocess.SubprocessError) as error:
        failed = str(error)
    loops = loop_rates(model, seconds / len(BATCHES))
    streams = [
        stream_rate(model, workers, verified, size, seconds, load_process)
        for workers in sorted({1, CORES})
        for verified in (True, False)
    ]
    inkcode = SystemUnderTest("inkcode", "inkcode")
    rows = [
        [
            f"inkcode, {stream.configuration}",
            f"{stream.rate:.0f}",
            f"{1e6 * stream.cpu:.0f}",
            f"{stream.memory:.0f}",
            f"{stream.client_cpu:.0%}",
        ]
        for stream in streams
    ]
    rows += [[f"session loop, {processes}", f"{rate:.0f}", "-", "-", "-"] for processes, rate in loops.items()]
    rows += [[f"trdg, {CORES} processes", f"{trdg:.0f}" if trdg else failed, "-", "-", "-"]]
    versions = inkcode.versions("onnxruntime", "numpy", "zlib-ng") + ("" if failed else f"; {TRDG.versions('pillow')}")
    conditions = f"{versions}. {seconds:g} s per load, shards of {size} samples."
    return "\n".join(
        [
            "# Labelled digits per second\n",
            "Written by `make bench-datasets`: the service's `.tar` shards over loopback; the single digits on plain",
            "white that TextRecognitionDataGenerator (trdg) draws into PNG files; and a loop over the session and the",
            "service's PNG encoder, without a server. Each uses all cores, one after another in one run.\n",
            f"{report.model_version(model)} on {machine}. {conditions}\n",
            report.table(["", "digits/s", "CPU us per digit", "MB", "client's CPU"], rows),
            "`client's CPU` is the client's share of one core, on the machine that it measures.\n",
            "## Ratios\n",
            report.table(
                ["Inkcode's best", "over trdg", *(f"over the session loop, {processes}" for processes in loops)],
                ratios(streams, trdg, loops),
            ),
        ]
    )


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "model", nargs="?", type=Path, default=Settings().models / f"{BUNDLED_MODEL}.onnx", help="a .onnx file"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small shards and 3 s per load, to check that everything runs"
    )
    parser.add_argument("--to", type=Path, default=PAGE, help="the Markdown file to write")
    options = parser.parse_args()
    size, seconds, images = (50, 3.0, 2 * _WARM_UP) if options.quick else (1000, 20.0, 10_000)
    with ProcessPoolExecutor(1, get_context("spawn")) as load_process:
        load_process.submit(int).result()  # started before the first measurement
        text = render(options.model, size, seconds, images, load_process)
    options.to.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
