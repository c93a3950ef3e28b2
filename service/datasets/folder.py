"""A data set as a folder: `index.json`, `charset.txt` and the shards, each there whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from service.datasets.plan import Plan

INDEX, CHARSET = "index.json", "charset.txt"


class FolderError(RuntimeError):
    """A folder holds something else than is to be written there; the message says what."""


def begin(folder: Path, document: dict[str, object], plan: Plan) -> None:
    """Make a folder for a data set of this index, or go on with one.

    Raises:
        FolderError: it holds another data set.
    """
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / INDEX
    content = (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
    if not index.exists():
        replace(folder / CHARSET, plan.charset)
        replace(index, content)
    elif index.read_bytes() != content:
        raise FolderError(f"{folder} holds another data set, or one of another model or version; write into a new one")


def missing(folder: Path, names: Iterable[str]) -> list[str]:
    """Those of these files that a folder lacks."""
    there = set(os.listdir(folder))  # noqa: PTH208 - names are all that is wanted of a hundred thousand files
    return [name for name in names if name not in there]


def replace(path: Path, content: bytes) -> None:
    """Write a file that appears whole, its bytes on the disk before its name."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
