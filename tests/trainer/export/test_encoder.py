import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from latent import LatentSpec
from latent.encoder import GENERATOR_KEY
from latent.onnx_file import graph_sha256
from tests.trainer.conftest import TINY
from trainer.config.recipe import Recipe
from trainer.data.sampler import to_float
from trainer.export import encoder
from trainer.export.alignment import CodePermutation
from trainer.training.state import TrainingState

ORDER = np.array([3, 1, 4, 0, 5, 9, 2, 6, 8, 7])
PERMUTATION = CodePermutation({"c1": ORDER}, {"c2": ("c3", -1), "c3": ("c2", 1)})


@pytest.fixture(scope="module")
def trained(strokes):
    """A run whose weights and statistics are not the initial ones."""
    training = TrainingState(Recipe.model_validate(TINY), strokes.images, seed=3, device=torch.device("cpu"))
    torch.manual_seed(0)
    for _ in range(3):
        training.step()
    return training


@pytest.fixture(scope="module")
def written(trained, make_generator, tmp_path_factory):
    generator = make_generator(tmp_path_factory.mktemp("export") / "strokes.onnx")
    path = encoder.export_encoder(generator, trained.networks, trained.recipe.latent, trained.shape, PERMUTATION)
    return generator, path


@torch.no_grad()
def test_it_predicts_what_the_networks_predict_permuted_as_the_generator_is(written, trained, strokes):
    session = onnxruntime.InferenceSession(written[1], providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    assert names == ["c1", "c2", "c2_log_variance", "c3", "c3_log_variance"]
    images = strokes.images[:7]
    outputs = dict(zip(names, session.run(names, {"images": images.numpy()}), strict=True))
    networks = trained.networks.eval()
    real = to_float(images)
    categories = networks["encoder"](real).codes["c1"].softmax(1).numpy()
    codes = networks["q_head"](networks["discriminator"](real).features)
    np.testing.assert_allclose(outputs["c1"], categories[:, ORDER], atol=1e-4)
    np.testing.assert_allclose(outputs["c2"], -codes["c3"][:, :1].numpy(), atol=1e-4)
    np.testing.assert_allclose(outputs["c2_log_variance"], codes["c3"][:, 1:].numpy(), atol=1e-4)
    np.testing.assert_allclose(outputs["c3"], codes["c2"][:, :1].numpy(), atol=1e-4)


def test_it_names_its_generator(written):
    generator, path = written
    assert path.name == "strokes.encoder.onnx"
    metadata = {p.key: p.value for p in onnx.load_model(path).metadata_props}
    assert metadata[GENERATOR_KEY] == graph_sha256(generator.read_bytes())


def test_a_run_without_codes_has_no_encoder(training, tmp_path):
    noise = LatentSpec(variables=training.recipe.latent.variables[:1])
    del training.networks["encoder"], training.networks["q_head"]
    path = encoder.export_encoder(tmp_path / "x.onnx", training.networks, noise, training.shape, CodePermutation())
    assert path is None
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_onnx_runtime_computes_differently_is_not_published(training, tmp_path, monkeypatch):
    (tmp_path / "x.onnx").write_bytes(b"")
    monkeypatch.setattr(encoder, "_TOLERANCE", -1.0)  # no difference is small enough
    with pytest.raises(encoder.ParityError, match="predicts c1 differently"):
        encoder.export_encoder(
            tmp_path / "x.onnx", training.networks, training.recipe.latent, training.shape, CodePermutation()
        )
    assert [path.name for path in tmp_path.iterdir()] == ["x.onnx"]
