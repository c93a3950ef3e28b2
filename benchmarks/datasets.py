"""Labelled digits a second: `make bench-datasets` writes benchmarks/DATASETS.md.

The service's `.tar` shards over loopback, as a process of its own takes them; TextRecognitionDataGenerator drawing
single digits to PNG files, which is how such data is made elsewhere; and the bare loop, which is what there is to lose.
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

from benchmarks import page
from benchmarks.bare import BATCHES, Bare
from benchmarks.contenders import ROOT, Contender, FailedError
from benchmarks.load import closed, get
from benchmarks.proof.stream import index_of
from benchmarks.serving import serving
from service.engine.repository.models import BUNDLED_MODEL
from service.settings import Settings

PAGE = ROOT / "benchmarks" / "DATASETS.md"
TRDG = Contender("trdg", "trdg", "trdg")
CORES = len(os.sched_getaffinity(0))
_CONNECTIONS = 4  # a worker: some of its shards are drawn while others are sent
_SHARDS = 10_000  # more than any run takes
_SOME = 200  # that trdg draws first: what its start costs is not counted


@dataclass(frozen=True)
class Streamed:
    """A way to ask: digits a second, seconds of the server's CPU each, the client's share of a core, and MB."""

    how: str
    verified: bool
    rate: float
    cpu: float
    load: float
    memory: float


def streamed(model: Path, workers: int, verified: bool, size: int, seconds: float, apart: Executor) -> Streamed:
    """What the service streams in shards of `size`, the verifier reading at the default `min_confidence` or not at all.

    Raises:
        FailedError: a shard is refused.
    """
    read = {} if verified else {"min_confidence": 0}
    with serving(INKCODE_WORKERS=str(workers), INKCODE_MODELS=str(model.parent)) as server:
        index = index_of(server, model.stem, n=_SHARDS * size, size=size, **read)
        asked = [get(shard["url"]) for shard in index["shards"]]
        before = server.cpu()
        result = apart.submit(closed, (server.host, server.port), asked, _CONNECTIONS * workers, seconds).result()
        used = server.cpu() - before
        memory = server.memory()
    statuses = {status: len(times) for status, times in result.times.items()}
    if set(statuses) != {200} or result.errors:
        raise FailedError(f"shards were answered {statuses}, failed {dict(result.errors)}")
    rate = result.rate * size
    how = f"{workers} worker{'s' if workers > 1 else ''}, {'read by the verifier' if verified else 'nobody reads'}"
    return Streamed(how, verified, rate, used / (rate * seconds), result.cpu, memory)


def trdg(images: int) -> float:
    """Images/s of TextRecognitionDataGenerator's own command with a process a core: digits on plain white, as PNG.

    Raises:
        FailedError: it cannot be installed, or draws fewer.
    """
    TRDG.install()
    with TemporaryDirectory() as folder:
        digits = Path(folder) / "digits.txt"
        digits.write_text("".join(f"{digit}\n" for digit in range(10)))

        def draw(count: int) -> float:
            out = Path(folder) / str(count)
            command = [Path(TRDG.python).with_name("trdg"), "--input_file", digits, "--count", str(count)]
            command += ["--thread_count", str(CORES), "--background", "1", "--extension", "png", "--output_dir", out]
            began = time.perf_counter()
            subprocess.run(command, cwd=folder, capture_output=True, check=True)
            took = time.perf_counter() - began
            if len(list(out.glob("*.png"))) != count:
                raise FailedError(f"trdg did not draw {count} pictures")
            return took

        start = draw(_SOME)
        return (images - _SOME) / (draw(images) - start)


def bare(model: Path, seconds: float, batches: tuple[int, ...] = BATCHES) -> dict[str, float]:
    """Images/s of session.run and the service's own PNG encoder in a loop, each at its best batch.

    One process whose session has all cores, and one process a core.
    """
    alone = Bare(model, threads=0)
    found = {"one process": max(alone.singles(batch, seconds) for batch in batches)}
    with ProcessPoolExecutor(CORES, get_context("spawn")) as pool:
        sums = [sum(pool.map(partial(_alone, model, batch), [seconds] * CORES)) for batch in batches]
    return found | {"a process a core": max(sums)}


def _alone(model: Path, batch: int, seconds: float) -> float:
    return Bare(model, threads=1).singles(batch, seconds)


def ratios(streams: list[Streamed], drawn: float, loops: Mapping[str, float]) -> Iterator[list[str]]:
    """The best of the service's ways over the others."""
    for verified, what in ((True, "read by the verifier"), (False, "nobody reads")):
        best = max(one.rate for one in streams if one.verified is verified)
        yield [what, f"{best / drawn:.1f}" if drawn else "-", *(f"{best / rate:.2f}" for rate in loops.values())]


def report(model: Path, size: int, seconds: float, images: int, apart: Executor) -> str:
    """Measure all of them, and write the page."""
    machine = page.machine()
    failed, drawn = "", 0.0
    try:
        drawn = trdg(images)
    except (FailedError, OSError, subprocess.SubprocessError) as error:
        failed = str(error)
    loops = bare(model, seconds / len(BATCHES))
    streams = [
        streamed(model, workers, verified, size, seconds, apart)
        for workers in sorted({1, CORES})
        for verified in (True, False)
    ]
    inkcode = Contender("inkcode", "inkcode")
    rows = [
        [f"inkcode, {s.how}", f"{s.rate:.0f}", f"{1e6 * s.cpu:.0f}", f"{s.memory:.0f}", f"{s.load:.0%}"]
        for s in streams
    ]
    rows += [[f"bare loop, {how}", f"{rate:.0f}", "-", "-", "-"] for how, rate in loops.items()]
    rows += [[f"trdg, {CORES} processes", f"{drawn:.0f}" if drawn else failed, "-", "-", "-"]]
    versions = inkcode.versions("onnxruntime", "numpy", "zlib-ng") + ("" if failed else f"; {TRDG.versions('pillow')}")
    return "\n".join(
        [
            "# Labelled digits a second\n",
            "Written by `make bench-datasets`: the whole service's `.tar` shards over loopback, the single digits on",
            "plain white that TextRecognitionDataGenerator draws into PNG files, and a bare loop over the session and",
            "the service's PNG encoder, each on all cores, one after another in one run.\n",
            f"{page.named(model)} on {machine}. {versions}. {seconds:g} s a load, shards of {size} samples.\n",
            page.table(["", "digits/s", "CPU us each", "MB", "load's CPU"], rows),
            "`load's CPU` is what the client took of one core; it shares the machine with what it measures.\n",
            "## Ratios\n",
            page.table(
                ["Inkcode at its best", "over trdg", *(f"over the bare loop, {how}" for how in loops)],
                ratios(streams, drawn, loops),
            ),
        ]
    )


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "model", nargs="?", type=Path, default=Settings().models / f"{BUNDLED_MODEL}.onnx", help="a .onnx file"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small shards, and three seconds a load: whether it runs, not how fast"
    )
    parser.add_argument("--to", type=Path, default=PAGE, help="the page to write")
    given = parser.parse_args()
    size, seconds, images = (50, 3.0, 2 * _SOME) if given.quick else (1000, 20.0, 10_000)
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        apart.submit(int).result()  # started before anything is measured
        text = report(given.model, size, seconds, images, apart)
    given.to.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
