import copy

import pytest

from latent.card import ImageShape
from tests.trainer.conftest import TINY
from trainer.config import recipe
from trainer.config.recipe import Recipe, RecipeError
from trainer.networks.factory import build_networks
from trainer.training.state import TrainingState


@pytest.mark.parametrize("name", recipe.names())
def test_every_recipe_that_ships_holds_together(name):
    loaded = recipe.load(name)
    assert loaded.system == name
    size = {"calligraphy": 128, "calligraphy-64": 64, "unipen-48": 48}.get(loaded.dataset, 28)
    networks, shape = loaded.networks, ImageShape(channels=1, height=size, width=size)
    built = build_networks(
        networks.generator, networks.discriminator, networks.q_head, networks.encoder, loaded.latent, shape
    )
    assert set(built) == {role for phase in loaded.phases for role in phase.trains}


def test_the_whole_family_ships():
    family = {"gan", "dcgan", "wgan", "wgan-gp", "infogan", "infogan-semi", "cgan", "acgan", "projection", "r3gan"}
    assert family <= set(recipe.names())
    unsupervised = {name for name in recipe.names() if recipe.load(name).labels is None}
    assert unsupervised == {"gan", "dcgan", "wgan", "wgan-gp", "infogan", "infogan-paper"}
    assert recipe.load("infogan-semi").labels.count == 100


def test_the_paper_reads_every_code_on_the_discriminators_trunk():
    paper = recipe.load("infogan-paper")
    assert paper.networks.q_head.codes == ("c1", "c2", "c3")
    assert paper.networks.encoder is None
    assert (paper.latent.dim, paper.latent.code_dim) == (74, 12)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(RecipeError, match=r"no recipe 'info': give one of .*infogan, infogan-paper"):
        recipe.load("info")


def changed(path, value):
    """The content of the tiny recipe with `value` at `path`."""
    content = copy.deepcopy(TINY)
    target = content
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return content


def write(path, text):
    path.write_text(text, "utf-8")
    return str(path)


def test_a_file_that_is_not_toml(tmp_path):
    with pytest.raises(RecipeError, match=r"bad\.toml: not TOML"):
        recipe.load(write(tmp_path / "bad.toml", "kimg ="))


def test_every_unknown_or_missing_key_is_named(tmp_path):
    with pytest.raises(RecipeError) as caught:
        recipe.load(write(tmp_path / "bad.toml", 'system = "x"\nkimg = -1\nbatchsize = 3\n'))
    near = "batchsize: unknown key; did you mean 'batch'?; known: system, dataset, kimg, batch, ema_kimg"
    for line in ("kimg: Input should be greater than 0", near, "dataset: Field required"):
        assert line in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("phases", 0, "losses", 0, "wieght"), 1, "phases.0.losses.0.wieght: unknown key; did you mean 'weight'?"),
        (("networks", "generator", "hiden"), 1, "networks.generator.hiden: unknown key; did you mean 'hidden'?"),
        (("networks", "encoder", "depth"), 1, "networks.encoder.depth: unknown key; known: kind, codes, hidden"),
        (("latent", "variables", 1, "szie"), 1, "latent.variables.1.szie: unknown key; did you mean 'size'?"),
        (("phases", 2, "losses", 1, "augment", "tilt"), 1, "augment.tilt: unknown key; known: rotate, shear"),
        (("pretraining", "restart"), 1, "pretraining.restart: unknown key; did you mean 'restarts'"),
        (("phases", 0, "betas"), 1, "phases.0.betas: Input should be a valid tuple"),
        (("phases", 0, "betas"), [0.5, "x"], "phases.0.betas.1: Input should be a valid number"),
        (("phases", 0), 1, "phases.0: Input should be a valid dictionary"),
    ],
)
def test_a_problem_names_the_path_and_the_known_keys(path, value, reason):
    with pytest.raises(RecipeError) as caught:
        recipe.parse(changed(path, value), "tiny")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("phases", 0, "trains"), ["critic"], r"phase 'discriminator' trains \['critic'\]; the networks are"),
        (("phases", 0, "losses", 0, "kind"), "hinge", "unknown kind 'hinge'; give one of classification, discriminato"),
        (("phases", 0, "losses", 0, "kind"), "R1", "or package.module:Class"),
        (("phases", 0, "losses", 0), "r1", "Input should be a table with a kind"),
        (("phases", 0, "losses", 0), {"weight": 1}, "missing; give one of classification"),
        (("phases", 0, "losses", 0, "wieght"), 2, "Extra inputs"),
        (("networks", "encoder"), None, "needs .networks.encoder. with overclusters"),
        (("networks", "generator", "depth"), 3, "Extra inputs"),
        (
            ("networks", "generator", "kind"),
            "transformer",
            "unknown kind 'transformer'; give one of conv, mlp, residual",
        ),
        (
            ("networks", "encoder", "kind"),
            "mlp",
            "give one of conv, strided, or package.module:Class",
        ),
        (
            ("networks", "encoder", "overclusters"),
            9,
            "overclusters: 9 clusters cannot be merged into the 10 values of c1",
        ),
        (("networks", "generator", "conditional_norm"), "c2", "conditional_norm: 'c2'; the categorical codes are c1"),
        (("networks", "generator", "conditional_norm"), "c9", "conditional_norm: 'c9'; the categorical codes are c1"),
        (
            ("phases", 0, "losses", 0),
            {"kind": "r1"},
            "networks.discriminator.norm: 'batch' does not go with the loss 'r1'",
        ),
        (("phases", 0, "losses", 0), {"kind": "r2"}, "'batch' does not go with the loss 'r2' of phase 'discriminator'"),
        (("phases", 0, "losses", 0), {"kind": "gradient-penalty"}, "set it to 'none' or 'spectral'"),
        (("networks", "discriminator", "projects"), "c1", r"is told 'c1' of every image; \[labels\] must read it so"),
    ],
)
def test_what_does_not_hold_together_is_refused(path, value, reason):
    content = changed(path, value)
    content["phases"][2]["trains"] = ["generator"]  # so that a recipe without its encoder has one problem
    with pytest.raises(ValueError, match=reason):
        Recipe.model_validate(content)


def test_a_recipe_alone_makes_another_system(strokes):
    """Least squares with a projection discriminator and a conditional norm: nothing but the recipe changes."""
    noise, category = TINY["latent"]["variables"][:2]
    content = copy.deepcopy(TINY) | {
        "system": "eleventh",
        "latent": {"variables": [noise, category]},
        "labels": {"code": "c1"},
        "pretraining": None,
        "networks": {
            "generator": {"kind": "residual", "channels": [8, 6, 4], "conditional_norm": "c1"},
            "discriminator": {"kind": "conv", "channels": [4, 8], "hidden": 16, "norm": "spectral", "projects": "c1"},
        },
    }
    content["phases"] = content["phases"][:2]
    content["phases"][0] |= {"trains": ["discriminator"], "losses": [{"kind": "discriminator-least-squares"}]}
    content["phases"][1]["losses"] = [{"kind": "generator-least-squares"}]
    eleventh = Recipe.model_validate(content)
    training = TrainingState(eleventh, strokes.images, 0, strokes.images.device, strokes.labels)
    assert training.step().keys() == {
        "discriminator/discriminator-least-squares",
        "generator/generator-least-squares",
    }


class TestWithDataset:
    def test_an_unsupervised_recipe_gets_a_category_per_label(self):
        for name in ("infogan", "infogan-paper"):
            letters = recipe.with_dataset(recipe.load(name), "emnist-letters", 26)
            assert (letters.dataset, letters.latent["c1"].width) == ("emnist-letters", 26)

    def test_only_the_code_of_the_labels_changes(self):
        content = changed(("labels",), {"code": "c1"})
        content["latent"]["variables"].append({"kind": "categorical", "name": "c4", "size": 3})
        other = recipe.with_dataset(Recipe.model_validate(content), "letters", 12)
        assert (other.latent["c1"].width, other.latent["c4"].width) == (12, 3)

    def test_a_recipe_of_noise_alone_stays_as_it_is(self):
        wgan = recipe.load("wgan")
        assert recipe.with_dataset(wgan, "emnist-letters", 26).latent == wgan.latent

    def test_two_codes_need_a_decision(self):
        content = copy.deepcopy(TINY)
        content["latent"]["variables"].append({"kind": "categorical", "name": "c4", "size": 3})
        keys = "latent.variables.c1.size or latent.variables.c4.size"
        with pytest.raises(RecipeError, match=f"no code has 12 values, one for each label: set {keys}"):
            recipe.with_dataset(Recipe.model_validate(content), "letters", 12)
        assert recipe.with_dataset(Recipe.model_validate(content), "digits", 10).latent["c4"].width == 3

    def test_more_labels_than_overclusters_are_refused(self):
        with pytest.raises(RecipeError, match="60 clusters cannot be merged into the 100 values of c1"):
            recipe.with_dataset(recipe.load("infogan"), "calligraphy", 100)
