"""Is generated handwriting good for training? `python -m examples.ocr lines`, `digits` and `report`.

The first two measure on a service's samples, and on real ones where that was not done before; all write the page.
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
from examples.ocr import digits, lines, page, picture, real, record, stream, train
from examples.ocr.record import REAL, DigitsRecord, LinesRecord, RecordError, Source
from trainer import data
from trainer.data import DataError, Dataset

RESULTS = Path(__file__).parent / "results"
PAGE = "README.md"
_SHOWN = 6  # lines on the sheet

_QUICK_LINES = lines.Config(seeds=(1,), test_lines=20, training=train.Config(lines=64, batch=8))
_QUICK_DIGITS = digits.Config(seeds=(1,), labels=(20, 50), generated=100, shown=400, width=8)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command."""
    given = parser().parse_args(arguments)
    torch.set_num_threads(given.threads)
    try:
        if given.measure:
            with _service(given.service) as service:
                given.measure(service, given)
        report(given.to)
    except HTTPError as error:
        raise SystemExit(f"{error.url}: {json.load(error)['detail']}") from None
    except URLError as error:
        raise SystemExit(f"{given.service}: {error.reason}") from None
    except (DataError, RecordError) as error:
        raise SystemExit(str(error)) from None


def measure_lines(service: str, given: argparse.Namespace) -> None:
    """Measure readers of lines, and show a few lines."""
    config = _QUICK_LINES if given.quick else lines.Config()
    mnist, test = _mnist(given.data)
    drawn = _drawn(service, given.model, mnist)
    streamed = partial(stream.stream, service, drawn.name)
    for source, draw in ((_real(mnist), partial(real.lines, mnist)), (drawn, streamed)):
        if not record.measured(LinesRecord, source, config, given.to):
            scores = []
            for seed in config.seeds:
                with _bar(f"lines, {source.name}, seed {seed}") as tell:
                    scores.append(lines.measure(draw, test, config, seed, tell))
            record.save(LinesRecord(source=source, config=config, scores=scores), given.to)
    query = config.query(_SHOWN, lines.TEST_SEED)
    picture.sheet([list(real.lines(mnist, **query)), list(streamed(**query))], given.to / page.SHEET)


def measure_digits(service: str, given: argparse.Namespace) -> None:
    """Measure classifiers of few labels."""
    config = _QUICK_DIGITS if given.quick else digits.Config()
    mnist, test = _mnist(given.data)
    drawn = _drawn(service, given.model, mnist)
    streamed = partial(digits.streamed, service, drawn.name, mnist.label_names, config)
    for source, draw in ((_real(mnist), None), (drawn, streamed)):
        if not record.measured(DigitsRecord, source, config, given.to):
            accuracies = []
            for seed in config.seeds:
                with _bar(f"digits, {source.name}, seed {seed}") as tell:
                    accuracies.append(digits.measure(draw(seed) if draw else None, mnist, test, config, seed, tell))
            record.save(DigitsRecord(source=source, config=config, accuracies=accuracies), given.to)


def report(folder: Path) -> None:
    """Write the page of the records in a folder, and its curve."""
    of_lines, of_digits = record.load(LinesRecord, folder), record.load(DigitsRecord, folder)
    if of_digits:
        picture.curve(of_digits, folder / page.CURVE)
    (folder / PAGE).write_text(page.page(of_lines, of_digits), "utf-8")


def _mnist(root: Path) -> tuple[Dataset, Dataset]:
    return data.load("mnist", root, "train"), data.load("mnist", root, "test")


def _real(mnist: Dataset) -> Source:
    return Source(name=REAL, version=f"{mnist.name}, {len(mnist)} training images", labels=len(mnist))


def _drawn(service: str, model: str | None, mnist: Dataset) -> Source:
    """The model that a service draws by, as its card tells.

    Raises:
        DataError: it draws other labels than those of the real images.
    """
    with urlopen(f"{service}/models/{model or stream.default_model(service)}") as answer:
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
    """The service at an address, or one of the bundled models for as long as it takes."""
    if address:
        yield address.rstrip("/")
    else:
        with serving() as server:
            yield f"http://{server.host}:{server.port}"


@contextmanager
def _bar(what: str) -> Iterator[Callable[..., None]]:
    with Progress(*Progress.get_default_columns(), "{task.fields[loss]}", console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=1.0, loss="")
        yield lambda share, *loss: bar.update(task, completed=share, loss=" ".join(f"{part:.3f}" for part in loss))


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.ocr", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, measure, about in (
        ("lines", measure_lines, "readers of lines: a CRNN trained on generated ones alone, beside one on real ones"),
        ("digits", measure_digits, "classifiers of few labels, with generated digits and without"),
        ("report", None, "write the page again from the records there are"),
    ):
        command = commands.add_parser(name, help=about, description=about)
        command.set_defaults(measure=measure, service=None, threads=1)
        command.add_argument("--to", type=Path, default=RESULTS, help="folder of the records and the page")
        if measure:
            command.add_argument("--model", help="a model of the service; left out, its default one")
            command.add_argument("--service", help="address of a running service; left out, one is started")
            command.add_argument("--data", type=Path, default=Path("data"), help="where `trainer data mnist` put it")
            command.add_argument("--threads", type=int, default=1, help="cores that training uses (default: 1)")
            command.add_argument("--quick", action="store_true", help="whether it runs, not how well")
    return parser


if __name__ == "__main__":
    main()
