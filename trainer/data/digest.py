"""The digest of a data set: whether a run, a checkpoint and a card speak of the same images."""

from __future__ import annotations

import hashlib

import numpy as np

from trainer.data.dataset import DataError, Dataset


def sha256(dataset: Dataset) -> str:
    """SHA-256, hexadecimal, of the images uint8 and the labels int64 as read, little-endian, and of their shape."""
    digest = hashlib.sha256(repr(tuple(dataset.images.shape)).encode())
    digest.update(np.ascontiguousarray(dataset.images.numpy(), np.uint8).data)
    digest.update(np.ascontiguousarray(dataset.labels.numpy(), "<i8").data)
    return digest.hexdigest()


def check(dataset: Dataset, expected: str, source: str) -> None:
    """Compare `dataset` with the digest that `source` names.

    Raises:
        DataError: they differ.
    """
    found = sha256(dataset)
    if found != expected:
        raise DataError(
            f"{source} was trained on other data: its training images and labels have sha256 {expected}, "
            f"those of {dataset.name!r} here {found}"
        )
