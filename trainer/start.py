"""A good start for the encoder, chosen without a label."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from latent.spec import LatentSpec
from trainer.batches import Batches, to_float
from trainer.losses.invariance import InvariantInformation, mutual_information
from trainer.networks.encoder import Encoder
from trainer.networks.layers import place
from trainer.recipe import StartConfig
from trainer.step import Step


def best_encoder(
    config: StartConfig,
    make: Callable[[], Encoder],
    spec: LatentSpec,
    images: Tensor,
    seed: int,
    report: Callable[[int, float], None],
) -> Encoder:
    """The best of `config.tries` encoders, each trained by invariant information on the real images alone.

    Clustering by invariance has poor optima in which two digits share a category; a try is cheap, so several are
    made. They are compared by the mutual information, in nats, between two random changes of images that none of
    them saw. `images` uint8 `(n, C, H, W)`; `report` gets each try's number and its nats.
    """
    seen, held_out = images[: -config.held_out], images[-config.held_out :]
    tries: list[tuple[float, Encoder]] = []
    for number in range(config.tries):
        encoder = place(make(), images.device)
        _train(config, encoder, spec, Batches(seen, config.batch, seed + number))
        tries.append((information(config, encoder, held_out), encoder))
        report(number, tries[-1][0])
    return max(tries, key=lambda pair: pair[0])[1]


def _train(config: StartConfig, encoder: Encoder, spec: LatentSpec, batches: Batches) -> None:
    loss = InvariantInformation(kind="invariant-information", code=config.code, augment=config.augment)
    steps = max(1, round(config.kimg * 1000 / config.batch))
    optimiser = torch.optim.Adam(encoder.parameters(), config.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.learning_rate, total_steps=steps + 1)
    networks = nn.ModuleDict({"encoder": encoder})
    for number in range(steps):
        value = loss(Step(networks, spec, batches[number], trains_generator=False))
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        optimiser.step()
        schedule.step()


@torch.no_grad()
def information(config: StartConfig, encoder: Encoder, images: Tensor) -> float:
    """What the encoder's categories keep of `images` (uint8) under two random changes, in nats."""
    encoder.eval()
    with torch.autocast(images.device.type, torch.bfloat16):
        one, other = (
            torch.cat([encoder(config.augment(to_float(part))).codes[config.code] for part in images.split(1000)])
            for _ in range(2)
        )
    encoder.train()
    return mutual_information(one, other).item()
