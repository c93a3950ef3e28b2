"""`python -m trainer data unipen`: make a data set of real handwriting, characters or words, from a UNIPEN release."""

from __future__ import annotations

import argparse
from pathlib import Path

from trainer.commands import arguments
from trainer.commands.console import progress_bar, say
from trainer.data.unipen import characters, words


def add(command: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    arguments.add_data(command)
    command.add_argument("--from", dest="source", type=Path, required=True, help="the release: a folder or an archive")
    command.add_argument("--size", type=int, choices=range(24, 257), metavar="24-256", default=characters.SIZE)
    command.add_argument("--words", action="store_true", help="words to test on, instead of characters")
    command.add_argument("--seed", type=int, default=0, help="chooses the writers of each split and the pens")
    command.set_defaults(make=_make)


def _make(options: argparse.Namespace) -> str:
    pack = words.pack if options.words else characters.pack
    with progress_bar("reading and drawing") as progress:
        return pack(options.source, options.data, options.size, options.seed, say, progress)
