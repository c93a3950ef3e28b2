"""A data set as a folder: `index.json`, `charset.txt` and the shards, each of them written atomically."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from service.datasets.plan import DatasetPlan

INDEX, CHARSET = "index.json", "charset.txt"


class FolderError(RuntimeError):
    """A folder holds another data set than the one to be written; the message says so."""


def prepare(folder: Path, document: bytes, plan: DatasetPlan) -> None:
    """Create a folder for the data set of this index document, or check that an existing one is of the same data set.

    Raises:
        FolderError: it holds another data set.
    """
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / INDEX
    content = (json.dumps(json.loads(document), ensure_ascii=False, indent=1) + "\n").encode()
    if not index.exists():
        write_atomically(folder / CHARSET, plan.charset)
        write_atomically(index, content)
    elif index.read_bytes() != content:
        raise FolderError(f"{folder} holds another data set, or one of another model or version; write into a new one")


def missing_files(folder: Path, names: Iterable[str]) -> list[str]:
    """Those of `names` that are not in the folder, in their order."""
    present = set(os.listdir(folder))  # noqa: PTH208 - 100,000 names do not need 100,000 Path objects
    return [name for name in names if name not in present]


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that exists either with its whole content or not at all, even after a power failure."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
