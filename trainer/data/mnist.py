"""MNIST: 70,000 handwritten digits, 28 x 28 (LeCun et al. 1998)."""

from __future__ import annotations

from trainer.data.idx_download import IdxArchive, IdxFile

MNIST = IdxArchive(
    name="mnist",
    label_names=tuple("0123456789"),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "https://storage.googleapis.com/cvdf-datasets/mnist",
    ),
    files={
        "train": (
            IdxFile("train-images-idx3-ubyte", "md5:6bbc9ace898e44ae57da46a324031adb"),
            IdxFile("train-labels-idx1-ubyte", "md5:a25bea736e30d166cdddb491f175f624"),
        ),
        "test": (
            IdxFile("t10k-images-idx3-ubyte", "md5:2646ac647ad5339dbf082846283269ea"),
            IdxFile("t10k-labels-idx1-ubyte", "md5:27ae3e4e09519cfbb04c329615203637"),
        ),
    },
)
