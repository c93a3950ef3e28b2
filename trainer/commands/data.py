"""`python -m trainer data`: bring a published data set, or make one from pictures or fonts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from trainer import data
from trainer.commands import unipen
from trainer.data import DataError, calligraphy, folder, fonts, glyphs, packed

_console = Console(stderr=True)


def add(parser: argparse.ArgumentParser, root: argparse.ArgumentParser) -> None:
    """Give `parser` a command for every data set and every maker of one; `root` holds the options they share."""
    commands = parser.add_subparsers(required=True, metavar="name", dest="dataset")

    for name in data.SOURCES:
        command = commands.add_parser(name, parents=[root], help="published")
        command.add_argument("--from", dest="source", type=Path, help="a folder that holds the files already")
        command.set_defaults(run=_fetch)

    command = commands.add_parser("folder", parents=[root], help="made from pictures, one subfolder a class")
    _making(command, "the folder of the subfolders")
    command.add_argument("--channels", type=int, choices=(1, 3), default=3, help="1: grey, 3: colour (default)")
    command.add_argument("--background", choices=("white", "black"), default="white", help="behind transparent pixels")
    command.set_defaults(run=_folder)

    command = commands.add_parser("glyphs", parents=[root], help="made from fonts, a label a character")
    _making(command, "a folder of fonts: .ttf, .otf, .ttc, .woff2")
    command.add_argument("--charset", required=True, help="the characters: a file that holds them, or they themselves")
    command.add_argument("--images", type=_whole(2, 100_000), default=400, help="of each character (default: 400)")
    command.add_argument(
        "--min-fonts", type=_whole(1, 10_000), default=1, help="that draw a character, or it is left out"
    )
    command.add_argument("--seed", type=_whole(0, 2**63), default=0)
    command.set_defaults(run=_glyphs)

    command = commands.add_parser(calligraphy.NAME, parents=[root], help="made from fonts: 100 Chinese characters")
    command.add_argument("--from", dest="source", type=Path, required=True, help="the folder of docs/calligraphy.md")
    command.add_argument("--size", type=int, choices=(64, calligraphy.SIZE), default=calligraphy.SIZE)
    command.set_defaults(run=_calligraphy)

    unipen.add(commands.add_parser("unipen", parents=[root], help="made from pen trajectories: real handwriting"))


def _making(command: argparse.ArgumentParser, source: str) -> None:
    command.add_argument("--from", dest="source", type=Path, required=True, help=source)
    command.add_argument("--as", dest="name", required=True, help="the data set's name")
    command.add_argument("--size", type=_whole(8, 1024), default=64, help="pixels to a side (default: 64)")
    command.add_argument("--test-share", type=_share, default=0.1, help="of each class's images (default: 0.1)")


def _fetch(options: argparse.Namespace) -> None:
    data.fetch(options.dataset, options.data, options.source)
    _tell(options.dataset, options.data)


def _folder(options: argparse.Namespace) -> None:
    packed.check_name(options.name, taken=data.SOURCES)
    look = folder.Look(options.size, options.channels, options.background)
    folder.pack(options.source, options.data, options.name, look, options.test_share, _say)
    _tell(options.name, options.data)


def _glyphs(options: argparse.Namespace) -> None:
    packed.check_name(options.name, taken=data.SOURCES)
    characters = charset(options.charset)
    faces = fonts.find(options.source, characters, say=_say)
    kept, left_out = glyphs.held(faces, characters, options.min_fonts)
    if left_out:
        _say(f"left out, since fewer than {options.min_fonts} fonts draw them: {' '.join(left_out)}")
    plan = glyphs.Plan(options.size, options.images, options.test_share, options.seed)
    with _bar("drawing") as progress:
        glyphs.pack(faces, kept, options.data, options.name, plan, left_out, progress)
    _tell(options.name, options.data)


def _calligraphy(options: argparse.Namespace) -> None:
    with _bar("drawing") as progress:
        name = calligraphy.pack(options.source, options.data, options.size, _say, progress)
    _tell(name, options.data)


def charset(given: str) -> str:
    """The characters of the file `given`, or of `given` itself where there is no such file: each once, no blanks.

    Raises:
        DataError: none is left, or the file cannot be read as UTF-8 text.
    """
    try:
        text = Path(given).read_text("utf-8") if _is_file(given) else given
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"--charset {given}: no UTF-8 text ({error})") from None
    characters = "".join(c for c in dict.fromkeys(text) if c.isprintable() and not c.isspace())
    if not characters:
        raise DataError(f"--charset {given!r}: holds no character; give some, or a file that holds them")
    return characters


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # too long a name for a file: a charset
        return False


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isdecimal() and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {low} to {high}")
        return int(text)

    return parse


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number between 0 and 1")
    return share


def _say(line: str) -> None:
    _console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _bar(what: str) -> Iterator[Callable[[float], None]]:
    with Progress(console=_console) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def _tell(name: str, root: Path) -> None:
    for split in ("train", "test"):
        dataset = data.load(name, root, split)
        _say(f"{name} {split}: {len(dataset)} images, {len(dataset.label_names)} labels")
