import numpy as np
import pytest
import torch

from latent import Categorical, Continuous, LatentSpec, Noise, codes
from latent.card import Control, ImageShape
from tests.latent.test_spec import SPEC
from trainer.config.recipe import RecipeError
from trainer.export import alignment
from trainer.networks.conditional_stack import ConditionalLayer
from trainer.networks.conv import ConvGenerator
from trainer.networks.mlp import MlpGenerator
from trainer.networks.residual import ResidualGenerator

NAMES = ("a", "b", "c")


SHAPE = ImageShape(channels=1, height=28, width=28)
ORDER = np.random.default_rng(0).permutation(10)


def built(config, spec=SPEC):
    """A generator in whose every layer the codes have an effect."""
    torch.manual_seed(0)
    generator = config.build(spec, SHAPE).eval()
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return generator


def test_permuting_categories_permutes_their_columns_only():
    generator = built(ConvGenerator(kind="conv", hidden=5, channels=(4, 3)))
    before = {name: tensor.clone() for name, tensor in generator.state_dict().items()}
    alignment.permute_categories(generator, SPEC, "c1", ORDER)
    after = generator.state_dict()
    weight, old = generator.input_layer.weight, before.pop("layers.0.weight")
    for value in range(10):
        assert torch.equal(weight[:, 62 + value], old[:, 62 + ORDER[value]])
    rest = [*range(62), 72, 73]
    assert torch.equal(weight[:, rest], old[:, rest])
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


@pytest.mark.parametrize(
    "config",
    [
        ConvGenerator(kind="conv", hidden=5, channels=(4, 3)),
        ConvGenerator(kind="conv", hidden=0, channels=(4, 3), conditional_norm="c1"),
        ResidualGenerator(kind="residual", channels=(4, 4, 3), conditional_norm="c1"),
        MlpGenerator(kind="mlp", widths=(9, 8)),
    ],
)
@torch.no_grad()
def test_every_value_draws_what_another_value_drew(config):
    generator = built(config)
    latents = codes.draw(SPEC, 1, range(20))
    values = latents[:, SPEC.slices["c1"]].argmax(1)
    old = latents.copy()
    codes_before = np.eye(10, dtype=np.float32)[ORDER[values]]
    old[:, SPEC.slices["c1"]] = codes_before
    expected = generator(torch.from_numpy(old))
    alignment.permute_categories(generator, SPEC, "c1", ORDER)
    torch.testing.assert_close(generator(torch.from_numpy(latents)), expected, atol=1e-5, rtol=0)


def test_a_generator_that_uses_the_code_elsewhere_is_refused():
    class Own(ConditionalLayer):
        def forward(self, x, condition):
            return x * condition.matmul(torch.arange(10.0))[:, None, None, None]

    generator = built(ResidualGenerator(kind="residual", channels=(4, 4, 3), conditional_norm="c1"))
    generator.layers.insert(2, Own())
    with pytest.raises(RecipeError, match=r"networks\.generator: c1 cannot be exported in another order"):
        alignment.permute_categories(generator, SPEC, "c1", ORDER)


def test_prediction_leaves_the_networks_in_training_mode(training, strokes):
    categories = alignment.predict_categories(training.networks, "c1", strokes.images[:7])
    assert categories.shape == (7,)
    assert categories.max() < 10
    assert training.networks.training


def test_a_category_is_predicted_by_the_network_that_has_a_head_for_it(training, strokes):
    networks = training.networks
    assert alignment.predicted_codes(networks) == {"c1", "c2", "c3"}
    networks["q_head"].heads["c1"] = torch.nn.Linear(8, 10)
    del networks["encoder"].head.heads["c1"]
    assert alignment.predict_categories(networks, "c1", strokes.images[:3]).shape == (3,)
    networks["discriminator"].concatenates = True
    assert alignment.predicted_codes(networks) == set()
    del networks["encoder"], networks["q_head"]
    assert alignment.predicted_codes(networks) == set()


def test_labels_become_the_names_of_the_values():
    spec = LatentSpec(variables=(Noise(size=2), Categorical(name="c1", size=3), Categorical(name="c2", size=3)))
    labelled = alignment.with_labels(spec, "c1", NAMES)
    assert labelled["c1"].labels == NAMES
    assert labelled["c2"].labels == ()


def control(factor, **spearman):
    return Control(factor=factor, spearman=spearman)


SYMMETRIC = LatentSpec(variables=(Noise(size=1), Continuous(name="c2"), Continuous(name="c3")))


def test_codes_are_sorted_by_factor_and_increase_with_it():
    measured = {"c2": control("width", width=-0.7), "c3": control("slant", slant=0.9)}
    continuous = alignment.order_by_factor(SYMMETRIC, measured)
    assert continuous == {"c2": ("c3", 1), "c3": ("c2", -1)}
    generator = built(MlpGenerator(kind="mlp", widths=(4,)), SYMMETRIC)
    before = generator.input_layer.weight.detach().clone()
    alignment.permute_continuous(generator, SYMMETRIC, continuous)
    assert torch.equal(generator.input_layer.weight, torch.stack([before[:, 0], before[:, 2], -before[:, 1]], 1))


def test_codes_with_different_ranges_are_not_permuted():
    measured = {"c2": control("width", width=-0.7), "c3": control("slant", slant=0.9)}
    assert alignment.order_by_factor(SPEC, measured) == {}  # c3 runs from 0 to 4


def test_without_continuous_codes_nothing_is_permuted():
    assert alignment.order_by_factor(LatentSpec(variables=(Noise(size=1),)), {}) == {}
