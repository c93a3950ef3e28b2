"""A good start for the encoder, found and chosen without a label."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from latent.spec import LatentSpec
from trainer.config.recipe import StartConfig
from trainer.data.labelled_subset import Labels
from trainer.data.sampler import Batch, Batches, to_float
from trainer.export.alignment import assign
from trainer.losses.invariance import InvariantInformation, mutual_information
from trainer.networks.encoder import Encoder
from trainer.networks.layers import place
from trainer.networks.q_head import Reading
from trainer.training.amp import autocast
from trainer.training.information_bottleneck import merge
from trainer.training.step import Step

_CHUNK = 1000  # images looked at in one go where nothing is learnt


def best_encoder(
    config: StartConfig,
    make: Callable[[], Encoder],
    spec: LatentSpec,
    images: Tensor,
    seed: int,
    report: Callable[[int, float], None],
    labels: Labels | None = None,
) -> Encoder:
    """The best of `config.tries` encoders, each made from the real images alone.

    Invariance splits images into fine clusters that are nearly pure, but into ten it often lets two digits share a
    category and cuts a third in half. So the fine clusters are merged into the categories, where the merger loses
    least of what one view of an image says of another, and the categories' head is taught the result. Tries are
    compared by the mutual information, in nats, between two random changes of images that none of them saw; one that
    reaches `config.enough` is taken at once.
    `images` uint8 `(n, C, H, W)`; `report` gets each try's number and its nats. Where there are `labels`, they name
    the merged categories.
    """
    seen, held_out = images[: -config.held_out], images[-config.held_out :]
    tries: list[tuple[float, Encoder]] = []
    for number in range(config.tries):
        encoder = place(make(), images.device)
        batches = Batches(seen, config.batch, seed + number)
        _cluster(config, encoder, spec, batches)
        groups = _groups(config, encoder, held_out, spec[config.code].width)
        if labels:
            groups = _in_label_order(config, encoder, groups, labels)
        _teach(config, encoder, batches, groups)
        tries.append((information(config, encoder, held_out), encoder))
        report(number, tries[-1][0])
        if config.enough is not None and tries[-1][0] >= config.enough:
            break
    return max(tries, key=lambda pair: pair[0])[1]


def _cluster(config: StartConfig, encoder: Encoder, spec: LatentSpec, batches: Batches) -> None:
    loss = InvariantInformation(kind="invariant-information", code=config.code, augment=config.augment)
    networks = nn.ModuleDict({"encoder": encoder})
    _minimise(
        config,
        encoder,
        config.kimg,
        lambda number: loss(Step(networks, spec, Batch(batches[number]), trains_generator=False)),
    )


def _groups(config: StartConfig, encoder: Encoder, images: Tensor, categories: int) -> Tensor:
    """The category of each fine cluster, int64 `(overclusters,)`."""
    one, other = (_look(config, encoder, images)[1].softmax(1).double() for _ in range(2))
    joint = one.T @ other
    groups = merge((joint + joint.T).cpu().numpy(), categories)
    return torch.from_numpy(groups).to(images.device)


def _in_label_order(config: StartConfig, encoder: Encoder, groups: Tensor, labels: Labels) -> Tensor:
    """The same groups, each under the label that most of its labelled images carry, one group a label."""
    found = groups[_look(config, encoder, labels.images)[1].argmax(1)]
    order, _ = assign(found.cpu().numpy(), labels.labels.cpu().numpy(), int(groups.max()) + 1)
    return torch.from_numpy(np.argsort(order)).to(groups.device)[groups]


def _teach(config: StartConfig, encoder: Encoder, batches: Batches, groups: Tensor) -> None:
    teacher = copy.deepcopy(encoder).eval()

    def loss(number: int) -> Tensor:
        real = batches[number]
        with torch.no_grad():
            target = groups[_encode(teacher, real)[1].argmax(1)]
        return F.cross_entropy(_encode(encoder, config.augment(real))[0][config.code], target)

    _minimise(config, encoder, config.teach_kimg, loss)


def _minimise(config: StartConfig, encoder: Encoder, kimg: float, loss: Callable[[int], Tensor]) -> None:
    """Adam on the encoder for `kimg`, under one cycle of the learning rate (Smith and Topin 2019)."""
    steps = max(1, round(kimg * 1000 / config.batch))
    optimiser = torch.optim.Adam(encoder.parameters(), config.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.learning_rate, total_steps=steps + 1)
    for number in range(steps):
        optimiser.zero_grad(set_to_none=True)
        loss(number).backward()
        optimiser.step()
        schedule.step()


def information(config: StartConfig, encoder: Encoder, images: Tensor) -> float:
    """What the encoder's categories keep of `images` (uint8) under two random changes, in nats."""
    one, other = (_look(config, encoder, images)[0] for _ in range(2))
    return mutual_information(one, other).item()


@torch.no_grad()
def _look(config: StartConfig, encoder: Encoder, images: Tensor) -> tuple[Tensor, Tensor]:
    """Logits of the categories and of the fine clusters for randomly changed `images` (uint8)."""
    encoder.eval()
    parts = [_encode(encoder, config.augment(to_float(part))) for part in images.split(_CHUNK)]
    encoder.train()
    return torch.cat([codes[config.code] for codes, _ in parts]), torch.cat([fine for _, fine in parts])


def _encode(encoder: Encoder, images: Tensor) -> tuple[Reading, Tensor]:
    with autocast(images.device):
        codes, overclusters = encoder(images)
    return codes, overclusters
