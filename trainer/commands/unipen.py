"""`python -m trainer data unipen`: make a data set of real handwriting, characters or words, from a UNIPEN release."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from trainer import data
from trainer.data import packed
from trainer.data.unipen import characters, words

_console = Console(stderr=True)


def add(command: argparse.ArgumentParser) -> None:
    """Give `command` its options."""
    command.add_argument("--from", dest="source", type=Path, required=True, help="the release: a folder or an archive")
    command.add_argument("--size", type=int, choices=range(24, 257), metavar="24-256", default=characters.SIZE)
    command.add_argument("--words", action="store_true", help="words to test on, instead of characters")
    command.add_argument("--seed", type=int, default=0, help="chooses the writers of each split and the pens")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    with Progress(console=_console) as bar:
        task = bar.add_task("reading and drawing", total=1.0)
        pack = words.pack if options.words else characters.pack
        name = pack(
            options.source,
            options.data,
            options.size,
            options.seed,
            _say,
            lambda share: bar.update(task, completed=share),
        )
    for split in packed.contents(options.data, name).counts:
        dataset = data.load(name, options.data, split)
        _say(f"{name} {split}: {len(dataset)} images, {len(dataset.label_names)} labels")


def _say(line: str) -> None:
    _console.print(line, markup=False, highlight=False, soft_wrap=True)
