"""Align a run's generator and write its .onnx file."""

from __future__ import annotations

import argparse
from pathlib import Path

from trainer import data
from trainer.commands import arguments
from trainer.commands.console import say
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
    path = options.folder / checkpoint.FILE
    recipe = checkpoint.recipe_of(path)
    dataset = data.load(recipe.dataset, options.data, "train")
    training = checkpoint.load(path, dataset.images, arguments.device(options.device), dataset.labels, dataset.writers)
    if training.lineage.data_sha256:
        digest.check(dataset, training.lineage.data_sha256, str(path))
    target = options.to or options.folder / f"{recipe.dataset}-{recipe.system}.onnx"
    card = export_run(training, dataset, target)
    say(f"{target}: {card.latent.layout()}")
    say(f"next: python -m trainer evaluate {target}")
