"""Train a classifier with which the service checks generated images, and write its .onnx file."""

from __future__ import annotations

import argparse
from pathlib import Path

from trainer import data
from trainer.commands import arguments
from trainer.commands.console import progress_bar, say
from trainer.data.partition import train_and_validation
from trainer.export import verifier
from trainer.metrics.classifier import Classifier, ClassifierConfig


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    arguments.add_data(parser)
    arguments.add_device(parser)
    parser.add_argument("dataset", help="what it learns to classify: a data set by name")
    parser.add_argument("--to", type=Path, help="the file to write (default: models/<dataset>.verifier.onnx)")
    parser.add_argument(
        "--width",
        type=arguments.integer(4),
        default=32,
        help="channels of its last stage; 96 is more accurate, and takes five times as long",
    )


def run(options: argparse.Namespace) -> None:
    """Train the classifier, or load it if it was trained before, and write its file."""
    train, validation = train_and_validation(options.dataset, options.data)
    test = data.load(options.dataset, options.data, "test")
    with progress_bar("training the classifier") as progress:
        classifier = Classifier.load_or_train(
            train,
            validation,
            options.data / "classifiers",
            arguments.device(options.device),
            progress,
            ClassifierConfig(width=options.width, seed=verifier.SEED),
        )
    target = options.to or Path("models") / f"{options.dataset}{verifier.SUFFIX}"
    card = verifier.export_verifier(target, classifier, validation, test)
    say(f"{target}: {card.accuracy:.2%} accurate on {card.test_images} real images")
