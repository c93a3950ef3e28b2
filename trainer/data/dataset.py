"""A data set: labelled images in memory, and the source that provides them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from torch import Tensor

from latent.card import LineFrame

Split = Literal["train", "validation", "test"]
"""`validation` is only in sets that are split in three."""


class DataError(Exception):
    """Data that are missing, damaged or unknown; the message says what was expected and what to do."""


@dataclass(frozen=True)
class Dataset:
    """Labelled images of one size, kept in memory as uint8.

    `images` uint8 `(n, C, H, W)`, 0 = black; `labels` int64 `(n,)`; `label_names[k]` is the name of label `k`.
    `notice` is the attribution that the data's licence requires in every generator trained on them, if any. `writers`
    int64 `(n,)` tells the writer of each image, where that is known; no writer is in two splits. `frame` is there where
    the images are characters or words at their place on a line.
    """

    name: str
    images: Tensor
    labels: Tensor
    label_names: tuple[str, ...]
    notice: str | None = None
    writers: Tensor | None = None
    frame: LineFrame | None = None

    def __len__(self) -> int:
        return len(self.images)


class Source(Protocol):
    """Provides one data set. `root` is the data root; a source writes to the subfolder of its own name only."""

    @property
    def name(self) -> str: ...

    def fetch(self, root: Path, source: Path | None = None) -> None:
        """Store the data under `root`: from the folder `source`, or over the network where it is None."""

    def load(self, root: Path, split: Split) -> Dataset:
        """Read one split from under `root`."""
