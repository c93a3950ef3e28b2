"""A data set published as four IDX files with known checksums, such as MNIST and those made in its image."""

from __future__ import annotations

import hashlib
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import torch

from trainer.atomic import replacing
from trainer.data import idx
from trainer.data.dataset import DataError, Dataset, Split

_TIMEOUT = 30.0  # seconds a mirror may stay silent before the next one is tried


@dataclass(frozen=True)
class IdxFile:
    """One file: its usual name without `.gz`, and the md5 of its uncompressed bytes as published."""

    name: str
    md5: str

    def verified(self, content: bytes, origin: str) -> bytes:
        """The raw bytes of `content`, raw or gzipped, if they are the published ones.

        Raises:
            DataError: they are not; names `origin`.
        """
        raw = idx.decompress(content, origin)
        md5 = hashlib.md5(raw, usedforsecurity=False).hexdigest()
        if md5 != self.md5:
            raise DataError(
                f"{origin}: truncated or altered: expected md5 {self.md5}, got {md5} ({len(raw)} bytes uncompressed)"
            )
        return raw

    def find(self, folder: Path) -> Path:
        """Where the file is in `folder`, raw or gzipped; some copies spell `-idx3` as `.idx3`.

        Raises:
            DataError: it is not there.
        """
        spellings = [self.name, self.name.replace("-idx", ".idx")]
        for candidate in [folder / (spelling + suffix) for spelling in spellings for suffix in ("", ".gz")]:
            if candidate.is_file():
                return candidate
        raise DataError(f"{folder}: no {self.name} (nor {spellings[1]}), raw or .gz")


@dataclass(frozen=True)
class IdxArchive:
    """Images and labels of both splits, and the base URLs they are published under, gzipped."""

    name: str
    label_names: tuple[str, ...]
    mirrors: tuple[str, ...]
    files: Mapping[Split, tuple[IdxFile, IdxFile]]

    def fetch(self, root: Path, source: Path | None = None) -> None:
        """Store the files raw under `root`, from the folder `source` or from the first mirror that has them.

        Raises:
            DataError: a file is missing, truncated or altered; what stood under `root` before still stands.
        """
        for file in (file for pair in self.files.values() for file in pair):
            if source is None:
                content = self._download(file)
            else:
                path = file.find(source)
                content = file.verified(path.read_bytes(), str(path))
            with replacing(root / self.name / file.name) as temporary:
                temporary.write_bytes(content)

    def _download(self, file: IdxFile) -> bytes:
        failures = []
        for mirror in self.mirrors:
            url = f"{mirror}/{file.name}.gz"
            try:
                with urllib.request.urlopen(url, timeout=_TIMEOUT) as response:  # noqa: S310 - our own list of mirrors
                    return file.verified(response.read(), url)
            except (OSError, HTTPException, DataError) as error:
                failures.append(f"  {url}: {error}")
        where = "get the files by other means and name their folder with --from FOLDER"
        raise DataError("\n".join([f"no mirror has {file.name}; {where}", *failures]))

    def load(self, root: Path, split: Split) -> Dataset:
        """Read one split from under `root`, checksums verified.

        Raises:
            DataError: a file is missing, truncated or altered.
        """
        image_file, label_file = self.files[split]
        images = idx.parse(self._read(root, image_file), image_file.name, ndim=3)
        labels = idx.parse(self._read(root, label_file), label_file.name, ndim=1)
        return Dataset(
            name=self.name,
            images=torch.tensor(images).unsqueeze(1),
            labels=torch.tensor(labels, dtype=torch.int64),
            label_names=self.label_names,
        )

    def _read(self, root: Path, file: IdxFile) -> bytes:
        path = root / self.name / file.name
        try:
            return file.verified(path.read_bytes(), str(path))
        except FileNotFoundError:
            raise DataError(f"{path} is missing; run: python -m trainer data {self.name}") from None
