"""A recipe: everything that defines a training run but its seed, in one strict TOML file."""

from __future__ import annotations

import tomllib
from importlib import resources
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from latent.spec import Continuous, LatentSpec
from trainer.config import error_messages
from trainer.config.class_lookup import ByKind
from trainer.data.attributes import Attribute
from trainer.data.writer_pairs import WriterPairsConfig
from trainer.losses import Loss
from trainer.losses.base import BaseLoss
from trainer.networks import AnyDiscriminator, AnyEncoder, AnyGenerator
from trainer.networks.discriminator import DiscriminatorConfig
from trainer.networks.encoder import EncoderConfig
from trainer.networks.generator import GeneratorConfig
from trainer.networks.q_head import QHeadConfig
from trainer.pretraining import Pretraining
from trainer.pretraining.base import BasePretraining


class RecipeError(ValueError):
    """A recipe that does not exist or is not consistent; the message names the key."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NetworksConfig(_Table):
    """The networks of a run by role; a role left out is not built."""

    generator: Annotated[GeneratorConfig, ByKind(GeneratorConfig, AnyGenerator)]
    discriminator: Annotated[DiscriminatorConfig, ByKind(DiscriminatorConfig, AnyDiscriminator)]
    q_head: QHeadConfig | None = None
    encoder: Annotated[EncoderConfig, ByKind(EncoderConfig, AnyEncoder)] | None = None


class PhaseConfig(_Table):
    """One optimiser and what it minimises: the weighted sum of `losses`, over the networks it `trains`."""

    name: str
    trains: tuple[str, ...] = Field(min_length=1)
    losses: tuple[Annotated[BaseLoss, ByKind(BaseLoss, Loss)], ...] = Field(min_length=1)
    optimiser: Literal["adam", "rmsprop"] = "adam"
    learning_rate: float = Field(gt=0)
    betas: tuple[float, float] = Field((0.5, 0.999), description="Adam's.")
    interval: int = Field(1, ge=1, description="Steps from one run of the phase to the next.")
    clip: float | None = Field(None, gt=0, description="Bound of every weight after a step (Arjovsky et al. 2017).")


class LabelsConfig(_Table):
    """Which labels the run reads, as values of the categorical `code`: those of all images, or of `count` images.

    `attributes` maps continuous codes to attributes that are measured on the real images: the value of such a code is
    the rank of the image among those of its label, so that the code means the same for every label.
    """

    code: str = "c1"
    count: int | None = Field(None, ge=1)
    attributes: dict[str, Attribute] = {}

    def check(self, spec: LatentSpec) -> None:
        """Check that these options fit the latent.

        Raises:
            ValueError: `attributes` with `count`, or of a code that is not continuous.
        """
        if self.attributes and self.count:
            raise ValueError("labels.attributes: ranks within a label need the labels of all images; leave out count")
        continuous = [variable.name for variable in spec if isinstance(variable, Continuous)]
        if unknown := [name for name in self.attributes if name not in continuous]:
            raise ValueError(f"labels.attributes: {unknown}; the continuous codes are {continuous}")


class Recipe(_Table):
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
    writer_pairs: WriterPairsConfig | None = Field(None, description="Batches of pairs of images by one writer.")
    pretraining: Annotated[BasePretraining, ByKind(BasePretraining, Pretraining)] | None = None
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
            self.pretraining.check(dict(self.networks), self.latent)
        if self.labels:
            self.labels.check(self.latent)
        self.networks.generator.check(self.latent)
        self._check_batchnorm()
        return self

    def _check_batchnorm(self) -> None:
        """BatchNorm makes the score of an image depend on the others in the batch, where a loss needs it alone."""
        if self.networks.discriminator.norm == "batch":
            for phase in self.phases:
                for loss in phase.losses:
                    if loss.needs_independent_scores:
                        raise ValueError(
                            f"networks.discriminator.norm: 'batch' does not go with the loss {loss.kind!r} of phase "
                            f"{phase.name!r}, which is computed for each image alone; set it to 'none' or 'spectral'"
                        )


def names() -> list[str]:
    """The recipes that ship."""
    return sorted(file.name.removesuffix(".toml") for file in _shipped().iterdir() if file.name.endswith(".toml"))


def description(name: str) -> str:
    """The comment at the beginning of a recipe that ships, as Markdown: its method, and differences from its paper."""
    lines = (_shipped() / f"{name}.toml").read_text("utf-8").splitlines()
    return "\n".join(
        line.removeprefix("#").removeprefix(" ") for line in takewhile(lambda text: text[:1] == "#", lines)
    )


def read(name_or_path: str) -> dict[str, Any]:
    """The content of a shipped recipe, by name, or of any TOML file, by path; `parse` checks it.

    Raises:
        RecipeError: no such recipe (lists those there are), or not TOML.
    """
    path = Path(name_or_path)
    source = path if path.suffix == ".toml" else _shipped() / f"{name_or_path}.toml"
    if not source.is_file():
        raise RecipeError(f"no recipe {name_or_path!r}: give one of {', '.join(names())}, or the path of a .toml file")
    try:
        return tomllib.loads(source.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{name_or_path}: not TOML: {error}") from None


def parse(content: Any, source: str) -> Recipe:
    """A recipe's `content` as a `Recipe`; `source` is where it comes from, for messages.

    Raises:
        RecipeError: an unknown or missing key, or a value that does not fit; names each by its path.
    """
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        lines = error_messages.describe(error, Recipe, content)
        raise RecipeError("\n".join([f"{source}:", *(f"  {line}" for line in lines)])) from None


def load(name_or_path: str) -> Recipe:
    """A shipped recipe, by name, or any TOML file, by path.

    Raises:
        RecipeError: as `read` and `parse`.
    """
    return parse(read(name_or_path), name_or_path)


def with_dataset(recipe: Recipe, dataset: str, labels: int) -> Recipe:
    """`recipe` for another data set, of so many `labels`: its code for the labels gets as many values.

    That is the code of `[labels]`, or in an unsupervised recipe its only categorical code, whose values are matched to
    the labels after the training.

    Raises:
        RecipeError: the recipe does not fit that data set, or it is not clear which of several codes is for the labels.
    """
    content = recipe.model_dump(mode="json") | {"dataset": dataset}
    variables = content["latent"]["variables"]
    categorical = [number for number, variable in enumerate(variables) if variable["kind"] == "categorical"]
    if recipe.labels:
        categorical = [number for number in categorical if variables[number]["name"] == recipe.labels.code]
    if len(categorical) == 1:
        variables[categorical[0]]["size"] = labels
    elif categorical and all(variables[number]["size"] != labels for number in categorical):
        keys = " or ".join(f"latent.variables.{variables[number]['name']}.size" for number in categorical)
        raise RecipeError(f"{recipe.system} on {dataset}: no code has {labels} values, one for each label: set {keys}")
    return parse(content, f"{recipe.system} on {dataset}")


def _shipped() -> Path:
    return Path(str(resources.files("trainer.config"))) / "recipes"
