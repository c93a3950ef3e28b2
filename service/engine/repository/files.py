"""The `.onnx` files of the models folder, and what was loaded from each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from latent import CardError

T = TypeVar("T")

GENERATOR_SUFFIX, ENCODER_SUFFIX, VERIFIER_SUFFIX = ".onnx", ".encoder.onnx", ".verifier.onnx"
_COMPANION_SUFFIXES = (ENCODER_SUFFIX, VERIFIER_SUFFIX)  # these names end in the generators' suffix too


class LoadError(Exception):
    """A file cannot be loaded as what its suffix says; the message says why."""


@contextmanager
def convert_to_load_error() -> Iterator[None]:
    """Convert any exception raised inside the context.

    Raises:
        LoadError: something was raised.
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
class FileEntry(Generic[T]):
    """A file at the last scan.

    `stamp` identifies the file's content without reading it. If the content was refused, `refused` says why, and
    `loaded` is what was loaded from an earlier content of the file, if there was one.
    """

    stamp: tuple[int, ...]
    loaded: T | None
    refused: str | None = None


@dataclass(frozen=True)
class RefusedFile:
    """A file's name, and why its present content is not served."""

    file: str
    reason: str


def scan(
    folder: Path, known: Mapping[str, FileEntry[T]], load: Callable[[Path], T], suffix: str = GENERATOR_SUFFIX
) -> dict[str, FileEntry[T]]:
    """Every file of `folder` with this suffix, by name. Files unchanged since `known` keep their entries.

    A file that `load` refuses keeps what was loaded from it before.

    Raises:
        OSError: the folder cannot be listed, for example because its volume is gone: not the same as an empty folder.
    """
    entries: dict[str, FileEntry[T]] = {}
    for path in sorted(folder.iterdir()):
        name = path.name
        if not name.endswith(suffix) or (suffix == GENERATOR_SUFFIX and name.endswith(_COMPANION_SUFFIXES)):
            continue
        before = known.get(name)
        try:
            status = path.stat()  # follows links: a mounted volume changes a file by changing its link
        except FileNotFoundError:
            continue  # deleted since the folder was listed
        stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if before and before.stamp == stamp:
            entries[name] = before
            continue
        try:
            entries[name] = FileEntry(stamp, load(path))
        except LoadError as error:
            entries[name] = FileEntry(stamp, before.loaded if before else None, str(error))
    return entries
