"""One run on several processes: `torchrun --nproc-per-node N -m trainer train ...`.

Every process holds the whole data set and all networks, draws the same random numbers and takes its own share of each
batch; gradients and buffers are averaged. So all of them are the same at every step, and what one saves is the run.
Without torchrun there is one process, and nothing here does anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

_PATIENCE = timedelta(hours=1)  # how long the others wait while the first draws sheets or evaluates


@contextmanager
def processes(device: torch.device) -> Iterator[torch.device]:
    """Join the processes torchrun started, and leave them at the end; gives this one's device."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
    try:
        yield device
    finally:
        dist.destroy_process_group()


def rank() -> int:
    """Which process this is, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    """How many processes there are."""
    return dist.get_world_size() if dist.is_initialized() else 1


def first() -> bool:
    """Whether this is the process that writes files and talks to the person watching."""
    return rank() == 0


def wait() -> None:
    """Go on once every process is here."""
    if world() > 1:
        dist.barrier()


def share(rows: Tensor) -> Tensor:
    """The rows of this process: every so many-th, so that the first part of all is made of the first part of each."""
    return rows[rank() :: world()]


@torch.no_grad()
def average(tensors: Iterable[Tensor | None]) -> None:
    """Replace each tensor by its mean over the processes, in one message; None and integers are left alone."""
    if world() == 1:
        return
    kept = [tensor for tensor in tensors if tensor is not None and tensor.is_floating_point()]
    flat = torch.cat([tensor.reshape(-1) for tensor in kept])
    dist.all_reduce(flat)
    flat /= world()
    for tensor, mean in zip(kept, flat.split([tensor.numel() for tensor in kept]), strict=True):
        tensor.copy_(mean.view_as(tensor))


def gather(rows: Tensor) -> Tensor:
    """Undo `share`: the rows of all processes in order, on each of them; `rows` may differ in number by one."""
    if world() == 1:
        return rows
    parts: list[Tensor | None] = [None] * world()
    dist.all_gather_object(parts, rows.cpu())
    total = sum(len(part) for part in parts if part is not None)
    whole = rows.new_empty((total, *rows.shape[1:]))
    for number, part in enumerate(parts):
        if part is not None:
            whole[number :: world()] = part.to(rows.device)
    return whole
