"""Inkcode beside its peers, in one run: `make bench` writes benchmarks/RESULTS.md.

All get the same `.onnx`, the same JSON and answer the same PNG; whoever answers other pixels takes no part. The load
comes from a process of its own, whose share of a core is told beside what it measured.
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

from benchmarks import original, page
from benchmarks.bare import GRID, Bare, best
from benchmarks.contenders import CONTENDERS, ROOT, Contender, FailedError, pixels
from benchmarks.load import grids, singles
from benchmarks.measure import GRID as ONE_GRID
from benchmarks.measure import GRIDS, LOADS, MANY, ONE, half, measure, twice
from benchmarks.page import Outcome
from service.settings import Settings

MODEL = Settings().models / "mnist-infogan.onnx"
PAGE = ROOT / "benchmarks" / "RESULTS.md"


def run(contender: Contender, model: Path, workers: int, seconds: float, apart: Executor) -> Outcome:
    """All loads on one contender; a failure of its own is its outcome, and ends nothing else."""
    outcome = Outcome(contender)
    probes = [singles(74)[0], grids(74, GRID, 1)[0]]
    try:
        contender.install()
        outcome.versions = contender.versions("onnxruntime")
        with contender.started(model, workers, probes[0]) as (server, outcome.start):
            pictures = [pixels(server, body) for body in probes]
            if contender.command:
                with CONTENDERS[0].started(model, 1, probes[0]) as (inkcode, _):
                    if not all(map(np.array_equal, pictures, [pixels(inkcode, body) for body in probes])):
                        raise FailedError("answers other pixels")
            for load in LOADS:
                outcome.measured[load.title] = measure(server, apart, load, seconds)
            if outcome.peak:
                load = twice(outcome.peak)
                outcome.measured[load.title] = measure(server, apart, load, seconds)
    except (FailedError, OSError, SubprocessError) as error:
        outcome.failed = str(error)
    return outcome


def at_half(outcomes: list[Outcome], model: Path, workers: int, seconds: float, apart: Executor) -> None:
    """Inkcode and the best of its peers, at half of what that peer can hold."""
    rival = max(outcomes[1:], key=lambda outcome: outcome.peak, default=None)
    if not rival or not rival.peak:
        return
    load = half(rival.peak)
    for outcome in (outcomes[0], rival):
        with (
            suppress(FailedError),
            outcome.contender.started(model, workers, singles(74)[0]) as (server, _),
        ):
            outcome.measured[load.title] = measure(server, apart, load, seconds)


def bounds(outcomes: list[Outcome], ceiling: float, bundled: float, paper: float) -> Iterator[tuple[str, str]]:
    """What Inkcode is to be judged by, each figure a ratio."""
    inkcode, *peers = outcomes
    peers = [peer for peer in peers if not peer.failed]
    grids_ = max(inkcode.measured[load.title].images for load in (ONE_GRID, GRIDS))
    yield "64-image grids, images/s over the bare loop's", f"{grids_ / ceiling:.2f}"
    for kind, python in (("a server in Rust", False), ("a server in Python", True)):
        rates = [o.measured[MANY.title].result.rate for o in peers if o.contender.python_http is python]
        if rates:
            mine = inkcode.measured[MANY.title].result.rate
            yield f"single images at 64 connections, requests/s over the best of {kind}", f"{mine / max(rates):.2f}"
    lone = [o.measured[ONE.title].result.percentile(50) for o in peers]
    if lone:
        mine = inkcode.measured[ONE.title].result.percentile(50)
        yield "a single image at 1 connection, p50 over the best peer's", f"{mine / min(lone):.2f}"
    title = half(0).title
    rival = next((o for o in peers if title in o.measured), None)
    if rival and title in inkcode.measured:
        mine, its = (o.measured[title].result.percentile(99) for o in (inkcode, rival))
        yield f"p99 at half of the best peer's peak, over that peer's ({rival.contender.name})", f"{mine / its:.2f}"
    yield "the bundled generator's images/s over the original InfoGAN's, batches of 64", f"{bundled / paper:.2f}"


def report(outcomes: list[Outcome], model: Path, workers: int, seconds: float) -> str:
    """The page."""
    machine = page.machine()
    bundled = Bare(model)
    (ceiling, batch), threads = max((best(Bare(model, threads=n).grids, seconds), n) for n in (1, 0))
    with TemporaryDirectory() as folder:
        original.write(Path(folder) / "original.onnx")
        paper = Bare(Path(folder) / "original.onnx")
        raw = [[f"batch {n}", *(f"{bare.raw(n, seconds):.0f}" for bare in (bundled, paper))] for n in (1, GRID)]
    at = (
        f"{page.named(model)} on {machine}. {seconds:g} s a load, "
        f"{workers} computing process{'es' if workers > 1 else ''} each.\n"
    )
    parts = [
        "# Inkcode beside its peers\n",
        "Written by `make bench`: the same `.onnx`, the same full vectors as JSON, the same pixels as PNG, in one run.",
        "Each peer is set up as its documentation advises, and has Inkcode's own session, grid and encoder.\n",
        at,
        page.contenders(outcomes),
        *page.loads(outcomes),
        "Of the servers' processes all are counted, CPU and resident memory; `load's CPU` is the load generator's own,",
        "of one core: near 100 % it, and not the server, is what was measured.\n",
        "## What there is to lose\n",
        f"A bare loop over the session, 64-image grids as PNG: {ceiling:.0f} images/s, at its best: batches of {batch}",
        f"{'shared out among the cores' if threads == 0 else 'on one core'}. The sessions alone, on one core:\n",
        page.table(["images/s", "bundled", "the original InfoGAN"], raw),
    ]
    if not outcomes[0].failed:
        ratios = bounds(outcomes, ceiling, float(raw[1][1]), float(raw[1][2]))
        parts += ["## Ratios\n", page.table(["Inkcode", "ratio"], ratios)]
    return "\n".join(parts)


def main() -> None:
    """Measure all of them, or Inkcode and those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    peers = [contender.name for contender in CONTENDERS[1:]]
    parser.add_argument("peers", nargs="*", choices=[[], *peers], help="beside whom; all where none is named")
    parser.add_argument("--quick", action="store_true", help="half a second a load: whether it runs, not how fast")
    parser.add_argument("--workers", type=int, default=1, help="processes that compute, for each of them")
    parser.add_argument("--to", type=Path, default=PAGE, help="the page to write")
    given = parser.parse_args()
    seconds = 0.5 if given.quick else 10.0
    outcomes = []
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        apart.submit(int).result()  # started before anything is measured
        for contender in CONTENDERS:
            if contender.command is None or not given.peers or contender.name in given.peers:
                print(contender.name, flush=True)
                outcomes.append(run(contender, MODEL, given.workers, seconds, apart))
        at_half(outcomes, MODEL, given.workers, seconds, apart)
    given.to.write_text(report(outcomes, MODEL, given.workers, seconds), "utf-8")
    print(given.to.read_text("utf-8"))


if __name__ == "__main__":
    main()
