"""From a recipe to its networks."""

from __future__ import annotations

from torch import nn

from latent.card import ImageShape
from trainer.config.recipe import Recipe, RecipeError
from trainer.networks.q_head import CodeHead


def networks(recipe: Recipe, shape: ImageShape) -> nn.ModuleDict:
    """The recipe's networks by role, freshly initialised from torch's global stream.

    Raises:
        RecipeError: a network cannot draw or judge images of this `shape`, or read the codes it is told to.
    """
    try:
        return _networks(recipe, shape)
    except ValueError as error:
        raise RecipeError(f"{recipe.system}: {error}") from None


def _networks(recipe: Recipe, shape: ImageShape) -> nn.ModuleDict:
    config, spec = recipe.networks, recipe.latent
    generator, discriminator = config.generator.build(spec, shape), config.discriminator.build(spec, shape)
    built = nn.ModuleDict({"generator": generator, "discriminator": discriminator})
    if config.code_head:
        head = config.code_head
        built["code_head"] = CodeHead(head.codes, spec, discriminator.features, head.hidden)
    if config.encoder:
        built["encoder"] = config.encoder.build(spec, shape)
    return built
