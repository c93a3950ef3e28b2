"""A recipe: everything that makes a training run what it is, in one strict TOML file."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from latent.spec import LatentSpec
from trainer.losses import Loss
from trainer.networks import AnyDiscriminator, AnyGenerator
from trainer.networks.encoder import EncoderConfig
from trainer.networks.q_head import QHeadConfig
from trainer.pretraining import Pretraining


class RecipeError(ValueError):
    """A recipe that does not exist or does not hold together; the message names the key."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NetworksConfig(_Part):
    """The networks of a run by role; a role left out is not built."""

    generator: AnyGenerator
    discriminator: AnyDiscriminator
    q_head: QHeadConfig | None = None
    encoder: EncoderConfig | None = None


class PhaseConfig(_Part):
    """One optimiser and what it minimises: the weighted sum of `losses`, over the networks it `trains`."""

    name: str
    trains: tuple[str, ...] = Field(min_length=1)
    losses: tuple[Loss, ...] = Field(min_length=1)
    optimiser: Literal["adam", "rmsprop"] = "adam"
    learning_rate: float = Field(gt=0)
    betas: tuple[float, float] = Field((0.5, 0.999), description="Adam's.")
    interval: int = Field(1, ge=1, description="Steps from one run of the phase to the next.")
    clip: float | None = Field(None, gt=0, description="Bound of every weight after a step (Arjovsky et al. 2017).")


class LabelsConfig(_Part):
    """Which labels the run reads: they tell the value of the categorical `code`, of every image or of `count`."""

    code: str = "c1"
    count: int | None = Field(None, ge=1)


class Recipe(_Part):
    """A whole training run but for its seed and its device."""

    system: str
    dataset: str
    kimg: float = Field(gt=0, description="Length of the run, in thousands of real images shown to the discriminator.")
    batch: int = Field(ge=2)
    ema_kimg: float = Field(ge=0, description="Half-life of the generator's moving average.")
    decay_from: float = Field(
        1.0, ge=0, le=1, description="Share of the run after which learning rates fall linearly to zero."
    )
    latent: LatentSpec
    networks: NetworksConfig
    labels: LabelsConfig | None = None
    pretraining: Pretraining | None = None
    phases: tuple[PhaseConfig, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _phases_train_networks_that_are_there(self) -> Recipe:
        built = {role for role, config in self.networks if config is not None}
        for phase in self.phases:
            if missing := set(phase.trains) - built:
                raise ValueError(f"phase {phase.name!r} trains {sorted(missing)}; the networks are {sorted(built)}")
        condition = self.networks.discriminator.condition
        if condition and (self.labels is None or self.labels.count or self.labels.code != condition):
            raise ValueError(f"networks.discriminator: is told {condition!r} of every image; [labels] must read it so")
        if self.pretraining:
            self.pretraining.check(dict(self.networks))
        return self


def names() -> list[str]:
    """The recipes that ship."""
    return sorted(file.name.removesuffix(".toml") for file in _shipped().iterdir() if file.name.endswith(".toml"))


def load(name_or_path: str) -> Recipe:
    """A shipped recipe by name, or any TOML file by path.

    Raises:
        RecipeError: no such recipe (lists those there are), not TOML, an unknown key or a value that does not fit.
    """
    path = Path(name_or_path)
    source = path if path.suffix == ".toml" else _shipped() / f"{name_or_path}.toml"
    if not source.is_file():
        raise RecipeError(f"no recipe {name_or_path!r}: give one of {', '.join(names())}, or the path of a .toml file")
    try:
        return Recipe.model_validate(tomllib.loads(source.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{name_or_path}: not TOML: {error}") from None
    except ValidationError as error:
        problems = [f"  {'.'.join(map(str, e['loc'])) or 'recipe'}: {e['msg']}" for e in error.errors()]
        raise RecipeError("\n".join([f"{name_or_path}:", *problems])) from None


def on(recipe: Recipe, dataset: str, labels: int) -> Recipe:
    """`recipe` for another data set, of so many `labels`: the code that labels tell gets as many values.

    Raises:
        RecipeError: the recipe does not hold together with it.
    """
    content = recipe.model_dump() | {"dataset": dataset}
    if recipe.labels:
        for variable in content["latent"]["variables"]:
            if variable["name"] == recipe.labels.code:
                variable["size"] = labels
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        raise RecipeError(f"{recipe.system} on {dataset}: {error.errors()[0]['msg']}") from None


def _shipped() -> Path:
    return Path(str(resources.files("trainer.config"))) / "recipes"
