"""Train on generated handwriting, test on real: `python -m examples.ocr lines`, `digits` and `report`.

`lines` and `digits` train on samples of a service and, for comparison, on real images, unless that result is already
recorded. Every command writes the report of all records.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import torch
from rich.console import Console
from rich.progress import Progress

from benchmarks.serving import serving
from examples.ocr import digits, figures, lines, real_lines, record, report, stream, train
from examples.ocr.record import REAL, DigitsRecord, LinesRecord, RecordError, Source
from trainer import data
from trainer.data import DataError, Dataset

RESULTS = Path(__file__).parent / "results"
REPORT = "README.md"
MODEL = "mnist-projection-r1"
_LINES_SHOWN = 6

_QUICK_LINES = lines.Config(seeds=(1,), test_lines=20, training=train.Config(lines=64, batch=8))
_QUICK_DIGITS = digits.Config(seeds=(1,), labels=(20, 50), generated=100, images_seen=400, width=8)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command."""
    options = parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        if options.measure:
            with _service(options.service) as service:
                options.measure(service, options)
        write_report(options.to)
    except HTTPError as error:
        raise SystemExit(f"{error.url}: {json.load(error)['detail']}") from None
    except URLError as error:
        raise SystemExit(f"{options.service}: {error.reason}") from None
    except (DataError, RecordError) as error:
        raise SystemExit(str(error)) from None


def measure_lines(service: str, options: argparse.Namespace) -> None:
    """Measure text recognisers, and save a picture of a few lines."""
    config = _QUICK_LINES if options.quick else lines.Config()
    mnist, test = _mnist(options.data)
    generated = _generated_source(service, options.model, mnist)
    streamed = partial(stream.stream, service, generated.name)
    for source, load_lines in ((_real_source(mnist), partial(real_lines.lines, mnist)), (generated, streamed)):
        if not record.exists(LinesRecord, source, config, options.to):
            scores = []
            for seed in config.seeds:
                with _progress_bar(f"lines, {source.name}, seed {seed}") as progress:
                    scores.append(lines.measure(load_lines, test, config, seed, progress))
            record.save(LinesRecord(source=source, config=config, scores=scores), options.to)
    query = config.query(_LINES_SHOWN, lines.TEST_SEED)
    figures.line_comparison(
        [list(real_lines.lines(mnist, **query)), list(streamed(**query))], options.to / report.LINE_COMPARISON
    )


def measure_digits(service: str, options: argparse.Namespace) -> None:
    """Measure classifiers that are trained with few real labels."""
    config = _QUICK_DIGITS if options.quick else digits.Config()
    mnist, test = _mnist(options.data)
    generated = _generated_source(service, options.model, mnist)
    streamed = partial(digits.streamed, service, generated.name, mnist.label_names, config)
    for source, load_digits in ((_real_source(mnist), None), (generated, streamed)):
        if not record.exists(DigitsRecord, source, config, options.to):
            accuracies = []
            for seed in config.seeds:
                with _progress_bar(f"digits, {source.name}, seed {seed}") as progress:
                    samples = load_digits(seed) if load_digits else None
                    accuracies.append(digits.measure(samples, mnist, test, config, seed, progress))
            record.save(DigitsRecord(source=source, config=config, accuracies=accuracies), options.to)


def write_report(folder: Path) -> None:
    """Write the report of the records in a folder, and its error curve."""
    lines_records, digits_records = record.load(LinesRecord, folder), record.load(DigitsRecord, folder)
    if digits_records:
        figures.error_curve(digits_records, folder / report.ERROR_CURVE)
    (folder / REPORT).write_text(report.render(lines_records, digits_records), "utf-8")


def _mnist(root: Path) -> tuple[Dataset, Dataset]:
    return data.load("mnist", root, "train"), data.load("mnist", root, "test")


def _real_source(mnist: Dataset) -> Source:
    return Source(name=REAL, version=f"{mnist.name}, {len(mnist)} training images", labels=len(mnist))


def _generated_source(service: str, model: str, mnist: Dataset) -> Source:
    """The model of a service, its version and its real labels, from its card.

    Raises:
        DataError: its labels are not those of the real images.
    """
    with urlopen(f"{service}/models/{model}") as answer:
        card = json.load(answer)
    labels: list[str] = next((v["labels"] for v in card["latent"]["variables"] if v.get("labels")), [])
    if tuple(labels) != mnist.label_names:
        raise DataError(
            f"--model {card['name']}: draws {', '.join(labels) or 'without labels'}; must draw MNIST's digits"
        )
    read = card["provenance"]["labels_read"] + card.get("alignment", {}).get("labelled_images", 0)
    return Source(name=card["name"], version=f"{card['name']}@{card['sha256'][:12]}", labels=read)


@contextmanager
def _service(address: str | None) -> Iterator[str]:
    """The service at an address; without one, a service of the bundled models for the duration of the context."""
    if address:
        yield address.rstrip("/")
    else:
        with serving() as server:
            yield f"http://{server.host}:{server.port}"


@contextmanager
def _progress_bar(description: str) -> Iterator[Callable[..., None]]:
    with Progress(*Progress.get_default_columns(), "{task.fields[loss]}", console=Console(stderr=True)) as bar:
        task = bar.add_task(description, total=1.0, loss="")
        yield lambda share, *loss: bar.update(task, completed=share, loss=" ".join(f"{part:.3f}" for part in loss))


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.ocr", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, measure, about in (
        ("lines", measure_lines, "text recognition: a CRNN trained on generated lines, and one trained on real lines"),
        ("digits", measure_digits, "classification with few real labels, with and without generated digits"),
        ("report", None, "write the report of the existing records"),
    ):
        command = commands.add_parser(name, help=about, description=about)
        command.set_defaults(measure=measure, service=None, threads=1)
        command.add_argument("--to", type=Path, default=RESULTS, help="folder of the records and the report")
        if measure:
            command.add_argument("--model", default=MODEL, help=f"a model of the service (default: {MODEL})")
            command.add_argument("--service", help="URL of a running service (default: start one)")
            command.add_argument("--data", type=Path, default=Path("data"), help="folder that `trainer data` wrote")
            command.add_argument("--threads", type=int, default=1, help="CPU threads of training (default: 1)")
            command.add_argument("--quick", action="store_true", help="a small run, to check that everything works")
    return parser


if __name__ == "__main__":
    main()
