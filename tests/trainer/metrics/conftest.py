"""A generator that draws strokes exactly, and a classifier of strokes that trains in seconds."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from latent import Categorical, Continuous, LatentSpec, ModelCard, Noise
from latent.card import ImageShape, Provenance
from trainer import data
from trainer.data.partition import hold_out_validation
from trainer.data.strokes import SIZE, draw
from trainer.metrics import judge
from trainer.metrics.classifier import Classifier, ClassifierConfig
from trainer.storage.onnx_metadata import write_generator_digest

SPEC = LatentSpec(
    variables=(
        Noise(size=2),
        Categorical(name="c1", size=10, labels=tuple("0123456789")),
        Continuous(name="c2"),
        Continuous(name="c3"),
    )
)


@pytest.fixture(scope="session")
def spec():
    return SPEC


@pytest.fixture(scope="session")
def config():
    return ClassifierConfig(epochs=3, batch=64, width=16, learning_rate=0.02)


@pytest.fixture(scope="session")
def stroke_test(tmp_path_factory):
    return data.load("strokes", tmp_path_factory.mktemp("data"), "test")


@pytest.fixture(scope="session")
def classifiers(tmp_path_factory):
    """The cache of trained classifiers."""
    return tmp_path_factory.mktemp("root") / "classifiers"


@pytest.fixture(scope="session")
def parts(strokes):
    return judge.divide(*hold_out_validation(strokes))


@pytest.fixture(scope="session")
def classifier(parts, classifiers, config):
    """The judge of strokes."""
    return Classifier.load_or_train(parts.judge, parts.validation, classifiers, torch.device("cpu"), config=config)


@pytest.fixture
def make_stroke_generator(tmp_path):
    """Writes a generator whose category `k` draws `digits[k]`, thicker with `c2`; other variables have no effect."""

    def make(spec=SPEC, digits=range(10)):
        thin, thick = (
            draw(np.array(digits), slant=0.1, thickness=t, width=9.0).reshape(-1, SIZE**2).astype(np.float32)
            for t in (2.0, 3.0)
        )
        weight = np.zeros((spec.dim, SIZE**2), np.float32)
        if "c1" in spec:
            weight[spec.slices["c1"]] = (thin + thick) / 2
            weight[spec.slices["c2"]] = (thick - thin).mean(axis=0)
        path = tmp_path / "strokes.onnx"
        card = ModelCard(
            name="strokes",
            system="test",
            latent=spec,
            image=ImageShape(channels=1, height=SIZE, width=SIZE),
            provenance=Provenance(
                recipe="none",
                dataset="strokes",
                images=0,
                labels_read=0,
                seed=0,
                kimg=0,
                device="cpu",
                versions={},
                created="2026-01-01",
            ),
        )
        model = _linear(weight)
        helper.set_model_props(model, card.to_metadata())
        onnx.save(model, path)
        return path

    return make


@pytest.fixture
def make_stroke_encoder(tmp_path):
    """Writes an encoder beside a generator: `c1` is the nearest of ten digits, and `c2` does not depend on the image.

    The probabilities of `c1` are almost 0 or 1; `c2` is a Gaussian with the mean and variance of the prior.
    """

    def make(name="strokes"):
        digits = draw(np.arange(10), slant=0.1, thickness=2.5, width=9.0).reshape(10, SIZE**2).astype(np.float32)
        constants = {
            "shape": np.array([-1, SIZE**2]),
            "digits": digits.T / 1000,
            "norms": -(digits**2).sum(axis=1) / 2000,
            "zero": np.zeros((SIZE**2, 1), np.float32),
            "third": np.log(np.float32([1 / 3])),
        }
        outputs = {"c1": 10, "c2": 1, "c2_log_variance": 1}
        nodes = [
            helper.make_node("Cast", ["images"], ["pixels"], to=TensorProto.FLOAT),
            helper.make_node("Reshape", ["pixels", "shape"], ["flat"]),
            helper.make_node("MatMul", ["flat", "digits"], ["products"]),
            helper.make_node("Add", ["products", "norms"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["c1"], axis=1),
            helper.make_node("MatMul", ["flat", "zero"], ["c2"]),
            helper.make_node("Add", ["c2", "third"], ["c2_log_variance"]),
        ]
        graph = helper.make_graph(
            nodes,
            "encoder",
            [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", 1, SIZE, SIZE])],
            [helper.make_tensor_value_info(o, TensorProto.FLOAT, ["batch", n]) for o, n in outputs.items()],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        )
        path = tmp_path / f"{name}.encoder.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
        write_generator_digest(path, tmp_path / f"{name}.onnx")
        return path

    return make


@pytest.fixture
def encoder_file(make_stroke_generator, make_stroke_encoder):
    """The file of an encoder beside its generator."""
    make_stroke_generator()
    return make_stroke_encoder()


def _linear(weight: np.ndarray) -> onnx.ModelProto:
    constants = {
        "weight": weight,
        "low": np.float32(0),
        "high": np.float32(255),
        "shape": np.array([-1, 1, SIZE, SIZE]),
    }
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["latent", "weight"], ["ink"]),
            helper.make_node("Clip", ["ink", "low", "high"], ["clipped"]),
            helper.make_node("Cast", ["clipped"], ["pixels"], to=TensorProto.UINT8),
            helper.make_node("Reshape", ["pixels", "shape"], ["images"]),
        ],
        "strokes",
        [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["batch", len(weight)])],
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", 1, SIZE, SIZE])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
