"""Align a run's generator and write its .onnx file."""

from __future__ import annotations

import argparse
from pathlib import Path

from trainer import data
from trainer.commands import arguments
from trainer.commands.console import say
from trainer.config.recipe import Recipe
from trainer.data import digest
from trainer.export.pipeline import export_run
from trainer.training import checkpoint


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    arguments.add_data(parser)
    arguments.add_device(parser)
    parser.add_argument("folder", type=Path, help="the run's folder")
    parser.add_argument(
        "--to", type=Path, help="the file to write (default: <dataset>-<system>.onnx in the run's folder)"
    )


def run(options: argparse.Namespace) -> None:
    """Write the files of the run's generator and encoder."""
    recipe = checkpoint.recipe_of(options.folder / checkpoint.FILE)
    write(options.folder, options.to or options.folder / file_name(recipe), options.data, options.device)


def file_name(recipe: Recipe) -> str:
    """The name of an exported generator's file; its stem is the name of the model."""
    return f"{recipe.dataset}-{recipe.system}.onnx"


def write(folder: Path, target: Path, data_root: Path, device: str) -> None:
    """Export the run in `folder` to the file `target`, its encoder beside it."""
    path = folder / checkpoint.FILE
    dataset = data.load(checkpoint.recipe_of(path).dataset, data_root, "train")
    training = checkpoint.load(path, dataset.images, arguments.device(device), dataset.labels, dataset.writers)
    if training.lineage.data_sha256:
        digest.check(dataset, training.lineage.data_sha256, str(path))
    card = export_run(training, dataset, target)
    say(f"{target}: {card.latent.layout()}")
    say(f"next: python -m trainer evaluate {target}")
