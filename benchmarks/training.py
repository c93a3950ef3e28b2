"""Inkcode's loop beside a plain one over the same networks, images/s in one run on one device.

The plain loop is written as tutorials write it: a DataLoader that turns images into floats one by one, float32, an
optimiser each, every gradient computed. `python -m benchmarks.training [--recipe dcgan] [--data data] [--steps 60]`.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as Images

from trainer import build, data, recipe
from trainer.recipe import Recipe
from trainer.training import Training

ROUNDS, WARM_UP = 5, 5


class _Pictures(Images[Tensor]):
    def __init__(self, images: Tensor) -> None:
        self._images = images

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, row: int) -> Tensor:
        pixels = self._images[row].float() / 255  # transforms.ToTensor
        return (pixels - 0.5) / 0.5  # transforms.Normalize


def plain(chosen: Recipe, training: Training, images: Tensor, device: torch.device) -> Iterator[None]:
    """One step a turn, on networks of its own."""
    networks = build.networks(chosen, training.shape).to(device)
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


def ours(training: Training) -> Iterator[None]:
    """One step a turn."""
    while True:
        training.step()
        yield


def main() -> None:
    """Measure both in turns, so that whatever else the machine does meets both alike."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="dcgan", help="an unconditional recipe of two phases (default: dcgan)")
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--steps", type=int, default=60, help="steps a round")
    options = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    chosen = recipe.load(options.recipe)
    images = data.load(chosen.dataset, options.data, "train").images
    training = Training(chosen, images, 0, device)
    loops = {"a plain loop": plain(chosen, training, images, device), "inkcode": ours(training)}
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for loop in loops.values():
        _take(loop, WARM_UP, device)
    for _ in range(ROUNDS):
        for name, loop in loops.items():
            rates[name].append(options.steps * chosen.batch / _take(loop, options.steps, device))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    name = torch.cuda.get_device_name() if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    print(f"{chosen.system} on {name}, torch {torch.__version__}, median of {ROUNDS} rounds of {options.steps} steps")
    for loop_name, rate in medians.items():
        print(f"  {loop_name}: {rate:.0f} images/s")
    print(f"  ratio: {medians['inkcode'] / medians['a plain loop']:.2f}")


def _take(loop: Iterator[None], steps: int, device: torch.device) -> float:
    synchronise: Callable[[], None] = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    synchronise()
    began = time.perf_counter()
    for _ in range(steps):
        next(loop)
    synchronise()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
