"""Train a recipe: from the start, from another run's weights, or on from a checkpoint."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch
from rich.console import Console

from latent.card import InitialWeights
from latent.spec import Categorical
from trainer import data
from trainer.commands import arguments, export, run_selection
from trainer.commands.console import console, say
from trainer.commands.run_selection import Selection
from trainer.config import recipe as recipes
from trainer.data import Dataset, digest
from trainer.runtime import distributed
from trainer.training import checkpoint, initial_weights, lineage, loop
from trainer.training.checkpoint import CHANGEABLE, CheckpointError
from trainer.training.progress import NullLogger, ProgressLogger
from trainer.training.state import TrainingState


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
    parser.add_argument(
        "--export-to",
        type=Path,
        metavar="FOLDER",
        default=os.environ.get("INKCODE_EXPORT_TO") or None,
        help="export the finished run into this folder, such as a service's models (default: INKCODE_EXPORT_TO)",
    )
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument(
        "--resume",
        action="store_true",
        help=f"continue from the folder's checkpoint; --set may change {' and '.join(CHANGEABLE)} only",
    )
    begin.add_argument("--init-from", type=Path, metavar="RUN", help="start with the weights of the run in that folder")
    parser.add_argument("-n", "--dry-run", action="store_true", help="print the resolved recipe and stop")


def run(options: argparse.Namespace) -> None:
    """Train the run that the arguments name, or print its recipe."""
    chosen = run_selection.select(options)
    _check_folder(chosen, options)
    if options.dry_run:
        say(f"seed {chosen.seed}, folder {chosen.folder}")
        Console().print_json(chosen.recipe.model_dump_json())
        return
    dataset = data.load(chosen.recipe.dataset, options.data, "train")
    run_selection.check_data(chosen, dataset, options)
    with distributed.process_group(arguments.device(options.device)) as device:
        _train(chosen, dataset, device, options)
        if options.export_to and distributed.is_main_process():
            target = options.export_to / export.file_name(chosen.recipe)
            export.write(chosen.folder, target, options.data, options.device)


def _check_folder(chosen: Selection, options: argparse.Namespace) -> None:
    """Find out before any work is done whether the run can begin."""
    if options.resume:
        checkpoint.check_resumable(chosen.checkpoint, chosen.recipe, chosen.seed)
    elif chosen.checkpoint.exists() and not options.dry_run:
        raise CheckpointError(f"{chosen.folder} holds a run: --resume continues it, --out FOLDER starts another")
    if options.init_from:
        checkpoint.read(options.init_from / checkpoint.FILE)


def _train(chosen: Selection, dataset: Dataset, device: torch.device, options: argparse.Namespace) -> None:
    training = _new(chosen, dataset, device)
    extension, notes = None, list[str]()
    if options.resume:
        extension = checkpoint.restore(chosen.checkpoint, training)
        if extension:
            before = run_selection.previous_values(extension)
            notes = [f"resumed at {extension.at_kimg:g} kimg with other values than before: {before}"]
    elif options.init_from:
        initial, problems = initial_weights.load(options.init_from / checkpoint.FILE, training)
        notes = _describe_initial(initial, problems, options.init_from)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    distributed.barrier()  # until every process has seen whether the folder holds a run
    is_main = distributed.is_main_process()
    notes += _describe_unnamed(chosen, dataset)
    for note in notes if is_main else ():
        say(note)
    with _logger(chosen, training) as logger:
        if not options.resume and not _is_pretrained(training):
            training.pretrain(logger.log)
        if is_main and (extension or not options.resume):
            checkpoint.save(chosen.checkpoint, training)
        loop.run(training, chosen.folder, logger, loop.Intervals(checkpoint=options.save_every))
    if is_main and not options.export_to:
        say(f"next: python -m trainer export {chosen.folder}")


def _new(chosen: Selection, dataset: Dataset, device: torch.device) -> TrainingState:
    labels = dataset.labels if chosen.recipe.labels else None  # an unsupervised run never sees one
    training = TrainingState(chosen.recipe, dataset.images, chosen.seed, device, labels, dataset.writers)
    training.lineage = lineage.begin(digest.sha256(dataset))
    return training


def _logger(chosen: Selection, training: TrainingState) -> NullLogger:
    if not distributed.is_main_process():
        return NullLogger()
    return ProgressLogger(chosen.folder, chosen.recipe.kimg, training.kimg, console)


def _is_pretrained(training: TrainingState) -> bool:
    """Whether all that the recipe would pretrain has come from another run."""
    initial, pretraining = training.lineage.initial_weights, training.recipe.pretraining
    return initial is not None and pretraining is not None and set(pretraining.trains) <= set(initial.loaded)


def _describe_unnamed(chosen: Selection, dataset: Dataset) -> list[str]:
    """A note where the categories of an unsupervised run cannot be matched to the labels of the data."""
    categorical = [variable for variable in chosen.recipe.latent if isinstance(variable, Categorical)]
    labels = len(dataset.label_names)
    if chosen.recipe.labels or not categorical or any(variable.size == labels for variable in categorical):
        return []
    first = categorical[0]
    counts = f"{first.name} has {first.size} values, but {dataset.name} has {labels} labels"
    return [f"note: {counts}: they will not be matched; --set latent.variables.{first.name}.size={labels} changes that"]


def _describe_initial(initial: InitialWeights, problems: list[str], run_folder: Path) -> list[str]:
    roles = ", ".join([*initial.loaded, *(f"{role} in part" for role in initial.partly_loaded)])
    origin = f"{run_folder} ({initial.system}, seed {initial.seed}, {initial.kimg:g} kimg)"
    return [f"weights of {origin}: {roles}", *(f"  {line}" for line in problems)]
