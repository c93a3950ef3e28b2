"""Images per second of the client's `Stream` and of curl: `python -m benchmarks.stream` writes benchmarks/STREAM.md.

Both fetch the same shards of one service over loopback, in turn, several times. curl throws them away, over one
connection; `Stream` decodes every picture and label into tensors. The service keeps no shards, so that it makes each of
them anew for both, as a training gets them. A second row has shards that the service keeps: then it has next to nothing
to do, and what is left is the client's own speed.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from inkcode_client import Client, Dataset
from inkcode_client.torch import Stream

from benchmarks import report
from benchmarks.serving import serving
from benchmarks.systems import ROOT

PAGE = ROOT / "benchmarks" / "STREAM.md"
MODEL = "mnist-projection-r1"
BAR = 0.7

Rates = tuple[float, float]
"""Images/s of curl and of `Stream`."""


def curl(dataset: Dataset) -> None:
    """Fetch all shards by one curl, one after the other."""
    urls = [dataset.connection.resolve(shard.url) for shard in dataset.shards]
    arguments = "".join(f'url = "{url}"\noutput = "/dev/null"\n' for url in urls)
    subprocess.run(["curl", "-sf", "--config", "-"], input=arguments, text=True, check=True)


def stream(dataset: Dataset, ahead: int) -> None:
    """Read all samples in this process, with the first order of a `Stream`."""
    read = sum(1 for _ in Stream(dataset, ahead=ahead))
    if read != len(dataset):
        raise RuntimeError(f"{read} samples of {len(dataset)} were read")


def rate(read: Callable[[], None], images: int) -> float:
    """Images/s of a way to read them."""
    began = time.perf_counter()
    read()
    return images / (time.perf_counter() - began)


def compare(kept: bool, shards: int, size: int, rounds: int, ahead: int) -> Rates:
    """The medians of `rounds` rounds, in which each goes first in turn; one shard is read before, to warm up."""
    with serving(INKCODE_SHARD_CACHE=str(2**30 if kept else 0)) as server:
        with Client(f"http://{server.host}:{server.port}") as client:
            dataset = client.dataset(MODEL, n=shards * size, size=size, seed=1)
            warm = client.dataset(MODEL, n=shards * size if kept else size, size=size, seed=1 if kept else 2)
        curl(warm)
        stream(warm, ahead)
        readers: list[Callable[[], None]] = [lambda: curl(dataset), lambda: stream(dataset, ahead)]
        found: list[list[float]] = [[], []]
        for number in range(rounds):
            for which in (0, 1) if number % 2 else (1, 0):
                found[which].append(rate(readers[which], len(dataset)))
    return median(found[0]), median(found[1])


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few and small shards, to check that everything runs")
    parser.add_argument("--ahead", type=int, default=1, help="shards that are fetched ahead")
    parser.add_argument("--to", type=Path, default=PAGE, help="the Markdown file to write")
    options = parser.parse_args()
    shards, size, rounds = (2, 50, 1) if options.quick else (20, 1000, 4)
    machine = report.machine()
    rows = []
    for kept in (False, True):
        by_curl, streamed = compare(kept, shards, size, rounds, options.ahead)
        name = "kept by the service" if kept else "made for each request"
        rows.append([name, f"{by_curl:.0f}", f"{streamed:.0f}", f"{streamed / by_curl:.2f}"])
    text = "\n".join(
        [
            "# `Stream` and curl\n",
            "Written by `python -m benchmarks.stream`: images per second of the same shards, fetched over loopback by",
            "one curl, which throws them away, and by `inkcode_client.torch.Stream`, which decodes them into tensors",
            f"in one process. The service has one worker. The bar is {BAR} of curl for shards that are made for each",
            "request.\n",
            f"`{MODEL}` on {machine}. torch {torch.__version__}; {shards} shards of {size} samples, medians of",
            f"{rounds} rounds, {options.ahead} fetched ahead.\n",
            report.table(["shards", "curl, images/s", "`Stream`, images/s", "ratio"], rows),
        ]
    )
    options.to.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
