"""The options of `python -m service dataset`: those of a query by the names they have in a URL, and where to write."""

from __future__ import annotations

import argparse
from pathlib import Path

from service.datasets.formats.registry import FORMATS
from service.datasets.spec import Query

LMDB = "lmdb"
"""The format that is written here alone: a database is no answer."""

LOCAL, RAY = "local", "ray"
"""What makes the shards: processes of this machine, or a Ray cluster."""


def add(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the options."""
    parser.add_argument("--out", type=Path, required=True, help="folder to write; what is there already is kept")
    parser.add_argument("--format", default="tar", choices=[*FORMATS, LMDB])
    parser.add_argument("--model", help="a model of INKCODE_MODELS; left out, the default one")
    for field, info in Query.model_fields.items():
        parser.add_argument(
            f"--{field.replace('_', '-')}", help=info.description and info.description.replace("%", "%%")
        )
    parser.add_argument("--code", action="append", default=[], metavar="NAME=RANGE", help="c3=0.5, or c2=-1..1")
    parser.add_argument(
        "--engine", default=LOCAL, choices=[LOCAL, RAY], help="this machine (default), or a Ray cluster"
    )
    parser.add_argument("--processes", type=_whole, help="of this machine; left out, one a core")
    parser.add_argument("--verify", action="store_true", help="draw what is there again, and compare it byte by byte")


def _whole(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {text}")
    return int(text)


def query(given: argparse.Namespace) -> Query:
    """The query that the options say.

    Raises:
        ValidationError: a value that is none of its option's.
    """
    own = {field: getattr(given, field) for field in Query.model_fields if getattr(given, field) is not None}
    return Query.model_validate(own | dict(code.partition("=")[::2] for code in given.code))
