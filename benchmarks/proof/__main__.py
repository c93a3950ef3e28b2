"""Evidence for what the README claims about streamed samples: `make proof` writes it into benchmarks/records.

It measures, over HTTP, the label errors, the accuracy of a classifier trained on the samples (GAN-train), and the
memory of the service while it streams a million samples.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import Progress as ProgressBar

from benchmarks.proof import gan_train, labels, memory, record
from benchmarks.proof.record import GanTrain, Labels, Memory
from benchmarks.proof.stream import stream
from benchmarks.serving import Server, serving
from service.engine.repository.models import BUNDLED_MODEL
from service.settings import Settings
from trainer import data
from trainer.data import Dataset
from trainer.metrics.classifier import ClassifierConfig, ProgressCallback
from trainer.storage.onnx_metadata import read_card

SEED = 1  # of the classifiers that are trained on streamed and on real images


def main() -> None:
    """Measure everything, or the measurements that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measurements", nargs="*", choices=[[], *MEASUREMENTS], help="default: all")
    parser.add_argument("--model", default=BUNDLED_MODEL, help="a model of INKCODE_MODELS")
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the data sets (default: data)")
    parser.add_argument(
        "--quick", action="store_true", help="few samples, to check that everything runs; nothing is saved"
    )
    options = parser.parse_args()
    path = Settings().models / f"{options.model}.onnx"
    console = Console(stderr=True)
    with serving(INKCODE_MODELS=str(path.parent)) as server, ProgressBar(console=console) as bar:
        task = bar.add_task("", total=1.0, visible=False)

        def progress(share: float) -> None:
            bar.update(task, completed=share, visible=True)

        for name in options.measurements or MEASUREMENTS:
            bar.update(task, description=name)
            measurement = MEASUREMENTS[name](server, path, options.data, options.quick, progress)
            print(measurement.model_dump_json())
            if not options.quick:
                record.save(path, name, measurement)


def _labels(server: Server, path: Path, root: Path, quick: bool, progress: ProgressCallback) -> Labels:
    train, test = _real_images(path, root)
    cache = root / "classifiers"
    classifiers = labels.ensemble(train, cache, progress, _config(quick))
    return labels.measure(server, path.stem, 500 if quick else 10_000, classifiers, train, test, cache)


def _gan_train(server: Server, path: Path, root: Path, quick: bool, progress: ProgressCallback) -> GanTrain:
    train, test = _real_images(path, root)
    streamed = stream(server, path.stem, 2000 if quick else 60_000)
    return gan_train.measure(streamed, train, test, root / "classifiers", progress, _config(quick))


def _memory(server: Server, path: Path, root: Path, quick: bool, progress: ProgressCallback) -> Memory:
    return memory.measure(server, path.stem, 2000 if quick else 1_000_000, 100 if quick else 1000)


def _real_images(path: Path, root: Path) -> tuple[Dataset, Dataset]:
    name = read_card(path).provenance.dataset
    return data.load(name, root, "train"), data.load(name, root, "test")


def _config(quick: bool) -> ClassifierConfig:
    return ClassifierConfig(epochs=1, width=16, seed=SEED) if quick else ClassifierConfig(seed=SEED)


MEASUREMENTS: dict[str, Callable[[Server, Path, Path, bool, ProgressCallback], Labels | GanTrain | Memory]] = {
    "labels": _labels,
    "gan_train": _gan_train,
    "memory": _memory,
}
"""By the field of the record that each fills."""

if __name__ == "__main__":
    main()
