"""Inkcode's loop beside a plain one over the same networks, images/s in one run on one device.

The plain loop is written as tutorials write it: a DataLoader that turns images into floats one by one, float32, an
optimiser each, every gradient computed. Each has a process of its own, and waits while the other is measured.
`python -m benchmarks.training [--recipe dcgan] [--data data] [--steps 20]`.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import repeat
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as Images

from trainer import data
from trainer.config import recipe
from trainer.networks import factory
from trainer.runtime import allocator
from trainer.training.state import TrainingState

ROUNDS, WARM_UP = 15, 5


class _Pictures(Images[Tensor]):
    def __init__(self, images: Tensor) -> None:
        self._images = images

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, row: int) -> Tensor:
        pixels = self._images[row].float() / 255  # transforms.ToTensor
        return (pixels - 0.5) / 0.5  # transforms.Normalize


def plain(training: TrainingState, images: Tensor) -> Iterator[None]:
    """One step a turn, on the same images by networks of its own."""
    chosen, device = training.recipe, training.device
    networks = factory.networks(chosen, training.shape).to(device)
    generator, discriminator = networks["generator"], networks["discriminator"]
    optimisers = {
        role: torch.optim.Adam(network.parameters(), 2e-4, betas=(0.5, 0.999)) for role, network in networks.items()
    }
    binary = nn.BCEWithLogitsLoss()
    loader = DataLoader(_Pictures(images), chosen.batch, shuffle=True, drop_last=True, num_workers=2)
    for epoch in repeat(loader):
        for real in epoch:
            real = real.to(device)
            ones, zeros = torch.ones(len(real), device=device), torch.zeros(len(real), device=device)
            optimisers["discriminator"].zero_grad()
            fake = generator(torch.randn(len(real), chosen.latent.dim, device=device))
            binary(discriminator(real).score, ones).backward()
            binary(discriminator(fake.detach()).score, zeros).backward()
            optimisers["discriminator"].step()
            optimisers["generator"].zero_grad()
            binary(discriminator(fake).score, ones).backward()
            optimisers["generator"].step()
            yield


def ours(training: TrainingState, _: Tensor) -> Iterator[None]:
    """One step a turn."""
    allocator.disable_trimming()  # as `python -m trainer` does
    while True:
        training.step()
        yield


LOOPS: dict[str, Callable[[TrainingState, Tensor], Iterator[None]]] = {"a plain loop": plain, "inkcode": ours}


def _measured(name: str, chosen: str, folder: Path, asked: Connection) -> None:
    """In a process of its own: take as many steps as are asked for, and tell the images a second, until 0 are."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    resolved = recipe.load(chosen)
    images = data.load(resolved.dataset, folder, "train").images
    training = TrainingState(resolved, images, 0, device)
    loop = LOOPS[name](training, images)
    while steps := asked.recv():
        asked.send(steps * resolved.batch / _seconds(loop, steps, device))


def _seconds(loop: Iterator[None], steps: int, device: torch.device) -> float:
    synchronise: Callable[[], None] = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    synchronise()
    began = time.perf_counter()
    for _ in range(steps):
        next(loop)
    synchronise()
    return time.perf_counter() - began


def main() -> None:
    """Measure both in turns, so that whatever else the machine does meets both alike."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="dcgan", help="an unconditional recipe of two phases (default: dcgan)")
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--steps", type=int, default=20, help="steps a round")
    options = parser.parse_args()
    spawn = get_context("spawn")
    loops: dict[str, Connection] = {}
    for name in LOOPS:
        loops[name], theirs = spawn.Pipe()
        with theirs:  # the child's alone from now on: if it fails, to wait for it fails too
            spawn.Process(target=_measured, args=(name, options.recipe, options.data, theirs)).start()
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for steps in (WARM_UP, *[options.steps] * ROUNDS):
        for name, loop in loops.items():
            loop.send(steps)
            rates[name].append(loop.recv())
    for loop in loops.values():
        loop.send(0)
    medians = {name: statistics.median(values[1:]) for name, values in rates.items()}
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"
    print(f"{options.recipe} on {where}, torch {torch.__version__}, median of {ROUNDS} rounds of {options.steps} steps")
    for name, rate in medians.items():
        print(f"  {name}: {rate:.0f} images/s")
    print(f"  ratio: {medians['inkcode'] / medians['a plain loop']:.2f}")


if __name__ == "__main__":
    main()
