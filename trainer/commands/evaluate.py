"""Measure a .onnx file and write the figures into its card."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from trainer.commands import arguments
from trainer.commands.console import console
from trainer.metrics import evaluate
from trainer.runtime import distributed


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    arguments.add_data(parser)
    arguments.add_device(parser)
    parser.add_argument("model", type=Path, help="the .onnx file")
    parser.add_argument("--samples", type=arguments.integer(100), default=10_000)
    parser.add_argument("--full", action="store_true", help="train on generated images too: minutes on a CPU")


def run(options: argparse.Namespace) -> None:
    """Measure the model; the figures are printed as JSON too."""
    with distributed.process_group(arguments.device(options.device)) as device, Progress(console=console) as bars:
        task = bars.add_task("", total=1.0, visible=False)

        def report(what: str, fraction: float) -> None:
            bars.update(task, description=what, completed=fraction, visible=distributed.is_main_process())

        quality = evaluate(options.model, options.data, options.samples, device, full=options.full, progress=report)
        if distributed.is_main_process():
            Console().print_json(quality.model_dump_json(exclude_none=True))
