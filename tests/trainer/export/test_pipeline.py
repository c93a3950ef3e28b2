"""The export of runs whose recipes differ in what predicts and what uses the categories."""

import copy

import numpy as np
import pytest
import torch

from latent import codes
from tests.trainer.conftest import TINY
from trainer import data
from trainer.config.recipe import Recipe
from trainer.data.label_assignment import assign_clusters
from trainer.export import alignment, pipeline, verifier
from trainer.export.pipeline import export_run
from trainer.metrics.classifier import Classifier, ClassifierConfig
from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.networks.inference import MAX_ROWS, generate
from trainer.training import loop
from trainer.training.state import TrainingState


def trained(strokes, **networks):
    """A run of the tiny recipe with other networks, after a few steps; None leaves a network out."""
    content = copy.deepcopy(TINY)
    content["networks"] |= networks
    del content["pretraining"]
    content["phases"] = content["phases"][:2]
    if networks.get("encoder", True) is None:
        content["phases"][1]["losses"].pop()
    if networks.get("q_head", True) is None:
        for phase in content["phases"]:
            phase["trains"] = [role for role in phase["trains"] if role != "q_head"]
            phase["losses"] = phase["losses"][:1]
    training = TrainingState(Recipe.model_validate(content), strokes.images, 0, torch.device("cpu"))
    for _ in range(3):
        training.step()
    return training


def diversify(training):
    """Give the condition an effect in every layer, as a long training would."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in training.ema.network.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))


@pytest.mark.parametrize("norm", [{}, {"conditional_norm": "c1"}])
def test_a_label_draws_the_category_that_was_matched_to_it(strokes, tmp_path, norm):
    training = trained(strokes, generator=TINY["networks"]["generator"] | norm)
    diversify(training)
    card = export_run(training, strokes, tmp_path / "tiny.onnx")
    rows = pipeline.balanced_indices(strokes.labels.numpy(), pipeline.MAX_LABELLED, training.seed)
    predicted = alignment.predict_categories(training.networks, "c1", strokes.images[rows])
    order, accuracy = assign_clusters(predicted, strokes.labels.numpy()[rows], 10)
    assert card.alignment.accuracy == accuracy
    assert card.latent["c1"].labels == strokes.label_names
    assert not np.array_equal(order, np.arange(10))
    latents = codes.draw(card.latent, 5, range(10))
    latents[:, 7:] = 0.0  # the continuous codes are permuted too
    latents[:, card.latent.slices["c1"]] = np.eye(10)
    images = OnnxGenerator(tmp_path / "tiny.onnx").generate(latents)
    latents[:, card.latent.slices["c1"]] = np.eye(10)[order]
    expected = generate(training.averaged_generator(), latents)
    assert len({image.tobytes() for image in expected}) == 10
    assert np.abs(images.astype(int) - expected).max() <= 1


@pytest.mark.parametrize(
    "networks",
    [
        {"encoder": None, "q_head": None},
        {"encoder": TINY["networks"]["encoder"] | {"codes": ["c2"]}},
    ],
)
def test_categories_that_no_network_predicts_get_no_labels(strokes, tmp_path, networks, monkeypatch):
    if networks.get("encoder"):
        monkeypatch.setitem(TINY["phases"][1], "losses", TINY["phases"][1]["losses"][:2])
    card = export_run(trained(strokes, **networks), strokes, tmp_path / "tiny.onnx")
    assert card.alignment is None
    assert card.latent["c1"].labels == ()


@pytest.fixture
def largest_batch():
    """The most rows that any module got in a forward pass, as the only element."""
    rows = [0]

    def count(_module, arguments):
        sizes = [a.shape[0] for a in arguments if isinstance(a, torch.Tensor) and a.ndim]
        rows[0] = max([rows[0], *(size for size in sizes if type(size) is int)])  # symbolic while it is exported

    hook = torch.nn.modules.module.register_module_forward_pre_hook(count)
    yield rows
    hook.remove()


def test_no_forward_pass_is_larger_than_a_bound(training, strokes, tmp_path, largest_batch, monkeypatch):
    """Twenty thousand images of 128 x 128 pixels at once would need tens of gigabytes."""
    monkeypatch.setattr(pipeline, "_SAMPLES", MAX_ROWS // 4)  # of each of ten labels: more than one batch
    export_run(training, strokes, tmp_path / "tiny.onnx")
    loop.write_snapshots(training, tmp_path)
    assert 0 < largest_batch[0] <= MAX_ROWS
    test = data.load("strokes", tmp_path, "test")
    classifier = Classifier.trained(test, test, torch.device("cpu"), config=ClassifierConfig(epochs=1, width=8))
    verifier.export_verifier(tmp_path / "strokes.verifier.onnx", classifier, test, test)
    classifier.features(test.images)
    assert largest_batch[0] <= MAX_ROWS
