"""Generators of other programs: what becomes a model, and what is refused."""

import io

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from latent import Categorical, Continuous, LatentSpec, Noise
from latent.codes import draw
from service.settings import Settings
from trainer.export import onnx_import
from trainer.export.onnx_adapter import OnnxImportError
from trainer.export.onnx_import import Origin, Pixels, import_generator
from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.networks.output import to_uint8
from trainer.storage.onnx_metadata import read_card

NOISE = LatentSpec(variables=(Noise(size=6),))


class Dcgan(nn.Module):
    """The usual exercise: noise `(n, 6, 1, 1)` -> images float `(n, channels, 8, 8)`."""

    def __init__(self, channels=1, last=nn.Tanh):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(6, 8, 4, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.ConvTranspose2d(8, channels, 4, 2, 1),
            last(),
        )

    def forward(self, noise):
        return self.main(4 * noise)


def exported(network, path, example, **options):
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.4)
    torch.onnx.export(network.eval(), (example,), str(path), dynamo=False, **options)
    return path


def linear(path, dim=6, shape=(1, 4, 4), kind=TensorProto.FLOAT, names=("z", "x"), nodes=(), opset=17, **graph):
    """A generator of one matrix: images `tanh(z W)`, or what `nodes` make of the tensor `flat`."""
    pixels = int(np.prod(shape))
    weights = np.random.default_rng(0).normal(size=(dim, pixels)).astype(helper.tensor_dtype_to_np_dtype(kind))
    constants = {"weights": weights, "shape": np.array([graph.pop("rows", -1), *shape])}
    model = helper.make_model(
        helper.make_graph(
            [
                helper.make_node("MatMul", [names[0], "weights"], ["product"]),
                helper.make_node("Reshape", ["product", "shape"], ["flat"]),
                *(nodes or [helper.make_node("Tanh", ["flat"], [names[1]])]),
            ],
            "generator",
            graph.pop("inputs", [helper.make_tensor_value_info(names[0], kind, [graph.pop("batch", "n"), dim])]),
            graph.pop("outputs", [helper.make_tensor_value_info(names[1], graph.pop("cast", kind), None)]),
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=9,
    )
    onnx.save(model, path, **graph)
    return path


@pytest.mark.filterwarnings("ignore")  # those of torch's older exporter, which most people still have used
@pytest.mark.parametrize(("channels", "last", "low"), [(1, nn.Tanh, -1), (3, nn.Sigmoid, 0)])
def test_a_gan_of_torch_is_served_as_it_generates(tmp_path, serve, channels, last, low):
    network = Dcgan(channels, last)
    path = exported(
        network,
        tmp_path / "foreign.onnx",
        torch.randn(2, 6, 1, 1),
        input_names=["noise"],
        output_names=["fake"],
        dynamic_axes={"noise": {0: "n"}, "fake": {0: "n"}},
    )
    card, found = import_generator(path, NOISE, tmp_path / "models" / "mine.onnx")
    assert found == f"{channels} x 8 x 8, NCHW, float, {low} is black and 1 white"
    model = onnx.load(tmp_path / "models" / "mine.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert read_card(tmp_path / "models" / "mine.onnx") == card
    latents = draw(NOISE, 3, range(7))
    with torch.no_grad():
        images = network(torch.from_numpy(latents)[:, :, None, None])
    expected = to_uint8(images if low else images * 2 - 1).numpy()
    assert expected.std() > 20
    with serve(Settings(models=tmp_path / "models")) as client:
        answer = client.post("/generate", json={"model": "mine", "n": 7, "seed": 3, "format": "npy"})
        assert answer.status_code == 200, answer.text
        served = np.load(io.BytesIO(answer.content))
    served = served[:, None] if channels == 1 else served.transpose(0, 3, 1, 2)
    assert np.abs(served.astype(int) - expected).max() <= 1


@pytest.mark.filterwarnings("ignore")
def test_a_batch_size_that_was_fixed_at_export_becomes_dynamic(tmp_path):
    network = nn.Sequential(nn.Linear(6, 16), nn.Unflatten(1, (1, 4, 4)), nn.Tanh())
    path = exported(network, tmp_path / "fixed.onnx", torch.randn(1, 6))
    import_generator(path, NOISE, tmp_path / "mine.onnx")
    latents = draw(NOISE, 0, range(5))
    with torch.no_grad():
        expected = to_uint8(network(torch.from_numpy(latents))).numpy()
    assert np.abs(OnnxGenerator(tmp_path / "mine.onnx").generate(latents).astype(int) - expected).max() <= 1


CAST = [
    helper.make_node("Tanh", ["flat"], ["t"]),
    helper.make_node("Abs", ["t"], ["a"]),
    helper.make_node("Mul", ["a", "a"], ["b"]),
]


@pytest.mark.parametrize(
    ("graph", "size", "found"),
    [
        ({}, (1, 4, 4), "NCHW, float, -1 is black"),
        ({"shape": (4, 5, 3)}, (3, 4, 5), "NHWC, float, -1 is black"),
        ({"shape": (4, 5, 1)}, (1, 4, 5), "NHWC, float, -1 is black"),
        ({"nodes": [helper.make_node("Sigmoid", ["flat"], ["x"])]}, (1, 4, 4), "float, 0 is black and 1 white"),
        (
            {"nodes": [*CAST, helper.make_node("Cast", ["b"], ["x"], to=TensorProto.UINT8)], "cast": TensorProto.UINT8},
            (1, 4, 4),
            "NCHW, uint8",
        ),
        ({"kind": TensorProto.DOUBLE}, (1, 4, 4), "NCHW, float, -1 is black"),
        ({"names": ("latent", "images")}, (1, 4, 4), "NCHW"),
        ({"names": ("images", "latent")}, (1, 4, 4), "NCHW"),
        ({"opset": 9}, (1, 4, 4), "NCHW"),
        ({"batch": 1, "rows": 1}, (1, 4, 4), "NCHW"),
        ({"save_as_external_data": True, "location": "weights.bin", "size_threshold": 0}, (1, 4, 4), "NCHW"),
    ],
)
def test_forms_of_input_and_output(tmp_path, graph, size, found):
    source = linear(tmp_path / "foreign.onnx", **graph)
    card, description = import_generator(source, NOISE, tmp_path / "to" / "mine.onnx")
    assert (card.image.channels, card.image.height, card.image.width) == size
    assert found in description
    for path in (source, tmp_path / "weights.bin"):
        path.unlink(missing_ok=True)  # the model needs neither
    images = OnnxGenerator(tmp_path / "to" / "mine.onnx").generate(draw(NOISE, 0, range(70)))
    assert images.shape == (70, *size)
    model = onnx.load(tmp_path / "to" / "mine.onnx")
    assert [value.name for value in (*model.graph.input, *model.graph.output)] == ["latent", "images"]


def test_the_axes_of_nhwc_are_exchanged_and_the_range_is_mapped(tmp_path):
    source = linear(tmp_path / "foreign.onnx", shape=(4, 5, 3))
    import_generator(source, NOISE, tmp_path / "mine.onnx")
    latents = draw(NOISE, 0, range(3))
    weights = np.random.default_rng(0).normal(size=(6, 60)).astype(np.float32)
    expected = ((np.tanh(latents @ weights) + 1) * 127.5).reshape(3, 4, 5, 3).transpose(0, 3, 1, 2)
    assert np.abs(OnnxGenerator(tmp_path / "mine.onnx").generate(latents) - expected).max() <= 0.51


def test_a_range_that_is_given_is_clipped(tmp_path):
    source = linear(tmp_path / "foreign.onnx", nodes=[helper.make_node("Identity", ["flat"], ["x"])])
    with pytest.raises(OnnxImportError, match="--range BLACK WHITE"):
        import_generator(source, NOISE, tmp_path / "mine.onnx")
    for nothing in ((1, 1), (0, float("nan"))):
        with pytest.raises(OnnxImportError, match="must be two different numbers"):
            import_generator(source, NOISE, tmp_path / "mine.onnx", Pixels(range=nothing))
    import_generator(source, NOISE, tmp_path / "mine.onnx", Pixels(range=(1, -1)))
    weights = np.random.default_rng(0).normal(size=(6, 16)).astype(np.float32)
    latents = draw(NOISE, 0, range(3))
    expected = np.clip((1 - latents @ weights) * 127.5, 0, 255).reshape(3, 1, 4, 4)
    assert np.abs(OnnxGenerator(tmp_path / "mine.onnx").generate(latents) - expected).max() <= 0.51


def test_codes_and_origin_stand_in_the_card(tmp_path):
    spec = LatentSpec(
        variables=(Noise(size=3), Categorical(name="c1", size=2, labels=("a", "b")), Continuous(name="c2"))
    )
    origin = Origin("stylegan", "mnist", "by somebody")
    card, _ = import_generator(linear(tmp_path / "foreign.onnx"), spec, tmp_path / "mine.onnx", origin=origin)
    assert (card.name, card.system, card.latent) == ("mine", "stylegan", spec)
    assert (card.provenance.dataset, card.provenance.notice) == ("mnist", "by somebody")


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


IN_TRAINING = [
    helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[0]),
    helper.make_node("Sub", ["flat", "mean"], ["centred"]),
    helper.make_node("Tanh", ["centred"], ["x"]),
]


@pytest.mark.parametrize(
    ("graph", "reason"),
    [
        ({"dim": 7}, r"the latent z\[6\] has 6 numbers, but the input 'z' takes 7"),
        ({"inputs": [value("z", ["n", 6]), value("y", ["n"])]}, "must have one input, the latent; it has z, y"),
        ({"inputs": [value("z", ["n", 6], TensorProto.INT64)]}, r"not a valid|int64 \(\?, 6\): it must be float"),
        ({"inputs": [value("z", ["n", 6, 2])]}, r"the input 'z' is float \(\?, 6, 2\): it must be float"),
        ({"outputs": [value("x", None), value("flat", None)]}, "has the outputs x, flat: name that of the images"),
        ({"shape": (16,)}, r"64 images are float32 \(64, 16\): neither NCHW nor NHWC"),
        ({"shape": (2, 4, 2)}, "neither NCHW nor NHWC"),
        ({"nodes": [helper.make_node("Log", ["flat"], ["x"])]}, "not finite"),
        ({"nodes": IN_TRAINING}, "differs from the same image alone by .* exported in evaluation mode"),
        ({"nodes": [helper.make_node("Mystery", ["flat"], ["x"], domain="mine")]}, "ONNX Runtime cannot|not a valid"),
    ],
)
def test_what_is_no_generator_is_refused_and_nothing_is_written(tmp_path, graph, reason):
    with pytest.raises(OnnxImportError, match=reason):
        import_generator(linear(tmp_path / "foreign.onnx", **graph), NOISE, tmp_path / "to" / "mine.onnx")
    assert not (tmp_path / "to" / "mine.onnx").exists()
    assert list(tmp_path.glob("**/*.tmp")) == []


def test_a_file_that_is_not_onnx_or_lacks_its_weights_is_refused(tmp_path):
    (tmp_path / "page.onnx").write_bytes(b"<html>")
    with pytest.raises(OnnxImportError, match=r"page\.onnx: not a valid ONNX file"):
        import_generator(tmp_path / "page.onnx", NOISE, tmp_path / "mine.onnx")
    path = linear(tmp_path / "a.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
    (tmp_path / "weights.bin").unlink()
    with pytest.raises((OnnxImportError, FileNotFoundError), match=r"weights\.bin"):
        import_generator(path, NOISE, tmp_path / "mine.onnx")


@pytest.mark.parametrize("name", ["mine.bin", "mine.encoder.onnx", "my model.onnx"])
def test_a_name_that_no_model_can_have_is_refused(tmp_path, name):
    with pytest.raises(OnnxImportError, match=r"must be the .onnx file of a generator|card field name"):
        import_generator(linear(tmp_path / "foreign.onnx"), NOISE, tmp_path / name)


def test_a_model_that_exists_stays_when_its_replacement_fails(tmp_path, monkeypatch):
    target = tmp_path / "mine.onnx"
    import_generator(linear(tmp_path / "foreign.onnx"), NOISE, target)
    before = target.read_bytes()

    def fail(_path):
        raise OnnxImportError("no")

    monkeypatch.setattr(onnx_import, "_check", fail)
    with pytest.raises(OnnxImportError, match="no"):
        import_generator(linear(tmp_path / "foreign.onnx", shape=(1, 2, 2)), NOISE, target)
    assert target.read_bytes() == before
