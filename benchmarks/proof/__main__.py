"""What is said of streamed samples, measured: `make proof` writes it into benchmarks/records.

Whether labels are right, what can be learnt from the samples, and whether memory is flat while a million of them are
streamed; each through the service's own HTTP.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from benchmarks.proof import labels, memory, pupil, record
from benchmarks.proof.record import Labels, Memory, Pupil
from benchmarks.proof.stream import stream
from benchmarks.serving import Server, serving
from service.engine.repository.models import BUNDLED
from service.settings import Settings
from trainer import data
from trainer.data import Dataset
from trainer.storage.onnx_metadata import read_card
from trainer.metrics.classifier import ClassifierConfig

SEED = 1  # of the pupil, and of the network that sees real images beside it

Told = Callable[[float], None]
"""Hears the share of a training that is done."""


def main() -> None:
    """Prove all of it, or what is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", choices=[[], *RUNS], help="all where none is named")
    parser.add_argument("--model", default=BUNDLED, help="a model of INKCODE_MODELS")
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the data sets (default: data)")
    parser.add_argument("--quick", action="store_true", help="a little of each: whether it runs; nothing is recorded")
    given = parser.parse_args()
    path = Settings().models / f"{given.model}.onnx"
    console = Console(stderr=True)
    with serving(INKCODE_MODELS=str(path.parent)) as server, Progress(console=console) as bar:
        task = bar.add_task("", total=1.0, visible=False)

        def told(share: float) -> None:
            bar.update(task, completed=share, visible=True)

        for name in given.what or RUNS:
            bar.update(task, description=name)
            found = RUNS[name](server, path, given.data, given.quick, told)
            print(found.model_dump_json())
            if not given.quick:
                record.keep(path, found)


def _labels(server: Server, path: Path, root: Path, quick: bool, told: Told) -> Labels:
    train, test = _real(path, root)
    cache = root / "classifiers"
    those = labels.readers(train, test, cache, told, _config(quick))
    return labels.measure(server, path.stem, 500 if quick else 10_000, those, train, test, cache)


def _pupil(server: Server, path: Path, root: Path, quick: bool, told: Told) -> Pupil:
    train, test = _real(path, root)
    streamed = stream(server, path.stem, 2000 if quick else 60_000)
    return pupil.teach(streamed, train, test, root / "classifiers", told, _config(quick))


def _memory(server: Server, path: Path, root: Path, quick: bool, told: Told) -> Memory:
    return memory.follow(server, path.stem, 2000 if quick else 1_000_000, 100 if quick else 1000)


def _real(path: Path, root: Path) -> tuple[Dataset, Dataset]:
    name = read_card(path).provenance.dataset
    return data.load(name, root, "train"), data.load(name, root, "test")


def _config(quick: bool) -> ClassifierConfig:
    return ClassifierConfig(epochs=1, width=16, seed=SEED) if quick else ClassifierConfig(seed=SEED)


RUNS: dict[str, Callable[[Server, Path, Path, bool, Told], Labels | Pupil | Memory]] = {
    "labels": _labels,
    "pupil": _pupil,
    "memory": _memory,
}

if __name__ == "__main__":
    main()
