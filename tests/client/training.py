"""A training that reads a stream and notes what it was given: a process for `test_torch`.

`python -m tests.client.training ADDRESS FOLDER RANK WORLD_SIZE WORKERS EPOCHS KILL_AFTER`

It writes a line of JSON for each batch, with the state after it, and goes on where the last line says. After
`KILL_AFTER` batches it kills itself, unless that is 0. Its `DataLoader` is a plain one where `WORLD_SIZE` is 1.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from inkcode_client import Client
from inkcode_client.shards import Sample
from inkcode_client.torch import Stream
from torch.utils.data import DataLoader

N, SIZE, BATCH = 331, 50, 7


def key(sample: Sample) -> str:
    """The key of a sample."""
    return sample.key


def main(address: str, folder: Path, rank: int, world_size: int, workers: int, epochs: int, kill_after: int) -> None:
    """Train."""
    if world_size > 1:
        torch.distributed.init_process_group("gloo", f"file://{folder / 'store'}", rank=rank, world_size=world_size)
    with Client(address) as client:
        stream = Stream(client.dataset(n=N, size=SIZE, seed=3), key, seed=1)
    path = folder / f"{rank}.jsonl"
    if path.exists():
        stream.load_state_dict(json.loads(path.read_text().splitlines()[-1])["state"])
    with path.open("a") as log:
        for number, (epoch, keys) in enumerate(batches(stream, world_size, workers, epochs), 1):
            log.write(json.dumps({"epoch": epoch, "keys": keys, "state": stream.state_dict()}) + "\n")
            log.flush()
            if number == kill_after:
                os.kill(os.getpid(), signal.SIGKILL)


def batches(stream: Stream, world_size: int, workers: int, epochs: int) -> Iterator[tuple[int, list[str]]]:
    """Each batch until the end of the last epoch, with its epoch."""
    loader = stream.loader(BATCH, num_workers=workers, collate_fn=list)
    plain = DataLoader(stream, BATCH, num_workers=workers, collate_fn=list)
    for epoch in range(stream.epoch, epochs):
        stream.set_epoch(epoch)
        for keys in loader if world_size > 1 else plain:
            yield epoch, keys


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
