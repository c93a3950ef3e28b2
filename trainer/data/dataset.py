"""What a data set is: labelled images in memory, and the source they come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from torch import Tensor

Split = Literal["train", "test"]


class DataError(Exception):
    """Data that are missing, damaged or unknown; the message says what was expected and what to do."""


@dataclass(frozen=True)
class Dataset:
    """Labelled images of one size, small enough to stay in memory as they are.

    `images` uint8 `(n, C, H, W)`, 0 = black; `labels` int64 `(n,)`; `label_names[k]` is what label `k` shows.
    """

    name: str
    images: Tensor
    labels: Tensor
    label_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)


class Source(Protocol):
    """Where a data set comes from. `root` is the data root; a source keeps to the subfolder of its own name."""

    @property
    def name(self) -> str: ...

    def fetch(self, root: Path, source: Path | None = None) -> None:
        """Bring the data under `root`: from the folder `source`, or over the network."""

    def load(self, root: Path, split: Split) -> Dataset:
        """Read one split from under `root`."""
