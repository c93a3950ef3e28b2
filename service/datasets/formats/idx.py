"""IDX, the format of MNIST (LeCun et al. 1998), gzipped: the pictures in one file, the label numbers in another."""

from __future__ import annotations

import gzip
import struct

import numpy as np
from numpy.typing import NDArray

from service.datasets.sample import Shard

_UNSIGNED_BYTE = 0x08


def images(shard: Shard) -> bytes:
    """Grey pictures of one size as uint8 `(n, H, W)`."""
    return _write(np.stack([sample.picture for sample in shard.samples]))


def labels(shard: Shard) -> bytes:
    """Label numbers as uint8 `(n,)`."""
    return _write(np.array([sample.class_index for sample in shard.samples], np.uint8))


def _write(values: NDArray[np.uint8]) -> bytes:
    header = struct.pack(f">HBB{values.ndim}I", 0, _UNSIGNED_BYTE, values.ndim, *values.shape)
    return gzip.compress(header + values.tobytes(), compresslevel=6, mtime=0)
