"""Images/s of Inkcode's training loop and of a plain one, for the same networks on the same device.

The plain loop is the usual one of tutorials: a DataLoader that converts images to float32 one by one, an optimiser per
network, and all gradients computed. Each loop runs in its own process and waits while the other is measured.
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
from trainer.networks.factory import build_networks
from trainer.runtime import allocator
from trainer.training.state import TrainingState

ROUNDS, WARM_UP = 15, 5


class _NormalizedImages(Images[Tensor]):
    def __init__(self, images: Tensor) -> None:
        self._images = images

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, row: int) -> Tensor:
        pixels = self._images[row].float() / 255  # transforms.ToTensor
        return (pixels - 0.5) / 0.5  # transforms.Normalize


def plain(training: TrainingState, images: Tensor) -> Iterator[None]:
    """The plain loop: each `next` trains one step."""
    chosen, device = training.recipe, training.device
    roles = chosen.networks
    networks = build_networks(
        roles.generator, roles.discriminator, roles.q_head, roles.encoder, chosen.latent, training.shape
    ).to(device)
    generator, discriminator = networks["generator"], networks["discriminator"]
    optimisers = {
        role: torch.optim.Adam(network.parameters(), 2e-4, betas=(0.5, 0.999)) for role, network in networks.items()
    }
    binary = nn.BCEWithLogitsLoss()
    loader = DataLoader(_NormalizedImages(images), chosen.batch, shuffle=True, drop_last=True, num_workers=2)
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


def inkcode(training: TrainingState, _: Tensor) -> Iterator[None]:
    """Inkcode's loop: each `next` trains one step."""
    allocator.disable_trimming()  # as `python -m trainer` does
    while True:
        training.step()
        yield


LOOPS: dict[str, Callable[[TrainingState, Tensor], Iterator[None]]] = {"a plain loop": plain, "inkcode": inkcode}


def _serve_measurements(name: str, recipe_name: str, folder: Path, connection: Connection) -> None:
    """In a process of its own: receive a number of steps, train them, send the images/s; end when the number is 0."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    resolved = recipe.load(recipe_name)
    images = data.load(resolved.dataset, folder, "train").images
    training = TrainingState(resolved, images, 0, device)
    loop = LOOPS[name](training, images)
    while steps := connection.recv():
        connection.send(steps * resolved.batch / _seconds(loop, steps, device))


def _seconds(loop: Iterator[None], steps: int, device: torch.device) -> float:
    synchronise: Callable[[], None] = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    synchronise()
    began = time.perf_counter()
    for _ in range(steps):
        next(loop)
    synchronise()
    return time.perf_counter() - began


def main() -> None:
    """Measure both loops in alternating rounds, so that other load on the machine affects both equally."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="dcgan", help="an unconditional recipe of two phases (default: dcgan)")
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--steps", type=int, default=20, help="steps per round")
    options = parser.parse_args()
    spawn = get_context("spawn")
    loops: dict[str, Connection] = {}
    for name in LOOPS:
        loops[name], child_end = spawn.Pipe()
        with child_end:  # closed here, so that `recv` raises EOFError if the child process ends
            spawn.Process(target=_serve_measurements, args=(name, options.recipe, options.data, child_end)).start()
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for steps in (WARM_UP, *[options.steps] * ROUNDS):
        for name, loop in loops.items():
            loop.send(steps)
            rates[name].append(loop.recv())
    for loop in loops.values():
        loop.send(0)
    medians = {name: statistics.median(values[1:]) for name, values in rates.items()}
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"
    print(
        f"{options.recipe} on {device}, torch {torch.__version__}, median of {ROUNDS} rounds of {options.steps} steps"
    )
    for name, rate in medians.items():
        print(f"  {name}: {rate:.0f} images/s")
    print(f"  ratio: {medians['inkcode'] / medians['a plain loop']:.2f}")


if __name__ == "__main__":
    main()
