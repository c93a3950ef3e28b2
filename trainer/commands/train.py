"""Train a recipe: from the start, from another run's weights, or on from a checkpoint."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from rich.console import Console

from trainer import data
from trainer.commands import arguments, selection
from trainer.commands.console import console, say
from trainer.commands.selection import Selection
from trainer.config import recipe as recipes
from trainer.data import Dataset, digest
from trainer.training import checkpoint, distributed, initial_weights, lineage, loop
from trainer.training.checkpoint import CHANGEABLE, CheckpointError
from trainer.training.progress import Quiet, Watch
from trainer.training.state import Training


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    arguments.add_data(parser)
    arguments.add_device(parser)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("recipe", nargs="?", help=f"one of {', '.join(recipes.names())}, or a .toml file")
    source.add_argument("--like", type=Path, metavar="MODEL", help="train a .onnx file again, from its card")
    parser.add_argument(
        "--set",
        dest="assignments",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a key of the recipe by its dotted path, as in phases.generator.learning_rate=1e-3; repeatable",
    )
    parser.add_argument("--dataset", help="another data set than the recipe's")
    parser.add_argument("--seed", type=int, help="default: that of --like or of the checkpoint, else 0")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="the run's (default: runs/<system>-<seed>)")
    parser.add_argument("--save-every", type=float, default=60.0, help="kimg between two checkpoints (default: 60)")
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument(
        "--resume",
        action="store_true",
        help=f"continue from the folder's checkpoint; --set may change {' and '.join(CHANGEABLE)} only",
    )
    begin.add_argument("--init-from", type=Path, metavar="RUN", help="start with the weights of the run in that folder")
    parser.add_argument("-n", "--dry-run", action="store_true", help="print the resolved recipe and stop")


def run(options: argparse.Namespace) -> None:
    """Do it."""
    chosen = selection.select(options)
    _check_folder(chosen, options)
    if options.dry_run:
        say(f"seed {chosen.seed}, folder {chosen.folder}")
        Console().print_json(chosen.recipe.model_dump_json())
        return
    dataset = data.load(chosen.recipe.dataset, options.data, "train")
    selection.check_data(chosen, dataset, options)
    with distributed.processes(arguments.device(options.device)) as device:
        _train(chosen, dataset, device, options)


def _check_folder(chosen: Selection, options: argparse.Namespace) -> None:
    """Find out before any work is done whether the run can begin."""
    if options.resume:
        checkpoint.check_resumable(chosen.checkpoint, chosen.recipe, chosen.seed)
    elif chosen.checkpoint.exists() and not options.dry_run:
        raise CheckpointError(f"{chosen.folder} holds a run: --resume continues it, --out FOLDER starts another")
    if options.init_from:
        checkpoint.read(options.init_from / checkpoint.FILE)


def _train(chosen: Selection, dataset: Dataset, device: torch.device, options: argparse.Namespace) -> None:
    recipe, folder = chosen.recipe, chosen.folder
    labels = dataset.labels if recipe.labels else None  # an unsupervised run never sees one
    training = Training(recipe, dataset.images, chosen.seed, device, labels)
    training.lineage = lineage.begin(digest.sha256(dataset))
    notes: list[str] = []
    extension = checkpoint.restore(chosen.checkpoint, training) if options.resume else None
    if extension:
        before = ", ".join(f"{key} = {value}" for key, value in extension.previous.items())
        notes = [f"resumed at {extension.at_kimg:g} kimg with other values than before: {before}"]
    if options.init_from:
        notes = _initialise(training, options.init_from)
    folder.mkdir(parents=True, exist_ok=True)
    distributed.wait()  # until every process has seen whether the folder holds a run
    with Watch(folder, recipe.kimg, training.kimg, console) if distributed.first() else Quiet() as watch:
        for note in notes:
            watch.say(note)
        initial = training.lineage.initial_weights
        if not (options.resume or (initial and "encoder" in initial.loaded)):
            training.start(lambda number, nats: watch.say(f"start {number}: {nats:.3f} nats on held-out images"))
        if distributed.first() and (extension or not options.resume):
            checkpoint.save(chosen.checkpoint, training)
        loop.run(training, folder, watch, loop.Intervals(checkpoint=options.save_every))
    if distributed.first():
        say(f"next: python -m trainer export {folder}")


def _initialise(training: Training, run_folder: Path) -> list[str]:
    """Load the weights of the run in `run_folder`; returns what to tell the user of it."""
    initial, problems = initial_weights.load(run_folder / checkpoint.FILE, training)
    loaded = ", ".join([*initial.loaded, *(f"{role} in part" for role in initial.partly_loaded)])
    origin = f"{run_folder} ({initial.system}, seed {initial.seed}, {initial.kimg:g} kimg)"
    return [f"weights of {origin}: {loaded}", *(f"  {line}" for line in problems)]
