"""Write the figures of every recorded run as one page."""

from __future__ import annotations

import argparse
from pathlib import Path

from trainer import report
from trainer.commands.console import say


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("runs", nargs="*", type=Path, help="folders of measured runs to record first")
    parser.add_argument("--to", type=Path, default=Path("RESULTS.md"), help="default: RESULTS.md; records lie beside")


def run(options: argparse.Namespace) -> None:
    """Record the runs given, and write the page of all records."""
    recorded = report.report(options.runs, options.to)
    say(f"{options.to}: {recorded} recorded")
