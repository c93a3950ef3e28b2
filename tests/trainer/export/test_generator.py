from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from latent import codes
from tests.latent.test_card import CARD
from trainer.export import generator as generator_export
from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.networks.batchnorm_calibration import calibrate_batchnorm
from trainer.networks.conv import ConvGenerator
from trainer.networks.output import to_uint8
from trainer.storage.onnx_metadata import read_card


@pytest.fixture(scope="module")
def generator():
    """Like a trained one: its images use all grey levels, and its BatchNorm statistics are not the initial ones."""
    torch.manual_seed(0)
    network = ConvGenerator(kind="conv", hidden=16, channels=(8, 6)).build(CARD.latent, CARD.image)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return calibrate_batchnorm(network, CARD.latent, batches=2, batch=100)


@pytest.fixture(scope="module")
def path(generator, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "mnist-infogan.onnx"
    generator_export.export_generator(path, generator, CARD)
    return path


@pytest.mark.parametrize("batch", [1, 2, 3, 64, 100])
def test_onnx_runtime_generates_what_torch_generates_at_any_batch_size(generator, path, batch):
    latents = codes.draw(CARD.latent, 9, range(batch))
    with torch.no_grad():
        expected = to_uint8(generator(torch.from_numpy(latents))).numpy()
    images = OnnxGenerator(path).generate(latents, batch)
    assert images.dtype == np.uint8
    assert images.std() > 20
    assert np.abs(images.astype(int) - expected).max() <= 1


def test_the_file_is_complete(path):
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert "BatchNormalization" not in {node.op_type for node in model.graph.node}
    (latent,), (images,) = model.graph.input, model.graph.output
    assert (latent.name, images.name) == ("latent", "images")
    assert latent.type.tensor_type.shape.dim[0].dim_param == "batch"
    assert [d.dim_value for d in images.type.tensor_type.shape.dim[1:]] == [1, 28, 28]
    assert read_card(path) == CARD


def test_the_file_contains_no_path_of_the_machine(path):
    assert str(Path(generator_export.__file__).parent).encode() not in path.read_bytes()


def test_a_file_that_generates_other_images_is_not_published(generator, tmp_path, monkeypatch):
    monkeypatch.setattr(
        OnnxGenerator, "generate", lambda _self, latents, _batch: np.zeros((len(latents), 1, 28, 28), np.uint8)
    )
    with pytest.raises(generator_export.ParityError, match="batch 1: ONNX Runtime differs from torch by"):
        generator_export.export_generator(tmp_path / "x.onnx", generator, CARD)
    assert list(tmp_path.iterdir()) == []
