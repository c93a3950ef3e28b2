"""Data-parallel training on several processes: `torchrun --nproc-per-node N -m trainer train ...`.

Every process holds the whole data set and all networks, draws the same random numbers and computes its own shard of
each batch; gradients and buffers are averaged. All processes therefore hold equal weights after every step, and a
checkpoint of one of them is a checkpoint of the run. Without torchrun there is one process, and these functions
change nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

_TIMEOUT = timedelta(hours=1)  # the other processes wait while the main one draws snapshots or evaluates


@contextmanager
def process_group(device: torch.device) -> Iterator[torch.device]:
    """Join the process group that torchrun started, and leave it at the end; gives the device of this process."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_TIMEOUT)
    try:
        yield device
    finally:
        dist.destroy_process_group()


def rank() -> int:
    """The number of this process, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    """The number of processes."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_main_process() -> bool:
    """Whether this is the process that writes files and the terminal's output: rank 0."""
    return rank() == 0


def barrier() -> None:
    """Wait until every process has reached this call."""
    if world_size() > 1:
        dist.barrier()


def shard(rows: Tensor) -> Tensor:
    """The rows of this process: every `world_size()`-th, from `rank()` on.

    Interleaved, so that the first half of all rows consists of the first halves of the shards.
    """
    return rows[rank() :: world_size()]


@torch.no_grad()
def all_reduce_mean(tensors: Iterable[Tensor | None]) -> None:
    """Replace each tensor in place by its mean over the processes, in one message; skips None and integer tensors."""
    if world_size() == 1:
        return
    reduced = [tensor for tensor in tensors if tensor is not None and tensor.is_floating_point()]
    flat = torch.cat([tensor.reshape(-1) for tensor in reduced])
    dist.all_reduce(flat)
    flat /= world_size()
    for tensor, mean in zip(reduced, flat.split([tensor.numel() for tensor in reduced]), strict=True):
        tensor.copy_(mean.view_as(tensor))


def all_gather(rows: Tensor) -> Tensor:
    """The inverse of `shard`: the rows of all processes in their order, on each process.

    The number of rows may differ by one between processes.
    """
    if world_size() == 1:
        return rows
    shards: list[Tensor | None] = [None] * world_size()
    dist.all_gather_object(shards, rows.cpu())
    total = sum(len(part) for part in shards if part is not None)
    gathered = rows.new_empty((total, *rows.shape[1:]))
    for number, part in enumerate(shards):
        if part is not None:
            gathered[number :: world_size()] = part.to(rows.device)
    return gathered
