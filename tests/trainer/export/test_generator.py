from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from latent import codes
from tests.latent.test_card import CARD
from trainer.export import generator as generator_export
from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.storage.onnx_metadata import read_card
from trainer.networks.conv import ConvGenerator
from trainer.networks.output import to_uint8


@pytest.fixture(scope="module")
def generator():
    """Trained-looking: weights that fill the grey range, BatchNorm statistics far from the identity."""
    torch.manual_seed(0)
    network = ConvGenerator(kind="conv", hidden=16, channels=(8, 6)).build(CARD.latent, CARD.image)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return generator_export.calibrate_batchnorm(network, CARD.latent, batches=2, batch=100)


@pytest.fixture(scope="module")
def path(generator, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "mnist-infogan.onnx"
    generator_export.export(path, generator, CARD)
    return path


@pytest.mark.parametrize("batch", [1, 2, 3, 64, 100])
def test_onnx_draws_what_torch_draws_at_any_batch(generator, path, batch):
    latents = codes.draw(CARD.latent, 9, range(batch))
    with torch.no_grad():
        expected = to_uint8(generator(torch.from_numpy(latents))).numpy()
    images = OnnxGenerator(path).images(latents, batch)
    assert images.dtype == np.uint8
    assert images.std() > 20
    assert np.abs(images.astype(int) - expected).max() <= 1


def test_the_file_is_whole(path):
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert "BatchNormalization" not in {node.op_type for node in model.graph.node}
    (latent,), (images,) = model.graph.input, model.graph.output
    assert (latent.name, images.name) == ("latent", "images")
    assert latent.type.tensor_type.shape.dim[0].dim_param == "batch"
    assert [d.dim_value for d in images.type.tensor_type.shape.dim[1:]] == [1, 28, 28]
    assert read_card(path) == CARD


def test_the_file_does_not_tell_where_it_was_made(path):
    assert str(Path(generator_export.__file__).parent).encode() not in path.read_bytes()


def test_calibrated_statistics_are_those_of_the_activations(generator):
    latents = torch.from_numpy(codes.draw(CARD.latent, 77, range(2000)))
    with torch.no_grad():
        normalised = generator.layers[:2](latents)
    norm = generator.layers[1]
    torch.testing.assert_close(normalised.mean(0), norm.bias, atol=0.3, rtol=0)
    torch.testing.assert_close(normalised.std(0), norm.weight.abs(), atol=0.1, rtol=0.2)


def test_a_file_that_draws_otherwise_is_not_published(generator, tmp_path, monkeypatch):
    monkeypatch.setattr(
        OnnxGenerator, "images", lambda _self, latents, _batch: np.zeros((len(latents), 1, 28, 28), np.uint8)
    )
    with pytest.raises(generator_export.ParityError, match="batch 1: ONNX Runtime differs from torch by"):
        generator_export.export(tmp_path / "x.onnx", generator, CARD)
    assert list(tmp_path.iterdir()) == []
