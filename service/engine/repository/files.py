"""The `.onnx` files of one folder, and what came of reading each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from latent import CardError

T = TypeVar("T")


class LoadError(Exception):
    """A file is no generator that can be served here; the message says why."""


@contextmanager
def loading() -> Iterator[None]:
    """Whatever goes wrong in here is why a file cannot be loaded.

    Raises:
        LoadError: anything did.
    """
    try:
        yield
    except LoadError:
        raise
    except CardError as error:
        raise LoadError(str(error)) from None
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise LoadError(f"cannot be loaded: {error}") from error


@dataclass(frozen=True)
class Entry(Generic[T]):
    """A file as it was read last: what was loaded from it, and why that is not what the file holds now, if it is not.

    `stamp` tells one content of the file from another without reading it.
    """

    stamp: tuple[int, ...]
    loaded: T | None
    refused: str | None = None


GENERATOR, ENCODER, VERIFIER = ".onnx", ".encoder.onnx", ".verifier.onnx"
_BESIDE = (ENCODER, VERIFIER)  # what a generator's ending fits too


def read(
    folder: Path, known: Mapping[str, Entry[T]], load: Callable[[Path], T], ending: str = GENERATOR
) -> dict[str, Entry[T]]:
    """Every file of `folder` of one kind by name, those unchanged since they were `known` as they were.

    A file that `load` refuses keeps what was loaded from it before.

    Raises:
        OSError: the folder cannot be listed: a volume that went away is no folder that was emptied.
    """
    entries: dict[str, Entry[T]] = {}
    for path in sorted(folder.iterdir()):
        name = path.name
        if not name.endswith(ending) or (ending == GENERATOR and name.endswith(_BESIDE)):
            continue
        before = known.get(name)
        try:
            status = path.stat()  # of what a link leads to: that is how a mounted volume changes files
        except FileNotFoundError:
            continue  # gone since it was listed
        stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if before and before.stamp == stamp:
            entries[name] = before
            continue
        try:
            entries[name] = Entry(stamp, load(path))
        except LoadError as error:
            entries[name] = Entry(stamp, before.loaded if before else None, str(error))
    return entries
