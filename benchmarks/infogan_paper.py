"""The generator of the InfoGAN paper (Chen et al. 2016, table 1) with random weights, to measure its speed.

Fully connected 74 -> 1024 -> 7 * 7 * 128, then 4 x 4 transposed convolutions of stride 2 to 64 channels and to 1.
BatchNorm is folded into the weights, as in the exported generators.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DIM, HIDDEN, CHANNELS, SIDE = 74, 1024, 128, 7


def write(path: Path) -> None:
    """Write the file: `latent` float32 `(batch, 74)` -> `images` uint8 `(batch, 1, 28, 28)`."""
    rng = np.random.default_rng(0)
    shapes = {
        "first": (DIM, HIDDEN),
        "second": (HIDDEN, CHANNELS * SIDE * SIDE),
        "third": (CHANNELS, CHANNELS // 2, 4, 4),
        "fourth": (CHANNELS // 2, 1, 4, 4),
    }
    constants = {name: (0.02 * rng.standard_normal(shape)).astype(np.float32) for name, shape in shapes.items()}
    outputs = {"first": HIDDEN, "second": CHANNELS * SIDE * SIDE, "third": CHANNELS // 2, "fourth": 1}
    constants |= {f"{name}.bias": np.zeros(size, np.float32) for name, size in outputs.items()}
    constants |= {
        "shape": np.array([-1, CHANNELS, SIDE, SIDE]),
        "one": np.array(1, np.float32),
        "half": np.array(127.5, np.float32),
    }
    up = {"strides": [2, 2], "pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Gemm", ["latent", "first", "first.bias"], ["a"]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Gemm", ["b", "second", "second.bias"], ["c"]),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("Reshape", ["d", "shape"], ["e"]),
        helper.make_node("ConvTranspose", ["e", "third", "third.bias"], ["f"], **up),
        helper.make_node("Relu", ["f"], ["g"]),
        helper.make_node("ConvTranspose", ["g", "fourth", "fourth.bias"], ["h"], **up),
        helper.make_node("Tanh", ["h"], ["i"]),
        helper.make_node("Add", ["i", "one"], ["j"]),
        helper.make_node("Mul", ["j", "half"], ["k"]),
        helper.make_node("Round", ["k"], ["l"]),
        helper.make_node("Cast", ["l"], ["images"], to=TensorProto.UINT8),
    ]
    graph = helper.make_graph(
        nodes,
        "infogan",
        [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["batch", DIM])],
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", 1, 4 * SIDE, 4 * SIDE])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
