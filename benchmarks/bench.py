"""Inkcode and its peers measured in one run: `make bench` writes benchmarks/RESULTS.md.

All systems get the same `.onnx` and the same JSON requests and must answer the same pixels as PNG; a system that
answers other pixels is not measured. The load comes from a process of its own, whose CPU time is reported too.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from subprocess import SubprocessError
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks import infogan_paper, report
from benchmarks.load_generator import grid_bodies, single_bodies
from benchmarks.loads import GRIDS_1, GRIDS_8, LOADS, SINGLES_1, SINGLES_64, half_peak, measure, twice_peak
from benchmarks.report import Outcome
from benchmarks.session_loop import GRID_IMAGES, SessionLoop, best_batch
from benchmarks.systems import ROOT, SYSTEMS, MeasurementError, SystemUnderTest, pixels
from service.settings import Settings

MODEL = Settings().models / "mnist-infogan.onnx"
PAGE = ROOT / "benchmarks" / "RESULTS.md"


def run(system: SystemUnderTest, model: Path, workers: int, seconds: float, load_process: Executor) -> Outcome:
    """Measure all loads on one system. If that fails, the outcome holds the reason and the other systems go on."""
    outcome = Outcome(system)
    bodies = [single_bodies(74)[0], grid_bodies(74, GRID_IMAGES, 1)[0]]
    try:
        system.install()
        outcome.versions = system.versions("onnxruntime")
        with system.started(model, workers, bodies[0]) as (server, outcome.start):
            pictures = [pixels(server, body) for body in bodies]
            if system.command:
                with SYSTEMS[0].started(model, 1, bodies[0]) as (inkcode, _):
                    if not all(map(np.array_equal, pictures, [pixels(inkcode, body) for body in bodies])):
                        raise MeasurementError("answers other pixels")
            for load in LOADS:
                outcome.measured[load.title] = measure(server, load_process, load, seconds)
            if outcome.peak:
                load = twice_peak(outcome.peak)
                outcome.measured[load.title] = measure(server, load_process, load, seconds)
    except (MeasurementError, OSError, SubprocessError) as error:
        outcome.failed = str(error)
    return outcome


def measure_half_peak(
    outcomes: list[Outcome], model: Path, workers: int, seconds: float, load_process: Executor
) -> None:
    """Measure Inkcode and the fastest peer at half of that peer's peak rate."""
    fastest = max(outcomes[1:], key=lambda outcome: outcome.peak, default=None)
    if not fastest or not fastest.peak:
        return
    load = half_peak(fastest.peak)
    for outcome in (outcomes[0], fastest):
        with (
            suppress(MeasurementError),
            outcome.system.started(model, workers, single_bodies(74)[0]) as (server, _),
        ):
            outcome.measured[load.title] = measure(server, load_process, load, seconds)


def ratios(outcomes: list[Outcome], loop_rate: float, bundled: float, paper: float) -> Iterator[tuple[str, str]]:
    """Inkcode's results relative to the session loop and to its peers."""
    inkcode, *peers = outcomes
    peers = [peer for peer in peers if not peer.failed]
    grid_rate = max(inkcode.measured[load.title].images for load in (GRIDS_1, GRIDS_8))
    yield "64-image grids, images/s over the session loop's", f"{grid_rate / loop_rate:.2f}"
    for kind, python in (("a server in Rust", False), ("a server in Python", True)):
        rates = [o.measured[SINGLES_64.title].result.rate for o in peers if o.system.python_http is python]
        if rates:
            rate = inkcode.measured[SINGLES_64.title].result.rate
            yield f"single images at 64 connections, requests/s over the best of {kind}", f"{rate / max(rates):.2f}"
    medians = [o.measured[SINGLES_1.title].result.percentile(50) for o in peers]
    if medians:
        median = inkcode.measured[SINGLES_1.title].result.percentile(50)
        yield "a single image at 1 connection, p50 over the best peer's", f"{median / min(medians):.2f}"
    title = half_peak(0).title
    fastest = next((o for o in peers if title in o.measured), None)
    if fastest and title in inkcode.measured:
        ours, theirs = (o.measured[title].result.percentile(99) for o in (inkcode, fastest))
        yield f"p99 at half of the best peer's peak, over that peer's ({fastest.system.name})", f"{ours / theirs:.2f}"
    yield "the bundled generator's images/s over the InfoGAN paper's, batches of 64", f"{bundled / paper:.2f}"


def render(outcomes: list[Outcome], model: Path, workers: int, seconds: float) -> str:
    """Measure the session loop, and write all results as Markdown."""
    machine = report.machine()
    bundled = SessionLoop(model)
    (loop_rate, batch), threads = max((best_batch(SessionLoop(model, threads=n).grid_rate, seconds), n) for n in (1, 0))
    with TemporaryDirectory() as folder:
        infogan_paper.write(Path(folder) / "infogan-paper.onnx")
        paper = SessionLoop(Path(folder) / "infogan-paper.onnx")
        rates = [
            [f"batch {n}", *(f"{loop.session_rate(n, seconds):.0f}" for loop in (bundled, paper))]
            for n in (1, GRID_IMAGES)
        ]
    conditions = (
        f"{report.model_version(model)} on {machine}. {seconds:g} s per load, "
        f"{workers} computing process{'es' if workers > 1 else ''} per system.\n"
    )
    parts = [
        "# Inkcode and its peers\n",
        "Written by `make bench`: the same `.onnx`, the same full vectors as JSON, the same pixels as PNG, in one run.",
        "Each peer is set up as its documentation recommends and uses Inkcode's session, grid and PNG encoder.\n",
        conditions,
        report.systems_table(outcomes),
        *report.load_sections(outcomes),
        "CPU and resident memory are those of all the server's processes. `client's CPU` is the load generator's share",
        "of one core: near 100 %, the load generator and not the server is the limit.\n",
        "## The upper bound\n",
        f"A loop over the session without a server, 64-image grids as PNG: {loop_rate:.0f} images/s, with batches of",
        f"{batch} on {'all cores' if threads == 0 else 'one core'}. The sessions alone, on one core:\n",
        report.table(["images/s", "bundled", "the InfoGAN paper's"], rates),
    ]
    if not outcomes[0].failed:
        compared = ratios(outcomes, loop_rate, float(rates[1][1]), float(rates[1][2]))
        parts += ["## Ratios\n", report.table(["Inkcode", "ratio"], compared)]
    return "\n".join(parts)


def main() -> None:
    """Measure all systems, or Inkcode and the peers that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    peers = [system.name for system in SYSTEMS[1:]]
    parser.add_argument("peers", nargs="*", choices=[[], *peers], help="peers to measure (default: all)")
    parser.add_argument("--quick", action="store_true", help="half a second per load, to check that everything runs")
    parser.add_argument("--workers", type=int, default=1, help="computing processes of each system")
    parser.add_argument("--to", type=Path, default=PAGE, help="the Markdown file to write")
    options = parser.parse_args()
    seconds = 0.5 if options.quick else 10.0
    outcomes = []
    with ProcessPoolExecutor(1, get_context("spawn")) as load_process:
        load_process.submit(int).result()  # started before the first measurement
        for system in SYSTEMS:
            if system.command is None or not options.peers or system.name in options.peers:
                print(system.name, flush=True)
                outcomes.append(run(system, MODEL, options.workers, seconds, load_process))
        measure_half_peak(outcomes, MODEL, options.workers, seconds, load_process)
    options.to.write_text(render(outcomes, MODEL, options.workers, seconds), "utf-8")
    print(options.to.read_text("utf-8"))


if __name__ == "__main__":
    main()
