"""A data set published as four IDX files with known checksums, such as MNIST and data sets in the same format."""

from __future__ import annotations

import hashlib
import shutil
import urllib.request
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import torch

from trainer.data import idx
from trainer.data.dataset import DataError, Dataset, Split
from trainer.storage.atomic import atomic_write

_TIMEOUT = 30.0  # seconds without an answer after which the next mirror is tried


@dataclass(frozen=True)
class IdxFile:
    """A file and its published checksum: `md5:` or `sha256:` and the hexadecimal digest.

    If `name` ends in `.gz`, the checksum is that of the gzipped file, and only that file is accepted. Otherwise it is
    that of the uncompressed bytes, and the file is accepted with or without gzip. It is stored in the form that the
    checksum covers.
    """

    name: str
    checksum: str

    def verified(self, content: bytes, origin: str) -> bytes:
        """The bytes to store of `content`, a download or file that errors call `origin`.

        Raises:
            DataError: their checksum is not the published one.
        """
        stored = content if self.name.endswith(".gz") else idx.decompress(content, origin)
        algorithm, _, expected = self.checksum.partition(":")
        digest = hashlib.new(algorithm, stored, usedforsecurity=False).hexdigest()
        if digest != expected:
            raise DataError(
                f"{origin}: truncated or altered: expected {algorithm} {expected}, got {digest} ({len(stored)} bytes)"
            )
        return stored

    def accepted_names(self) -> tuple[str, ...]:
        """The file names to look for: some copies write `.idx3` instead of `-idx3`."""
        names = (self.name, self.name.replace("-idx", ".idx"))
        return names if self.name.endswith(".gz") else tuple(name + end for name in names for end in ("", ".gz"))


@dataclass(frozen=True)
class IdxArchive:
    """Images and labels of both splits, and the servers that publish them.

    `mirrors` are base URLs of the gzipped files, or of the zip file `bundle` that contains them. `transposed` says that
    images are stored column by column; they are transposed when loaded. `first_label` is the lowest label in the files;
    loaded labels start at zero.
    """

    name: str
    label_names: tuple[str, ...]
    mirrors: tuple[str, ...]
    files: Mapping[Split, tuple[IdxFile, IdxFile]]
    bundle: str | None = None
    transposed: bool = False
    first_label: int = 0

    def fetch(self, root: Path, source: Path | None = None) -> None:
        """Store the files under `root`, from the folder `source` or from the first mirror that has them.

        Without `source`, nothing is downloaded where all files are under `root` already.

        Raises:
            DataError: a file is missing, truncated or altered; files already under `root` are kept.
        """
        if source is None and self._is_stored(root):
            return
        if source is None and self.bundle is not None:
            self._download_bundle(self.bundle, root)
            return
        for file in self._files:
            content = self._download(file) if source is None else self._find(file, source)
            self._store(file, content, root)

    def load(self, root: Path, split: Split) -> Dataset:
        """Read one split from under `root` and verify its checksums.

        Raises:
            DataError: a file is missing, truncated or altered.
        """
        image_file, label_file = self.files[split]
        images = idx.parse(self._read(root, image_file), image_file.name, ndim=3)
        labels = idx.parse(self._read(root, label_file), label_file.name, ndim=1)
        if self.transposed:
            images = np.ascontiguousarray(images.swapaxes(1, 2))
        return Dataset(
            name=self.name,
            images=torch.tensor(images).unsqueeze(1),
            labels=torch.tensor(labels, dtype=torch.int64) - self.first_label,
            label_names=self.label_names,
        )

    @property
    def _files(self) -> tuple[IdxFile, ...]:
        return tuple(file for pair in self.files.values() for file in pair)

    def _store(self, file: IdxFile, content: bytes, root: Path) -> None:
        with atomic_write(root / self.name / file.name) as temporary:
            temporary.write_bytes(content)

    def _is_stored(self, root: Path) -> bool:
        try:
            for file in self._files:
                self._read(root, file)
        except DataError:
            return False
        return True

    def _find(self, file: IdxFile, folder: Path) -> bytes:
        """The file's verified bytes, from the folder itself or from the bundle in it."""
        for path in (folder / name for name in file.accepted_names()):
            if path.is_file():
                return file.verified(path.read_bytes(), str(path))
        if self.bundle is not None and (folder / self.bundle).is_file():
            with (folder / self.bundle).open("rb") as stream:
                return _member(file, stream, str(folder / self.bundle))
        wanted = [*file.accepted_names(), *([self.bundle] if self.bundle else [])]
        raise DataError(f"{folder}: none of {', '.join(wanted)} is there")

    def _download(self, file: IdxFile) -> bytes:
        failures = []
        for mirror in self.mirrors:
            url = f"{mirror}/{file.name.removesuffix('.gz')}.gz"
            try:
                with urllib.request.urlopen(url, timeout=_TIMEOUT) as response:  # noqa: S310 - our own list of mirrors
                    return file.verified(response.read(), url)
            except (OSError, HTTPException, DataError) as error:
                failures.append(f"  {url}: {error}")
        raise _no_mirror_error(file.name, failures)

    def _download_bundle(self, bundle: str, root: Path) -> None:
        failures = []
        for mirror in self.mirrors:
            url = f"{mirror}/{bundle}"
            try:
                with urllib.request.urlopen(url, timeout=_TIMEOUT) as response, TemporaryFile() as stream:  # noqa: S310
                    shutil.copyfileobj(response, stream)
                    contents = [_member(file, stream, url) for file in self._files]
            except (OSError, HTTPException, DataError) as error:
                failures.append(f"  {url}: {error}")
                continue
            for file, content in zip(self._files, contents, strict=True):
                self._store(file, content, root)
            return
        raise _no_mirror_error(bundle, failures)

    def _read(self, root: Path, file: IdxFile) -> bytes:
        path = root / self.name / file.name
        try:
            return idx.decompress(file.verified(path.read_bytes(), str(path)), str(path))
        except FileNotFoundError:
            raise DataError(f"{path} is missing; run: python -m trainer data {self.name}") from None


def _member(file: IdxFile, stream: IO[bytes], origin: str) -> bytes:
    """The file's verified bytes from a zip file, from any folder in it."""
    try:
        with zipfile.ZipFile(stream) as bundle:
            for name in bundle.namelist():
                if PurePosixPath(name).name in file.accepted_names():
                    return file.verified(bundle.read(name), f"{origin}/{name}")
    except (EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{origin}: the zip file is damaged ({error})") from None
    raise DataError(f"{origin}: does not contain {file.name}")


def _no_mirror_error(name: str, failures: list[str]) -> DataError:
    where = "get the files by other means and name their folder with --from FOLDER"
    return DataError("\n".join([f"no mirror has {name}; {where}", *failures]))
