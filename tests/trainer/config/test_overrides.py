import copy

import pytest

from tests.trainer.conftest import TINY
from trainer.config import recipe
from trainer.config.overrides import override
from trainer.config.recipe import RecipeError


def resolved(*assignments):
    return recipe.parse(override(TINY, assignments), "tiny")


def test_any_key_is_set_by_its_path():
    before = copy.deepcopy(TINY)
    changed = resolved(
        "kimg=1200",
        "networks.generator.hidden = 512",
        "phases.0.learning_rate=1e-3",
        "phases.generator.betas=[0.0, 0.99]",
        "phases.discriminator.losses.information.weight=0.5",
        "latent.variables.z.size=7",
        "phases.2.losses.0.augment={rotate=3}",
        "phases.2.losses.0.augment.shear=0.1",
        "labels.code=c1",
        "dataset=mnist",
        'system="a name"',
    )
    assert (changed.kimg, changed.dataset, changed.system, changed.labels.code) == (1200, "mnist", "a name", "c1")
    assert changed.networks.generator.hidden == 512
    assert [phase.learning_rate for phase in changed.phases] == [1e-3, 1e-3, 4e-4]
    assert changed.phases[1].betas == (0.0, 0.99)
    assert changed.phases[0].losses[1].weight == 0.5
    assert changed.latent["z"].size == 7
    assert (changed.phases[2].losses[0].augment.rotate, changed.phases[2].losses[0].augment.shear) == (3, 0.1)
    assert before == TINY


def test_the_last_assignment_of_a_key_counts():
    assert resolved("kimg=1", "kimg=2").kimg == 2


def test_a_table_that_the_recipe_lacks_is_made():
    content = recipe.parse(TINY, "tiny").model_dump(mode="json")  # where what is not set is null
    assert recipe.parse(override(content, ["labels.count=100"]), "tiny").labels.count == 100


@pytest.mark.parametrize(
    ("assignment", "reason"),
    [
        ("kimg", "--set kimg: give KEY=VALUE"),
        ("=1", "--set =1: give KEY=VALUE"),
        ("kimg=", "'' is neither a TOML value nor a bare word"),
        ("kimg=[1", r"'\[1' is neither a TOML value nor a bare word"),
        ("kimg=1\nbatch=2", "give one value"),
        ("kimg=much", "kimg: Input should be a valid number"),
        ("kimg.a=1", "kimg is 0.64, which has no keys"),
        ("kigm=1", "kigm: unknown key; did you mean 'kimg'"),
        ("networks.generator.hiden=8", "networks.generator.hiden: unknown key; did you mean 'hidden'"),
        ("netwroks.generator.hidden=8", "netwroks: unknown key; did you mean 'networks'"),
        (
            "phases.3.learning_rate=1",
            "phases has no entry '3'; give an index below 3 or discriminator or encoder",
        ),
        ("phases.critic.learning_rate=1", "phases has no entry 'critic'"),
        ("phases.0.betas.2=1", "phases.0.betas has no entry '2'"),
        ("phases.2.losses.information.weight=x", "weight: Input should be a valid number"),
        ("phases.0.losses.0.kind=discriminator-hing", "did you mean 'discriminator-hinge'"),
    ],
)
def test_what_cannot_be_set_is_refused(assignment, reason):
    content = copy.deepcopy(TINY)
    content["phases"][0]["betas"] = [0.0, 0.99]
    with pytest.raises(RecipeError, match=reason):
        recipe.parse(override(content, [assignment]), "tiny")


def test_a_kind_that_several_entries_have_must_be_chosen_by_index():
    with pytest.raises(
        RecipeError, match=r"entries 1, 2 of phases\.1\.losses are called 'information'; give one by its"
    ):
        resolved("phases.1.losses.information.weight=2")
