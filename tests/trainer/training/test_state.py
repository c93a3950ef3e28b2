from itertools import pairwise

import pytest
import torch

from trainer.config.recipe import LabelsConfig
from trainer.data.sampler import Batch
from trainer.training.state import TrainingState


def weights(training):
    return {name: value.clone() for name, value in training.networks.state_dict().items()}


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def test_equal_runs_are_bit_for_bit_equal(recipe, strokes, training):
    twin = TrainingState(recipe, strokes.images, seed=3, device=torch.device("cpu"))
    torch.manual_seed(3)
    for _ in range(4):
        twin.step()
    torch.manual_seed(3)
    for _ in range(4):
        training.step()
    assert same(weights(training), weights(twin))


def test_each_phase_trains_only_its_own_networks(training):
    before = weights(training)
    for phase in training.phases:
        phase(Batch(training._batches[0]), kimg=1.0, rate=1.0)
        after = weights(training)
        changed = {name.split(".")[0] for name, value in after.items() if not torch.equal(value, before[name])}
        # BatchNorm statistics change whenever a network runs in training mode; weights do not.
        learnt = {
            name.split(".")[0]
            for name, parameter in training.networks.named_parameters()
            if not torch.equal(parameter, before[name])
        }
        assert learnt == set(phase.config.trains)
        assert learnt <= changed
        before = after


def test_a_phase_runs_at_its_interval_and_a_loss_from_its_start(training):
    first, second = training.step(), training.step()
    assert "encoder/invariant-information" in first
    assert not any(name.startswith("encoder/") for name in second)  # every second step
    assert "encoder/information-c1-augmented" not in first  # from 0.2 kimg on
    training.steps = 10
    assert "encoder/information-c1-augmented" in training.step()


def test_a_clipped_phase_keeps_its_weights_within_the_bound(recipe, strokes):
    critic = recipe.phases[0].model_copy(update={"clip": 0.01, "optimiser": "rmsprop"})
    clipped = recipe.model_copy(update={"phases": (critic, *recipe.phases[1:])})
    training = TrainingState(clipped, strokes.images, seed=3, device=torch.device("cpu"))
    training.step()
    largest = {role: max(p.abs().max().item() for p in net.parameters()) for role, net in training.networks.items()}
    assert largest["discriminator"] == largest["q_head"] == pytest.approx(0.01)
    assert min(largest["generator"], largest["encoder"]) > 0.02


def test_a_recipe_that_reads_labels_needs_them(recipe, strokes):
    reads = recipe.model_copy(update={"labels": LabelsConfig()})
    with pytest.raises(ValueError, match="tiny: the recipe reads labels, but there are none"):
        TrainingState(reads, strokes.images, seed=3, device=torch.device("cpu"))


def test_learning_rates_fall_to_zero_in_the_second_half(training):
    rates = []
    while not training.done:
        training.step()
        rates.append(training.phases[0].optimiser.param_groups[0]["lr"])
    assert len(rates) == 20
    assert rates[:11] == [2e-4] * 11
    assert all(later < earlier for earlier, later in pairwise(rates[10:]))
    assert 0 < rates[-1] < 3e-5


def test_information_trains_the_generator_through_the_encoder(training):
    """The generator learns to make its codes predictable, by this phase alone."""
    phase = training.phases[1]
    training.networks.requires_grad_(False)
    real = Batch(training._batches[0])
    losses = [phase(real, kimg=1.0, rate=3.0)["generator/information-c1"].item() for _ in range(60)]
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])


def test_pretraining_changes_the_encoder_and_no_other_network(training):
    before = weights(training)
    lines = []
    training.pretrain(lines.append)
    after = weights(training)
    changed = {name.split(".")[0] for name in after if not torch.equal(after[name], before[name])}
    assert changed == {"encoder"}
    assert [line.split(":")[0] for line in lines] == ["pretraining 1/2", "pretraining 2/2"]
    assert all(float(line.split()[2]) < 2.4 for line in lines)
    training.step()
    assert not torch.equal(weights(training)["encoder.head.heads.c1.weight"], after["encoder.head.heads.c1.weight"])
