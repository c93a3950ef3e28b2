"""Losses and networks from a module outside the package."""

import copy
import sys

import pytest

from tests.trainer.conftest import TINY
from trainer.config import recipe
from trainer.config.recipe import Recipe, RecipeError
from trainer.training.state import TrainingState

MODULE = """
from torch import nn
from torch.nn import functional as F

from trainer.losses.base import BaseLoss
from trainer.networks.discriminator import DiscriminatorConfig
from trainer.networks.encoder import EncoderConfig
from trainer.networks.generator import GeneratorConfig
from trainer.pretraining.base import BasePretraining


class Focal(BaseLoss):
    gamma: float = 2.0

    def __call__(self, step):
        probability = step.fake_output.score.sigmoid()
        return ((1 - probability) ** self.gamma * F.softplus(-step.fake_output.score)).mean()


class Unfinished(BaseLoss):
    pass


class Linear(GeneratorConfig):
    def layers(self, spec, shape):
        sizes = (shape.channels, shape.height, shape.width)
        return [nn.Linear(spec.dim, sizes[0] * sizes[1] * sizes[2]), nn.Tanh(), nn.Unflatten(1, sizes)]


class Flat(DiscriminatorConfig):
    hidden: int = 7

    def trunk(self, channels, height, width):
        return [nn.Flatten(), nn.Linear(channels * height * width, self.hidden), nn.LeakyReLU()]


class FlatEncoder(EncoderConfig):
    def trunk(self, shape):
        return [nn.Flatten(), nn.Linear(shape.channels * shape.height * shape.width, self.hidden), nn.ReLU()]


class Reset(BasePretraining):
    value: float

    @property
    def trains(self):
        return ("encoder",)

    def __call__(self, networks, spec, images, labels, seed, log):
        for parameter in networks["encoder"].parameters():
            nn.init.constant_(parameter, self.value)
        log("reset")


def function():
    pass
"""


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """The module `outside`, importable for one test."""
    (tmp_path / "outside.py").write_text(MODULE, "utf-8")
    (tmp_path / "broken.py").write_text("1 / 0", "utf-8")
    (tmp_path / "needy.py").write_text("import no_such_library", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("outside", "broken", "needy"):
        sys.modules.pop(name, None)


def eleventh():
    content = copy.deepcopy(TINY) | {"system": "eleventh"}
    content["networks"] |= {
        "generator": {"kind": "outside:Linear", "norm": "none"},
        "discriminator": {"kind": "outside:Flat"},
        "encoder": {"kind": "outside:FlatEncoder", "hidden": 8, "overclusters": 20},
    }
    content["pretraining"] = {"kind": "outside:Reset", "value": 0.5}
    content["phases"][1]["losses"][0] = {"kind": "outside:Focal", "gamma": 1.5, "weight": 2}
    return content


def test_a_system_of_ones_own_needs_no_edit_of_the_package(outside, strokes):
    own = recipe.parse(eleventh(), "eleventh")
    assert (own.phases[1].losses[0].gamma, own.networks.discriminator.hidden) == (1.5, 7)
    assert Recipe.model_validate_json(own.model_dump_json()) == own
    training = TrainingState(own, strokes.images, 0, strokes.images.device)
    lines = []
    training.pretrain(lines.append)
    assert lines == ["reset"]
    assert all((parameter == 0.5).all() for parameter in training.networks["encoder"].parameters())
    assert "generator/Focal" in training.step()


@pytest.mark.parametrize(
    ("loss", "reason"),
    [
        ({"kind": "nowhere.losses:Focal"}, r"kind: nowhere\.losses:Focal: no module 'nowhere'; it must be installed"),
        ({"kind": "outside.deeper:Focal"}, r"no module 'outside\.deeper'"),
        ({"kind": "needy:Focal"}, "needy imports 'no_such_library', which is not installed"),
        ({"kind": "broken:Focal"}, "broken fails to import: ZeroDivisionError: division by zero"),
        ({"kind": "outside:Focul"}, r"outside has no 'Focul'; did you mean 'Focal'\?"),
        ({"kind": "outside:function"}, r"outside:function: not a subclass of trainer\.losses\.base:BaseLoss"),
        ({"kind": "outside:Linear"}, r"outside:Linear: not a subclass of trainer\.losses\.base:BaseLoss"),
        ({"kind": "outside:Unfinished"}, "outside:Unfinished: abstract; it must define __call__"),
        ({"kind": "outside:Focal", "gama": 1}, r"losses\.0\.gama: unknown key; did you mean 'gamma'"),
        ({"kind": "outside:Focal", "gamma": "x"}, r"losses\.0\.gamma: Input should be a valid number"),
    ],
)
def test_what_cannot_be_used_says_why(outside, loss, reason):
    content = eleventh()
    content["phases"][1]["losses"] = [loss]
    with pytest.raises(RecipeError, match=reason):
        recipe.parse(content, "eleventh")
