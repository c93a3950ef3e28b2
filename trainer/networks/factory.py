"""The networks of a run, built from the parts of a recipe that describe them."""

from __future__ import annotations

from torch import nn

from latent.card import ImageShape
from latent.spec import LatentSpec
from trainer.networks.discriminator import DiscriminatorConfig
from trainer.networks.encoder import EncoderConfig
from trainer.networks.generator import GeneratorConfig
from trainer.networks.q_head import QHead, QHeadConfig


def build_networks(
    generator: GeneratorConfig,
    discriminator: DiscriminatorConfig,
    q_head: QHeadConfig | None,
    encoder: EncoderConfig | None,
    spec: LatentSpec,
    shape: ImageShape,
) -> nn.ModuleDict:
    """The networks by role, initialised from torch's global random generator; a role that is None is left out.

    Raises:
        ValueError: a network does not support images of this `shape`, or a code that it predicts does not exist.
    """
    # The order of construction decides which random numbers each network gets.
    networks = nn.ModuleDict({"generator": generator.build(spec, shape)})
    networks["discriminator"] = built = discriminator.build(spec, shape)
    if q_head:
        networks["q_head"] = QHead(q_head.codes, spec, built.features, q_head.hidden)
    if encoder:
        networks["encoder"] = encoder.build(spec, shape)
    return networks
