"""Data sets for torch: an `IterableDataset` for `DataLoader`, exact over workers and ranks, that can be resumed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, default_collate, get_worker_info

from inkcode_client.catalogue import Dataset
from inkcode_client.epochs import Epoch, after, divide
from inkcode_client.shards import Sample, read

__all__ = ["Stream", "StreamLoader", "to_tensor"]


def to_tensor(sample: Sample) -> tuple[Tensor, int | str]:
    """The picture, uint8 `(C, H, W)`, and the number of its label, or its text where labels are texts."""
    image, number = torch.from_numpy(sample.image), sample.class_index
    picture = image[None] if image.ndim == 2 else image.permute(2, 0, 1)
    return picture, sample.label if number is None else number


class Stream(IterableDataset[Any]):
    """The samples of a data set, each as `transform` makes it.

    Each rank reads its share of an epoch, and divides it among the workers of its `DataLoader`. Together they read
    every sample once, and the shares of two ranks differ by one sample at most. Unless `shuffle` is false, each epoch
    has an order of its own, drawn by `seed` and the epoch's number. While a shard is decoded, the next `ahead` are
    fetched.

    `loader` makes a `DataLoader` that counts what it has delivered, goes on to the next epoch by itself, and resumes by
    `state_dict` and `load_state_dict`. With a `DataLoader` of your own, call `set_epoch` before each epoch.

    `rank` and `world_size` are those of `torch.distributed`, if that is initialised before, unless they are given.
    """

    def __init__(
        self,
        dataset: Dataset,
        transform: Callable[[Sample], Any] = to_tensor,
        *,
        shuffle: bool = True,
        seed: int = 0,
        rank: int | None = None,
        world_size: int | None = None,
        ahead: int = 1,
    ) -> None:
        distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
        self.dataset, self.transform = dataset, transform
        self.shuffle, self.seed, self.ahead = shuffle, seed, ahead
        self.rank = rank if rank is not None else torch.distributed.get_rank() if distributed else 0
        self.world_size = (
            world_size if world_size is not None else torch.distributed.get_world_size() if distributed else 1
        )
        if not 0 <= self.rank < self.world_size:
            raise ValueError(f"rank {self.rank} is not one of {self.world_size}")
        self._epoch = 0
        self._left = self._share()
        self._delivered: list[int] = []

    @property
    def epoch(self) -> int:
        """The number of the epoch that is being read, from 0."""
        return self._epoch

    @property
    def samples_per_epoch(self) -> int:
        """How many samples of an epoch this rank reads."""
        return sum(map(len, self._share()))

    def set_epoch(self, epoch: int) -> None:
        """Begin another epoch. The one that is being read goes on, so that an epoch that was resumed is completed."""
        if epoch != self._epoch:
            self._epoch = epoch
            self._go_on_with(self._share())

    def loader(
        self,
        batch_size: int,
        *,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] = default_collate,
        **options: Any,
    ) -> StreamLoader:
        """A `DataLoader` of this stream; `options` are further ones of its arguments."""
        return StreamLoader(self, batch_size, num_workers, collate_fn, **options)

    def __iter__(self) -> Iterator[Any]:
        """What is left of the epoch: this worker's part in a worker of a `DataLoader`, else all of it.

        Outside of workers, samples count as read when they are given, and the epoch ends with the last one.
        """
        worker = get_worker_info()
        if worker is not None:
            yield from map(self.transform, self._read(divide(self._left, worker.id, worker.num_workers)))
            return
        self._start_pass(readers=1)
        if not self._left:
            self.set_epoch(self._epoch + 1)
        for sample in self._read(self._left):
            self._count(0, 1)
            yield self.transform(sample)

    def state_dict(self) -> dict[str, Any]:
        """Where this rank is: the epoch, how many samples of it were delivered, and the positions that are left."""
        left = self._remaining()
        return {
            "epoch": self._epoch,
            "sample": self.samples_per_epoch - sum(map(len, left)),
            "left": [[each.start, each.stop] for each in left],
            "order": self._order_digest,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where a rank was. The number of workers may be another one.

        Raises:
            ValueError: the state is of another data set, seed, rank or number of ranks.
        """
        if state["order"] != self._order_digest:
            raise ValueError("the state is of another data set, seed, rank or number of ranks")
        self._epoch = state["epoch"]
        self._go_on_with([range(start, stop) for start, stop in state["left"]])

    def _read(self, positions: Sequence[range]) -> Iterator[Sample]:
        sizes = tuple(shard.samples for shard in self.dataset.shards)
        return read(self.dataset, Epoch(sizes, self._epoch, self.seed, self.shuffle), positions, self.ahead)

    def _share(self) -> list[range]:
        return divide([range(len(self.dataset))], self.rank, self.world_size)

    def _go_on_with(self, left: list[range]) -> None:
        self._left, self._delivered = left, []

    def _start_pass(self, readers: int) -> None:
        """Divide what is left among `readers`, of which each counts what it delivers."""
        self._left = self._remaining()
        self._delivered = [0] * readers

    def _remaining(self) -> list[range]:
        readers = len(self._delivered)
        if not readers:
            return self._left
        return [
            each
            for reader, count in enumerate(self._delivered)
            for each in after(divide(self._left, reader, readers), count)
        ]

    def _count(self, reader: int, samples: int) -> None:
        self._delivered[reader] += samples
        if sum(self._delivered) == sum(map(len, self._left)):
            self.set_epoch(self._epoch + 1)

    @cached_property
    def _order_digest(self) -> str:
        shards = [(shard.url, shard.samples) for shard in self.dataset.shards]
        said = repr((shards, self.seed, self.shuffle, self.rank, self.world_size))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


class _Batch(NamedTuple):
    """A batch, with the worker that read it and its number of samples."""

    worker: int
    samples: int
    content: Any


class _CountingCollate:
    """Collates samples, and says which worker did."""

    def __init__(self, collate_fn: Callable[[list[Any]], Any]) -> None:
        self._collate = collate_fn

    def __call__(self, samples: list[Any]) -> _Batch:
        worker = get_worker_info()
        return _Batch(worker.id if worker else 0, len(samples), self._collate(samples))


class StreamLoader(DataLoader[Any]):
    """A `DataLoader` of a `Stream`: an iteration gives what is left of the epoch, the next one is of the next epoch.

    What its workers have read but not yet delivered does not count, so that a training that is killed after any batch
    resumes with the sample after it.
    """

    def __init__(
        self,
        stream: Stream,
        batch_size: int,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] = default_collate,
        **options: Any,
    ) -> None:
        """Make it.

        Raises:
            ValueError: workers that live longer than an epoch are asked for; they would not learn where to go on.
        """
        if options.get("persistent_workers"):
            raise ValueError("persistent_workers must be left out: workers are started anew for each epoch")
        self.stream = stream
        super().__init__(
            stream, batch_size, num_workers=num_workers, collate_fn=_CountingCollate(collate_fn), **options
        )

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        """The batches that are left of the epoch."""
        epoch = self.stream.epoch
        if self.num_workers:
            self.stream._start_pass(self.num_workers)
        for worker, samples, content in super().__iter__():
            if self.num_workers:  # without workers, the stream counts
                self.stream._count(worker, samples)
            yield content
        if self.stream.epoch == epoch:  # with drop_last, some samples are never delivered
            self.stream.set_epoch(epoch + 1)

    def state_dict(self) -> dict[str, Any]:
        """The state of the stream; see `Stream.state_dict`."""
        return self.stream.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state; see `Stream.load_state_dict`."""
        self.stream.load_state_dict(state)
