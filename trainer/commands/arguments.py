"""Arguments that several commands take."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import torch


def add_data(parser: argparse.ArgumentParser) -> None:
    """`--data`: a path, the data root."""
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the data sets (default: data)")


def add_device(parser: argparse.ArgumentParser) -> None:
    """`--device`: a name for `device`."""
    parser.add_argument("--device", default="auto", help="cuda, cpu, or auto: cuda where there is one (default)")


def device(name: str) -> torch.device:
    """The device of that name; `auto` is the first GPU, or the CPU without one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def integer(low: int, high: int | None = None) -> Callable[[str], int]:
    """A type for argparse: an integer from `low` to `high`, both included."""
    bounds = f"of at least {low}" if high is None else f"from {low} to {high}"

    def parse(text: str) -> int:
        if not (text.isdecimal() and low <= int(text) and (high is None or int(text) <= high)):
            raise argparse.ArgumentTypeError(f"must be an integer {bounds}, got {text!r}")
        return int(text)

    return parse
