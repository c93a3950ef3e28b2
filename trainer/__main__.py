"""`python -m trainer COMMAND`: from real images to one measured `.onnx` file."""

from __future__ import annotations

import argparse
import sys

from latent.card import CardError
from trainer.commands import card, data, evaluate, export, report, train, verifier
from trainer.commands.console import console
from trainer.config.recipe import RecipeError
from trainer.data import DataError
from trainer.export.onnx_adapter import OnnxImportError
from trainer.report import ReportError
from trainer.runtime import allocator
from trainer.runtime.distributed import ProcessesDifferError
from trainer.training.checkpoint import CheckpointError
from trainer.training.phase import DivergedError

COMMANDS = {
    "data": data,
    "train": train,
    "export": export,
    "evaluate": evaluate,
    "verifier": verifier,
    "report": report,
    "card": card,
}

FAILURES = (
    CardError,
    CheckpointError,
    DataError,
    DivergedError,
    OnnxImportError,
    ProcessesDifferError,
    RecipeError,
    ReportError,
    FileNotFoundError,
)
"""Errors whose message says all that a user needs; of others the traceback is printed."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed with the reason on stderr, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    allocator.disable_trimming()
    try:
        options.run(options)
    except FAILURES as error:
        console.print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("stopped; train --resume continues from the last checkpoint")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m trainer", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, module in COMMANDS.items():
        command = commands.add_parser(name, help=module.__doc__, description=module.__doc__)
        module.add(command)
        command.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
