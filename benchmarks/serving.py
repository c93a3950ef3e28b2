"""A real server for a benchmark to measure: the bundled model, or a stand-in of its shape where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MODELS = Path(__file__).parent.parent / "models"


@dataclass(frozen=True)
class Server:
    """A running service: its process id, its address, and what it serves."""

    pid: int
    host: str
    port: int
    model: str

    def memory(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


@contextmanager
def serving() -> Iterator[Server]:
    """Start the service on a free loopback port, and stop it afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        bundled = any(MODELS.glob("*.onnx"))
        if not bundled:
            _write_stand_in(Path(folder) / "mnist-infogan.onnx")
        environment = {**os.environ, "INKCODE_MODELS": str(MODELS if bundled else folder)}
        command = [sys.executable, "-m", "service", "serve", "--port", "0"]
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            assert process.stdout is not None
            host, _, port = process.stdout.readline().strip().rstrip("/").rpartition("//")[2].rpartition(":")
            yield Server(process.pid, host, int(port), "the bundled model" if bundled else "a stand-in model")
        finally:
            process.terminate()
            process.communicate()


def _write_stand_in(path: Path) -> None:
    """74 -> 64 x 7 x 7 -> 16 x 14 x 14 -> 1 x 28 x 28, random weights: 2 million multiplications an image."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    from latent import Categorical, Continuous, LatentSpec, ModelCard, Noise
    from latent.card import ImageShape, Provenance

    random = np.random.default_rng(0)
    shapes = {"linear": (74, 3136), "conv1": (16, 64, 3, 3), "conv2": (1, 16, 3, 3)}
    constants = {name: random.normal(0, 0.1, shape).astype(np.float32) for name, shape in shapes.items()}
    constants |= {"square": np.array([-1, 64, 7, 7]), "twice": np.array([1, 1, 2, 2], np.float32)}
    constants |= {"half": np.array(127.5, np.float32)}
    nodes = [
        helper.make_node("MatMul", ["latent", "linear"], ["flat"]),
        helper.make_node("Relu", ["flat"], ["bent"]),
        helper.make_node("Reshape", ["bent", "square"], ["small"]),
        helper.make_node("Resize", ["small", "", "twice"], ["up1"], mode="nearest"),
        helper.make_node("Conv", ["up1", "conv1"], ["mid"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["mid"], ["mid_bent"]),
        helper.make_node("Resize", ["mid_bent", "", "twice"], ["up2"], mode="nearest"),
        helper.make_node("Conv", ["up2", "conv2"], ["large"], pads=[1, 1, 1, 1]),
        helper.make_node("Tanh", ["large"], ["bounded"]),
        helper.make_node("Mul", ["bounded", "half"], ["scaled"]),
        helper.make_node("Add", ["scaled", "half"], ["grey"]),
        helper.make_node("Cast", ["grey"], ["images"], to=TensorProto.UINT8),
    ]
    graph = helper.make_graph(
        nodes,
        "stand-in",
        [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["batch", 74])],
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", 1, 28, 28])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    codes = (Categorical(name="c1", size=10, labels=tuple("0123456789")), Continuous(name="c2"), Continuous(name="c3"))
    card = ModelCard(
        name="mnist-infogan",
        system="stand-in",
        latent=LatentSpec(variables=(Noise(size=62), *codes)),
        image=ImageShape(channels=1, height=28, width=28),
        provenance=Provenance(
            recipe="", dataset="", images=0, labels_read=0, seed=0, kimg=0, device="", versions={}, created=""
        ),
    )
    helper.set_model_props(model, card.to_metadata())
    onnx.save(model, path)
