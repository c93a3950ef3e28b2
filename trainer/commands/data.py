"""Fetch a published data set, or make one from pictures or fonts."""

from __future__ import annotations

import argparse
from pathlib import Path

from latent.spec import nfc
from trainer import data
from trainer.commands import arguments, unipen
from trainer.commands.arguments import integer
from trainer.commands.console import progress_bar, say
from trainer.data import DataError, folder, fonts, glyphs, packed
from trainer.data.calligraphy import CALLIGRAPHY, CALLIGRAPHY_64, Calligraphy


def add(parser: argparse.ArgumentParser) -> None:
    """Declare a subcommand for every published data set and every way to make one."""
    commands = parser.add_subparsers(required=True, metavar="name", dest="dataset")

    for name in (source.name for source in data.SOURCES.values() if not isinstance(source, Calligraphy)):
        command = commands.add_parser(name, help="published")
        arguments.add_data(command)
        command.add_argument("--from", dest="source", type=Path, help="a folder that holds the files already")
        command.set_defaults(make=_fetch)

    command = commands.add_parser("folder", help="made from pictures, one subfolder a class")
    _add_making(command, "the folder of the subfolders")
    command.add_argument("--channels", type=int, choices=(1, 3), default=3, help="1: grey, 3: colour (default)")
    command.add_argument("--background", choices=("white", "black"), default="white", help="behind transparent pixels")
    command.set_defaults(make=_folder)

    command = commands.add_parser("glyphs", help="made from fonts, a label a character")
    _add_making(command, "a folder of fonts: .ttf, .otf, .ttc, .woff2")
    command.add_argument("--charset", required=True, help="the characters: a file that holds them, or they themselves")
    command.add_argument("--images", type=integer(2, 100_000), default=400, help="of each character (default: 400)")
    command.add_argument(
        "--min-fonts", type=integer(1, 10_000), default=1, help="that draw a character, or it is left out"
    )
    command.add_argument("--seed", type=integer(0, 2**63), default=0)
    command.set_defaults(make=_glyphs)

    command = commands.add_parser(CALLIGRAPHY.name, help="made from fonts: 100 Chinese characters")
    arguments.add_data(command)
    command.add_argument("--from", dest="source", type=Path, required=True, help="the folder of docs/calligraphy.md")
    command.add_argument("--size", type=int, choices=(CALLIGRAPHY_64.size, CALLIGRAPHY.size), default=CALLIGRAPHY.size)
    command.set_defaults(make=_calligraphy)

    unipen.add(commands.add_parser("unipen", help="made from pen trajectories: real handwriting"))


def run(options: argparse.Namespace) -> None:
    """Make or fetch the data set, and say what is there now."""
    name = options.make(options)
    made_here = name in packed.names(options.data)
    for split in packed.metadata(options.data, name).counts if made_here else ("train", "test"):
        dataset = data.load(name, options.data, split)
        say(f"{name} {split}: {len(dataset)} images, {len(dataset.label_names)} labels")


def _add_making(command: argparse.ArgumentParser, source: str) -> None:
    arguments.add_data(command)
    command.add_argument("--from", dest="source", type=Path, required=True, help=source)
    command.add_argument("--as", dest="name", required=True, help="the data set's name")
    command.add_argument("--size", type=integer(8, 1024), default=64, help="pixels to a side (default: 64)")
    command.add_argument("--test-share", type=_share, default=0.1, help="of each class's images (default: 0.1)")


def _fetch(options: argparse.Namespace) -> str:
    data.fetch(options.dataset, options.data, options.source)
    return str(options.dataset)


def _folder(options: argparse.Namespace) -> str:
    packed.check_name(options.name, taken=data.SOURCES)
    image_format = folder.ImageFormat(options.size, options.channels, options.background)
    folder.pack(options.source, options.data, options.name, image_format, options.test_share, say)
    return str(options.name)


def _glyphs(options: argparse.Namespace) -> str:
    packed.check_name(options.name, taken=data.SOURCES)
    characters = charset(options.charset)
    faces = fonts.find(options.source, characters, log=say)
    kept, left_out = glyphs.partition_by_coverage(faces, characters, options.min_fonts)
    if left_out:
        say(f"left out, since fewer than {options.min_fonts} fonts draw them: {' '.join(left_out)}")
    drawn = glyphs.GlyphOptions(options.size, options.images, options.test_share, options.seed)
    with progress_bar("drawing") as progress:
        glyphs.pack(faces, kept, options.data, options.name, drawn, left_out, progress)
    return str(options.name)


def _calligraphy(options: argparse.Namespace) -> str:
    source = CALLIGRAPHY if options.size == CALLIGRAPHY.size else CALLIGRAPHY_64
    with progress_bar("drawing") as progress:
        source.fetch(options.data, options.source, say, progress)
    return source.name


def charset(given: str) -> str:
    """The characters of the file `given`, or of `given` itself where there is no such file: each once, no blanks.

    A letter and its accents are one character, in Unicode's composed form, where there is such a one.

    Raises:
        DataError: none is left, or the file cannot be read as UTF-8 text.
    """
    try:
        text = Path(given).read_text("utf-8") if _is_file(given) else given
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"--charset {given}: not UTF-8 text ({error})") from None
    characters = "".join(c for c in dict.fromkeys(nfc(text)) if c.isprintable() and not c.isspace())
    if not characters:
        raise DataError(f"--charset {given!r}: holds no character; give some, or a file that holds them")
    return characters


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # too long for the name of a file, so a charset
        return False


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"must be a number between 0 and 1, got {text!r}")
    return share
