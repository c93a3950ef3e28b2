"""The options of `python -m service dataset`: the parameters of a dataset spec, and where and how to write it."""

from __future__ import annotations

import argparse
from pathlib import Path

from service.datasets import corpora
from service.datasets.bundled_texts import ENGLISH
from service.datasets.corpora import Corpus
from service.datasets.formats.registry import DATASET_FORMATS
from service.datasets.spec import DatasetSpec

LMDB = "lmdb"
"""The format that only the command writes: all shards in one database. As a file, each shard is a database."""

LOCAL, RAY = "local", "ray"
"""Where the shards are made: in processes of this machine, or on a Ray cluster."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options to `parser`."""
    parser.add_argument("--out", type=Path, required=True, help="folder to write; files already there are kept")
    parser.add_argument("--format", default="tar", choices=[*DATASET_FORMATS, LMDB])
    parser.add_argument("--model", help="a model in INKCODE_MODELS; by default the default of GET /datasets")
    parser.add_argument(
        "--corpus",
        type=Path,
        help=f"lines of one text each of this UTF-8 file, a text a line, or of `{ENGLISH}`, the bundled words",
    )
    for field, info in DatasetSpec.model_fields.items():
        if field == "corpus":
            continue
        parser.add_argument(
            f"--{field.replace('_', '-')}", help=info.description and info.description.replace("%", "%%")
        )
    parser.add_argument("--code", action="append", default=[], metavar="NAME=RANGE", help="c3=0.5, or c2=-1..1")
    parser.add_argument(
        "--engine", default=LOCAL, choices=[LOCAL, RAY], help="this machine (default), or a Ray cluster"
    )
    parser.add_argument("--processes", type=_positive, help="of this machine; by default one per core")
    parser.add_argument(
        "--verify", action="store_true", help="make the files already there again, and compare them byte by byte"
    )


def _positive(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {text}")
    return int(text)


def read_corpus(arguments: argparse.Namespace) -> Corpus | None:
    """The content of the file that `--corpus` names; None where it names none, or the bundled words.

    Raises:
        CodeError: it cannot be a corpus.
        OSError: it cannot be read.
    """
    if arguments.corpus is None or str(arguments.corpus) == ENGLISH:
        return None
    return corpora.parse(arguments.corpus.read_bytes(), "corpus")


def dataset_spec(arguments: argparse.Namespace, corpus: Corpus | None) -> DatasetSpec:
    """The spec that the parsed `arguments` give; `corpus` is the content of the file that they name, if any.

    Raises:
        ValidationError: a value that does not fit its option.
    """
    given = vars(arguments) | {"corpus": corpus.id if corpus else str(arguments.corpus) if arguments.corpus else None}
    parameters = {field: given[field] for field in DatasetSpec.model_fields if given[field] is not None}
    return DatasetSpec.model_validate(parameters | dict(code.partition("=")[::2] for code in arguments.code))
