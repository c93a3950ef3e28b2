"""Data-parallel training on several processes: `torchrun --nproc-per-node N -m trainer train ...`.

Every process holds the whole data set and all networks and computes its own shard of each batch. The random numbers of
a step (latents, augmentation, dropout) are drawn for the whole batch from the same generator state in every process,
and each process takes its shard of them. Gradients and buffers are averaged. All processes therefore hold equal weights
after every step, which `check_equal` verifies, and a checkpoint of one of them is a checkpoint of the run.

The statistics of the loss `invariant-information` are those of the whole batch. BatchNorm normalises with those of each
process's own shard, as in torch's DistributedDataParallel; only its running statistics are averaged. The results of a
network with BatchNorm therefore depend on the number of processes.

Without torchrun there is one process, and these functions change nothing.
"""

from __future__ import annotations

import hashlib
import importlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

_TIMEOUT = timedelta(hours=1)  # the other processes wait while the main one draws snapshots or evaluates


class ProcessesDifferError(RuntimeError):
    """The processes of a run hold different weights or buffers; the message names the first tensor that differs."""


@contextmanager
def process_group(device: torch.device) -> Iterator[torch.device]:
    """Join the process group that torchrun started, and leave it at the end; gives the device of this process."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    # Imported before there is a group: the defaults of its functions would keep the group, and its threads would still
    # run when the interpreter exits, which then ends in "terminate called without an active exception". Optimisers
    # import it at their first step.
    importlib.import_module("torch.distributed.nn.functional")
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_TIMEOUT)
    try:
        yield device
        barrier()  # otherwise a process may close its connections while another still waits for a message
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


def rand(n: int, *shape: int, device: torch.device) -> Tensor:
    """Uniform numbers in [0, 1), float32 `(n, *shape)`: this process's shard of those drawn for all processes.

    A replacement of `torch.rand` for the `n` images of this process's shard of a batch.
    """
    return shard(torch.rand(n * world_size(), *shape, device=device))


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


def all_reduce_sum(tensor: Tensor) -> Tensor:
    """The sum of `tensor` over the processes, differentiable: the gradient is summed over the processes too."""
    if world_size() == 1:
        return tensor
    total: Tensor = _AllReduceSum.apply(tensor)  # type: ignore[no-untyped-call]  # torch declares no types for it
    return total


class _AllReduceSum(torch.autograd.Function):
    @staticmethod
    def forward(_context: Any, tensor: Tensor) -> Tensor:
        total = tensor.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(_context: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        dist.all_reduce(total)
        return total


@torch.no_grad()
def broadcast(tensors: Mapping[str, Tensor]) -> None:
    """Replace each tensor in place, in every process, by that of the main process; all have tensors of equal shapes."""
    if world_size() > 1:
        for tensor in tensors.values():
            sent = tensor.contiguous()
            dist.broadcast(sent, src=0)
            tensor.copy_(sent)


def check_equal(tensors: Mapping[str, Tensor]) -> None:
    """Compare the tensors of all processes, bit for bit, by their digests.

    Raises:
        ProcessesDifferError: they differ; every process raises it and names the first tensor that differs.
    """
    if world_size() == 1:
        return
    digests: list[dict[str, str]] = [{}] * world_size()
    dist.all_gather_object(digests, {name: _digest(tensor) for name, tensor in tensors.items()})
    for number, theirs in enumerate(digests):
        names = [name for name in digests[0] if theirs.get(name) != digests[0][name]]
        if names:
            raise ProcessesDifferError(
                f"process {number} has another {names[0]} than process 0 ({len(names)} of {len(tensors)} tensors "
                "differ); the last checkpoint is from before they differed, and --resume continues from it"
            )


def _digest(tensor: Tensor) -> str:
    return hashlib.sha256(tensor.detach().cpu().flatten().view(torch.uint8).numpy().tobytes()).hexdigest()


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
