"""`python -m trainer {data,train,export,evaluate,verifier,report}`: real images in, one measured `.onnx` file out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import Progress

from latent.card import CardError
from trainer import data
from trainer.commands import data as data_command
from trainer.config import recipe
from trainer.config.recipe import RecipeError
from trainer.data import DataError
from trainer.export import verifier
from trainer.export.pipeline import release
from trainer.export.verifier import ENDING
from trainer.metrics import evaluate
from trainer.metrics.classifier import Config, Reader
from trainer.report import ReportError, report
from trainer.training import allocator, checkpoint, distributed, loop
from trainer.training.checkpoint import CheckpointError
from trainer.training.phase import DivergedError
from trainer.training.progress import Quiet, Watch
from trainer.training.state import Training

_console = Console(stderr=True)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed with the reason on stderr, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    allocator.keep()
    try:
        options.run(options)
    except (CardError, CheckpointError, DataError, DivergedError, RecipeError, ReportError, FileNotFoundError) as error:
        _console.print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        _console.print("stopped; --resume goes on from the last checkpoint")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m trainer", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    root = argparse.ArgumentParser(add_help=False)
    root.add_argument("--data", type=Path, default=Path("data"), help="folder of the data sets (default: data)")
    root.add_argument("--device", default="auto", help="cuda, cpu, or auto: cuda where there is one (default)")

    data_command.add(commands.add_parser("data", help="bring a data set, or make one"), root)

    command = commands.add_parser("train", parents=[root], help="train a recipe")
    command.add_argument("recipe", help=f"one of {', '.join(recipe.names())}, or a .toml file")
    command.add_argument("--dataset", help="another data set than the recipe's")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--out", type=Path, help="the run's folder (default: runs/<system>-<seed>)")
    command.add_argument("--save-every", type=float, default=60.0, help="kimg between two checkpoints (default: 60)")
    command.add_argument("--resume", action="store_true", help="go on from the folder's checkpoint")
    command.add_argument("-n", "--dry-run", action="store_true", help="print the resolved recipe and stop")
    command.set_defaults(run=_train)

    command = commands.add_parser("export", parents=[root], help="align a run's generator and write its .onnx file")
    command.add_argument("folder", type=Path, help="the run's folder")
    command.add_argument(
        "--to", type=Path, help="the file to write (default: <dataset>-<system>.onnx in the run's folder)"
    )
    command.set_defaults(run=_export)

    command = commands.add_parser("evaluate", parents=[root], help="measure a .onnx file and write it into its card")
    command.add_argument("model", type=Path, help="the .onnx file")
    command.add_argument("--samples", type=_samples, default=10_000)
    command.add_argument("--full", action="store_true", help="train on generated images too: minutes on a CPU")
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("verifier", parents=[root], help="write a classifier that the service reads with")
    command.add_argument("dataset", help="what it learns to read: a data set by name")
    command.add_argument("--to", type=Path, help="the file to write (default: models/<dataset>.verifier.onnx)")
    command.add_argument(
        "--width",
        type=_width,
        default=32,
        help="channels of its last stage; 96 reads better, and takes five times as long",
    )
    command.set_defaults(run=_verifier)

    command = commands.add_parser("report", help="write every recorded run's figures as one page")
    command.add_argument("runs", nargs="*", type=Path, help="folders of measured runs to record first")
    command.add_argument("--to", type=Path, default=Path("RESULTS.md"), help="default: RESULTS.md; records lie beside")
    command.set_defaults(run=_report)
    return parser


def _train(options: argparse.Namespace) -> None:
    chosen = recipe.load(options.recipe)
    if options.dataset:
        labels = data.load(options.dataset, options.data, "test").label_names
        chosen = recipe.with_dataset(chosen, options.dataset, len(labels))
    if options.dry_run:
        Console().print_json(chosen.model_dump_json())
        return
    folder = options.out or Path("runs") / "-".join(
        [*([options.dataset] if options.dataset else []), chosen.system, str(options.seed)]
    )
    saved = folder / checkpoint.FILE
    if saved.exists() and not options.resume:
        raise CheckpointError(f"{folder} holds a run: --resume goes on with it, --out FOLDER starts another")
    dataset = data.load(chosen.dataset, options.data, "train")
    with distributed.processes(_device(options.device)) as device:
        folder.mkdir(parents=True, exist_ok=True)
        read = dataset.labels if chosen.labels else None  # an unsupervised run is never shown one
        training = Training(chosen, dataset.images, options.seed, device, read)
        if options.resume:
            checkpoint.restore(saved, training)
        distributed.wait()  # all have seen that the folder is free
        with Watch(folder, chosen.kimg, training.kimg, _console) if distributed.first() else Quiet() as watch:
            if not options.resume:
                training.start(lambda number, nats: watch.say(f"start {number}: {nats:.3f} nats on held-out images"))
                if distributed.first():
                    checkpoint.save(saved, training)
            loop.run(training, folder, watch, loop.Intervals(checkpoint=options.save_every))
        if distributed.first():
            _console.print(f"next: python -m trainer export {folder}")


def _export(options: argparse.Namespace) -> None:
    path = options.folder / checkpoint.FILE
    chosen = checkpoint.recipe_of(path)
    dataset = data.load(chosen.dataset, options.data, "train")
    training = checkpoint.load(path, dataset.images, _device(options.device), dataset.labels)
    target = options.to or options.folder / f"{chosen.dataset}-{chosen.system}.onnx"
    card = release(training, dataset, target)
    _console.print(f"{target}: {card.latent.layout()}")
    _console.print(f"next: python -m trainer evaluate {target}")


def _evaluate(options: argparse.Namespace) -> None:
    with distributed.processes(_device(options.device)) as device, Progress(console=_console) as bar:
        task = bar.add_task("", total=1.0, visible=False)

        def watch(what: str, share: float) -> None:
            bar.update(task, description=what, completed=share, visible=distributed.first())

        quality = evaluate(options.model, options.data, options.samples, device, full=options.full, watcher=watch)
        if distributed.first():
            Console().print_json(quality.model_dump_json(exclude_none=True))


def _verifier(options: argparse.Namespace) -> None:
    train, test = (data.load(options.dataset, options.data, split) for split in ("train", "test"))
    with Progress(console=_console) as bar:
        task = bar.add_task("training the reader", total=1.0, visible=False)
        reader = Reader.load_or_train(
            train,
            test,
            options.data / "readers",
            _device(options.device),
            lambda share: bar.update(task, completed=share, visible=True),
            Config(width=options.width, seed=verifier.SEED),
        )
    target = options.to or Path("models") / f"{options.dataset}{ENDING}"
    card = verifier.export(target, reader, test)
    _console.print(f"{target}: reads {card.accuracy:.2%} of {card.test_images} real images")


def _report(options: argparse.Namespace) -> None:
    recorded = report(options.runs, options.to)
    _console.print(f"{options.to}: {recorded} recorded")


def _samples(text: str) -> int:
    if int(text) < 100:
        raise argparse.ArgumentTypeError(f"must be at least 100, got {text}")
    return int(text)


def _width(text: str) -> int:
    if int(text) < 4:
        raise argparse.ArgumentTypeError(f"must be at least 4, got {text}")
    return int(text)


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


if __name__ == "__main__":
    sys.exit(main())
