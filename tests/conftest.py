"""Small ONNX models for tests: a generator whose pixels encode the latent, its encoder and its verifier; a service."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import numpy as np
import onnx
import pytest
import uvicorn
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from latent import Categorical, Continuous, LatentSpec, ModelCard, Noise, VerifierCard
from latent.card import ImageShape, Provenance
from latent.encoder import GENERATOR_KEY
from service.__main__ import UVICORN
from service.app import create_app
from service.http.policies.policy import Policy
from service.server.choose_protocol import choose_protocol
from service.settings import Settings

STEP = 20.0  # grey levels per 1.0 of a latent
ZERO = 128.0  # grey level of 0.0
SIGMA = 0.25  # standard deviation that the encoder gives for `c2`

MNIST = LatentSpec(
    variables=(
        Noise(size=62),
        Categorical(name="c1", size=10, labels=tuple("0123456789")),
        Continuous(name="c2", factor="slant"),
        Continuous(name="c3"),
    )
)

PROVENANCE = Provenance(
    recipe="none",
    dataset="none",
    images=0,
    labels_read=0,
    seed=0,
    kimg=0,
    device="cpu",
    versions={},
    created="2026-01-01",
)

MakeGenerator = Callable[..., Path]


@pytest.fixture(scope="session")
def mnist() -> LatentSpec:
    """The latent of the bundled model: z[62] + c1[10] + c2 + c3."""
    return MNIST


@pytest.fixture(scope="session")
def make_generator() -> MakeGenerator:
    """Writes a generator whose images have `height` equal rows of `STEP * latent + ZERO`.

    `card` overrides fields of the card; None writes no card. `graph` overrides arguments of `_model`.
    """

    def make(
        path: Path,
        spec: LatentSpec = MNIST,
        channels: int = 1,
        height: int = 2,
        card: Mapping[str, Any] | None = MappingProxyType({}),
        graph: dict[str, Any] | None = None,
    ) -> Path:
        path.parent.mkdir(exist_ok=True, parents=True)
        model = _model(**{"dim": spec.dim, "channels": channels, "height": height} | (graph or {}))
        if card is not None:
            fields = {"name": path.stem, "system": "test", "latent": spec, "provenance": PROVENANCE}
            fields["image"] = ImageShape(channels=channels, height=height, width=spec.dim)
            helper.set_model_props(model, ModelCard(**fields | dict(card)).to_metadata())
        onnx.save(model, path)
        return path

    return make


def _model(
    dim: int,
    channels: int,
    height: int,
    batch: str | int = "batch",
    latent: str = "latent",
    images: str = "images",
    pieces: int = 1,
    kind: int = TensorProto.FLOAT,
    cast: int = TensorProto.UINT8,
) -> onnx.ModelProto:
    constants = {
        "step": np.array(STEP, np.float32 if kind == TensorProto.FLOAT else np.float64),
        "zero": np.array(ZERO, np.float32 if kind == TensorProto.FLOAT else np.float64),
        "shape": np.array([-1, 1, 1, dim * pieces]),
        "tiles": np.array([1, channels, height, 1]),
    }
    nodes = [
        helper.make_node("Mul", [latent, "step"], ["scaled"]),
        helper.make_node("Add", ["scaled", "zero"], ["moved"]),
        helper.make_node("Round", ["moved"], ["whole"]),
        helper.make_node("Cast", ["whole"], ["pixels"], to=cast),
        helper.make_node("Reshape", ["pixels", "shape"], ["line"]),
        helper.make_node("Tile", ["line", "tiles"], [images]),
    ]
    graph = helper.make_graph(
        nodes,
        "generator",
        [helper.make_tensor_value_info(latent, kind, [batch, dim])],
        [helper.make_tensor_value_info(images, cast, [batch, channels, height, "width"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def verifier(path: Path, card: Mapping[str, Any] | None = MappingProxyType({}), **graph: Any) -> Path:
    """Writes a verifier for `make_generator`: it classifies correctly, and wrongly if `z.0` is below 0.

    `card` overrides fields of the card; None writes no card. `graph` overrides the output's name.
    """
    path.parent.mkdir(exist_ok=True, parents=True)
    outputs = graph.get("outputs", "probabilities")
    constants = {
        "zero": np.array(ZERO, np.float32),
        "axes": np.array([2, 3]),
        "label": np.array([0, 62]),
        "after": np.array([1, 72]),
        "noise": np.array([0, 0]),
        "next": np.array([1, 1]),
        "flat": np.array([0, -1]),
    }
    nodes = [
        helper.make_node("Cast", ["images"], ["grey"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["grey", "zero"], ["signed"]),
        helper.make_node("Slice", ["signed", "label", "after", "axes"], ["labels"]),
        helper.make_node("Slice", ["signed", "noise", "next", "axes"], ["sign"]),
        helper.make_node("Mul", ["labels", "sign"], ["scores"]),
        helper.make_node("Reshape", ["scores", "flat"], ["rows"]),
        helper.make_node("Softmax", ["rows"], [outputs], axis=1),
    ]
    image = ImageShape(channels=1, height=2, width=MNIST.dim)
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "verifier",
            [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", 1, 2, MNIST.dim])],
            [helper.make_tensor_value_info(outputs, TensorProto.FLOAT, ["batch", 10])],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
    )
    if card is not None:
        fields = {"name": "judge", "dataset": "none", "labels": tuple("0123456789"), "image": image}
        verifier_card = VerifierCard(**fields | {"accuracy": 0.99, "test_images": 100} | dict(card))
        helper.set_model_props(model, verifier_card.to_metadata())
    onnx.save(model, path)
    return path


@pytest.fixture(scope="session")
def make_verifier() -> Callable[..., Path]:
    """Writes a verifier; see `verifier`."""
    return verifier


def encoder(path: Path, generator: Path, digest: str = "", **outputs: str) -> Path:
    """Writes the encoder of a generator with the latent `MNIST`: it recovers the codes with an error of up to 1/40.

    `digest` replaces the generator's digest; `outputs` renames outputs.
    """
    constants = {
        "zero": np.array(ZERO, np.float32),
        "step": np.array(STEP, np.float32),
        "flat": np.array([0, -1]),
        "axes": np.array([1]),
        "scale": np.array(10, np.float32),
        "nothing": np.array(0, np.float32),
        "log_variance": np.array(2 * np.log(SIGMA), np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["images"], ["grey"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["grey", "zero"], ["signed"]),
        helper.make_node("Div", ["signed", "step"], ["scaled"]),
        helper.make_node("Reshape", ["scaled", "flat"], ["vectors"]),
    ]
    widths = {"c1": 10, "c2": 1, "c2_log_variance": 1, "c3": 1}
    outputs = {name: name for name in widths} | outputs
    for name, (start, stop) in {"one_hot": (62, 72), "c2": (72, 73), "c3": (73, 74)}.items():
        constants |= {f"{name}_start": np.array([start]), f"{name}_stop": np.array([stop])}
        to = outputs.get(name, name)
        nodes.append(helper.make_node("Slice", ["vectors", f"{name}_start", f"{name}_stop", "axes"], [to]))
    nodes += [
        helper.make_node("Mul", ["one_hot", "scale"], ["scores"]),
        helper.make_node("Softmax", ["scores"], [outputs["c1"]], axis=1),
        helper.make_node("Mul", [outputs["c2"], "nothing"], ["zeros"]),
        helper.make_node("Add", ["zeros", "log_variance"], [outputs["c2_log_variance"]]),
    ]
    graph = helper.make_graph(
        nodes,
        "encoder",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", 1, 2, MNIST.dim])],
        [helper.make_tensor_value_info(outputs[name], TensorProto.FLOAT, ["batch", n]) for name, n in widths.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, {GENERATOR_KEY: digest or hashlib.sha256(generator.read_bytes()).hexdigest()})
    onnx.save(model, path)
    return path


@pytest.fixture(scope="session")
def make_encoder() -> Callable[..., Path]:
    """Writes an encoder; see `encoder`."""
    return encoder


@pytest.fixture(scope="session")
def latents_of() -> Callable[[Any], NDArray[np.float64]]:
    """Recovers latents from images of a test generator, `(n, H, W[, 3])` -> `(n, dim)`, with an error of up to 1/40."""

    def read(images: Any) -> NDArray[np.float64]:
        lines = np.asarray(images)[:, 0]
        grey = lines[..., 0] if lines.ndim == 3 else lines
        return (grey.astype(np.float64) - ZERO) / STEP

    return read


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory, make_generator: MakeGenerator) -> Path:
    """A folder of three valid generators: `MNIST` with an encoder, one in colour, one with noise only."""
    folder = tmp_path_factory.mktemp("models")
    encoder(folder / "mnist-infogan.encoder.onnx", make_generator(folder / "mnist-infogan.onnx"))
    colour = LatentSpec(
        variables=(Noise(size=4), Categorical(name="shape", size=3), Continuous(name="tone", low=0, high=2))
    )
    make_generator(folder / "colour.onnx", colour, channels=3, height=3)
    make_generator(folder / "noise.onnx", LatentSpec(variables=(Noise(size=5),)))
    return folder


@contextmanager
def served(config: uvicorn.Config) -> Iterator[httpx.Client]:
    """An app that uvicorn serves on a loopback port, in a thread, and a client of it."""
    listening = socket.create_server(("127.0.0.1", 0))  # connections are queued here until the server is up
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


def running(settings: Settings, *policies: Policy) -> AbstractContextManager[httpx.Client]:
    """The service on a loopback port, with these policies beside its own, and a client of it."""
    return served(uvicorn.Config(create_app(settings, policies), http=choose_protocol(), **UVICORN))


@pytest.fixture(scope="session")
def serve() -> Callable[[Settings], AbstractContextManager[httpx.Client]]:
    """A context manager that runs a service with given settings and gives a client."""
    return running


@pytest.fixture(scope="session")
def client(models: Path) -> Iterator[httpx.Client]:
    """A client of a service of the models in `models`."""
    with running(Settings(models=models)) as client:
        yield client
