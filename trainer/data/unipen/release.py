"""The files of a UNIPEN release, read from a folder or from archives as they were downloaded."""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from pathlib import Path

from trainer.data.dataset import DataError

# A release holds data/CATEGORY/CONTRIBUTOR/... and include/...; what stands before them in a path does not matter.
_INSIDE = re.compile(r"(?:.*?/)?(data/(?:1[a-d]|[2-8])/.+|include/.+)")
_TAR = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2")


class Release:
    """The files of a release in memory, by path: `data/1a/...` and `include/...`.

    `source` is a folder that holds the release, or its archives (.tar.*, .tgz, .zip), or such an archive itself.

    Raises:
        DataError: nothing of a release is there, or an archive is cut short or damaged.
    """

    def __init__(self, source: Path) -> None:
        self._files: dict[str, bytes] = {}
        for path in _parts(source):
            if path.name.endswith((*_TAR, ".zip")):
                self._files.update(_archived(path))
            elif match := _INSIDE.fullmatch(path.relative_to(source).as_posix()):
                self._files[match[1]] = path.read_bytes()
        if not self._files:
            raise DataError(
                f"--from {source}: no UNIPEN release there; it takes the folder or the archive of a release, "
                "which holds data/1a/... and include/..."
            )

    def paths(self, *categories: str) -> tuple[str, ...]:
        """The files of these categories, such as `1a`, in order."""
        inside = tuple(f"data/{category}/" for category in categories)
        return tuple(sorted(path for path in self._files if path.startswith(inside)))

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def __getitem__(self, path: str) -> bytes:
        return self._files[path]


def _parts(source: Path) -> list[Path]:
    if source.is_dir():
        return sorted(path for path in source.rglob("*") if path.is_file())
    if not source.is_file():
        raise DataError(f"--from {source}: no such folder or file")
    return [source]


def _archived(path: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a release inside one archive."""
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as zipped:
                for name in zipped.namelist():
                    if (match := _INSIDE.fullmatch(name)) and not name.endswith("/"):
                        yield match[1], zipped.read(name)
        else:
            with tarfile.open(path) as tar:
                for member in tar:
                    if member.isfile() and (match := _INSIDE.fullmatch(member.name)):
                        yield match[1], tar.extractfile(member).read()  # type: ignore[union-attr] # it is a file
                while tar.fileobj and tar.fileobj.read(2**20):
                    pass  # to the end of the file, where its checksum is
    except (EOFError, LZMAError, OSError, tarfile.TarError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: cut short or damaged ({error}); download it again") from None
