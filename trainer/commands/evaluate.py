"""Measure a .onnx file and write the figures into its card, or into the record of its run."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from trainer.commands import arguments
from trainer.commands.console import console
from trainer.metrics import evaluate, measure
from trainer.metrics.suite import Options
from trainer.report import record
from trainer.runtime import distributed
from trainer.storage.onnx_metadata import read_card, write_quality_beside


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    arguments.add_data(parser)
    arguments.add_device(parser)
    parser.add_argument("model", type=Path, help="the .onnx file")
    parser.add_argument("--samples", type=arguments.integer(100), default=10_000)
    parser.add_argument(
        "--split",
        choices=("validation", "test"),
        default="validation",
        help="real images on which classifiers and the encoder are measured: validation, a part of the training images "
        "(default), or test, once, for the figures that are published",
    )
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="write the figures into this record of the run, and beside the .onnx file, which stays as it is",
    )
    parser.add_argument("--full", action="store_true", help="train on generated images too: minutes on a CPU")


def run(options: argparse.Namespace) -> None:
    """Measure the model; the figures are printed as JSON too."""
    with distributed.process_group(arguments.device(options.device)) as device, Progress(console=console) as bars:
        task = bars.add_task("", total=1.0, visible=False)

        def report(what: str, fraction: float) -> None:
            bars.update(task, description=what, completed=fraction, visible=distributed.is_main_process())

        chosen = Options(split=options.split, full=options.full, progress=report)
        if options.record:
            old = record.read_of(options.record, read_card(options.model))
            quality = measure(options.model, options.data, options.samples, device, previous=old.quality, **chosen)
            if distributed.is_main_process():
                record.save(record.measured_again(old, quality), options.record.parent)
                write_quality_beside(options.model, quality)
        else:
            quality = evaluate(options.model, options.data, options.samples, device, **chosen)
        if distributed.is_main_process():
            Console().print_json(quality.model_dump_json(exclude_none=True))
