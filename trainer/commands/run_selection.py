"""Which run `train` is asked for: its recipe, seed and folder, from a recipe, a card or a checkpoint."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NamedTuple

from latent.card import CardError, Extension, Lineage, ModelCard
from trainer import data
from trainer.commands.console import say
from trainer.config import recipe as recipes
from trainer.config.overrides import override
from trainer.config.recipe import Recipe, RecipeError
from trainer.data import Dataset, digest
from trainer.storage.onnx_metadata import read_card
from trainer.training import checkpoint, initial_weights


class Selection(NamedTuple):
    """A run as the command line names it; `lineage` is that of the model to train again, with `--like`."""

    recipe: Recipe
    seed: int
    folder: Path
    lineage: Lineage | None = None

    @property
    def checkpoint(self) -> Path:
        return self.folder / checkpoint.FILE


def select(options: argparse.Namespace) -> Selection:
    """The run that the arguments of `train` name.

    Raises:
        CardError, CheckpointError, DataError, RecipeError: what they name is missing, or does not fit together.
    """
    source, content, seed, lineage = _source(options)
    recipe = recipes.parse(override(content, options.assignments), source)
    if options.dataset:
        labels = data.load(options.dataset, options.data, "test").label_names
        content = recipes.with_dataset(recipe, options.dataset, len(labels)).model_dump(mode="json")
        # Again, because an assignment of the number of categories takes precedence over that of the data.
        recipe = recipes.parse(override(content, options.assignments) | {"dataset": options.dataset}, source)
    seed = seed if options.seed is None else options.seed
    name = [*([options.dataset] if options.dataset else []), recipe.system, str(seed)]
    return Selection(recipe, seed, options.out or Path("runs") / "-".join(name), lineage)


def _source(options: argparse.Namespace) -> tuple[str, dict[str, Any], int, Lineage | None]:
    """Where the recipe comes from, its content, the seed that comes with it, and the lineage to repeat."""
    if options.recipe:
        return options.recipe, recipes.read(options.recipe), 0, None
    if options.like:
        return _card_source(read_card(options.like), options)
    if options.resume and options.out:
        path = options.out / checkpoint.FILE
        return str(path), checkpoint.recipe_of(path).model_dump(mode="json"), checkpoint.seed_of(path), None
    raise RecipeError("give a recipe, --like MODEL, or --resume --out FOLDER")


def _card_source(card: ModelCard, options: argparse.Namespace) -> tuple[str, dict[str, Any], int, Lineage]:
    origin = card.provenance
    if origin.resolved_recipe is None or origin.lineage is None:
        raise CardError(
            f"{options.like}: cannot be trained again from its card, which holds no resolved recipe (schema version "
            f"{card.schema_version}); the recipe of that name is now: train {origin.recipe} --seed {origin.seed}"
        )
    _check_initial_weights(origin.lineage, options)
    for extension in origin.lineage.extensions:
        before = previous_values(extension)
        say(f"note: that run had {before} until {extension.at_kimg:g} kimg; this one has its last values throughout")
    return str(options.like), origin.resolved_recipe, origin.seed, origin.lineage


def _check_initial_weights(lineage: Lineage, options: argparse.Namespace) -> None:
    """A run that began from another's weights is repeated from the same ones; `--resume` has them already."""
    initial = lineage.initial_weights
    if initial is None or options.resume:
        return
    run = f"the run {initial.system!r} of seed {initial.seed} at {initial.kimg:g} kimg"
    if options.init_from is None:
        raise CardError(f"{options.like}: began with the weights of {run}: give that run with --init-from")
    if initial_weights.sha256(options.init_from / checkpoint.FILE) != initial.checkpoint_sha256:
        raise CardError(f"{options.like}: began with the weights of {run}, not with those in {options.init_from}")


def previous_values(extension: Extension) -> str:
    """`kimg = 600.0, decay_from = 0.5`: what a run had before it was extended."""
    return ", ".join(f"{key} = {value}" for key, value in extension.previous.items())


def check_data(selection: Selection, dataset: Dataset, options: argparse.Namespace) -> None:
    """With `--like`, and no other data set asked for: whether the data are those of the card.

    Raises:
        DataError: they are not.
    """
    if selection.lineage and selection.lineage.data_sha256 and not options.dataset:
        hint = f"{options.like} (--dataset {dataset.name} trains on the data here all the same)"
        digest.check(dataset, selection.lineage.data_sha256, hint)
