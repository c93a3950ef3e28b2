"""A small model with a line frame, a style and a character's own noise, and its encoder.

Its glyphs are bars at the places of their characters on the line: 48 by 48, the baseline after row 31, x-height 12. A
bar is 16 wide if `style.0` is above 0, else 8; its grey level is 255 if `z.0` is above 0, else 160.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from latent import Categorical, Continuous, LatentSpec, ModelCard, Noise
from latent.card import ImageShape, LineFrame
from latent.encoder import GENERATOR_KEY
from tests.conftest import PROVENANCE

SIDE, BASELINE, X_HEIGHT = 48, 32, 12
FRAME = LineFrame(baseline=BASELINE / SIDE, x_height=X_HEIGHT / SIDE)
WIDE, NARROW = 16, 8
DARK, LIGHT = 255, 160

EXTENTS = {
    **dict.fromkeys("aceimnorsuvwxz", (20, 32)),
    **dict.fromkeys("bdfhkltABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!?", (8, 32)),
    **dict.fromkeys("gjpqy", (20, 44)),
    **dict.fromkeys(".,:;", (28, 32)),
    **dict.fromkeys("-", (24, 28)),
    **dict.fromkeys("'\"", (8, 14)),
}
"""The first and after the last row of each character's bar."""

LABELS = tuple(sorted(EXTENTS))

FRAMED = LatentSpec(
    variables=(
        Noise(size=3, name="style"),
        Noise(size=2),
        Categorical(name="c1", size=len(LABELS), labels=LABELS),
        Continuous(name="c2", factor="slant"),
        Continuous(name="c3", factor="width"),
    )
)


def glyph(character: str, width: int = NARROW, grey: int = DARK) -> NDArray[np.uint8]:
    """The picture of a character, uint8 `(48, 48)`."""
    top, bottom = EXTENTS[character]
    picture = np.zeros((SIDE, SIDE), np.uint8)
    picture[top:bottom, (SIDE - width) // 2 : (SIDE + width) // 2] = grey
    return picture


def framed_generator(path: Path) -> Path:
    """Writes the generator: it looks its glyphs up in a table."""
    table = [glyph(label, width, grey) for label in LABELS for width in (NARROW, WIDE) for grey in (LIGHT, DARK)]
    constants = {
        "table": np.array(table)[:, None],
        "axes": np.array([1]),
        "zero": np.array(0, np.float32),
        "four": np.array(4),
        "two": np.array(2),
        "flat": np.array([-1]),
    }
    nodes = []
    for name in ("style", "z"):
        start = FRAMED.slices[name].start
        constants |= {f"{name}_start": np.array([start]), f"{name}_stop": np.array([start + 1])}
        nodes += [
            helper.make_node("Slice", ["latent", f"{name}_start", f"{name}_stop", "axes"], [name]),
            helper.make_node("Greater", [name, "zero"], [f"{name}_is_positive"]),
            helper.make_node("Cast", [f"{name}_is_positive"], [f"{name}_column"], to=TensorProto.INT64),
            helper.make_node("Reshape", [f"{name}_column", "flat"], [f"{name}_number"]),
        ]
    columns = FRAMED.slices["c1"]
    constants |= {"c1_start": np.array([columns.start]), "c1_stop": np.array([columns.stop])}
    nodes += [
        helper.make_node("Slice", ["latent", "c1_start", "c1_stop", "axes"], ["c1"]),
        helper.make_node("ArgMax", ["c1"], ["label"], axis=1, keepdims=0),
        helper.make_node("Mul", ["label", "four"], ["of_label"]),
        helper.make_node("Mul", ["style_number", "two"], ["of_style"]),
        helper.make_node("Add", ["of_label", "of_style"], ["without_z"]),
        helper.make_node("Add", ["without_z", "z_number"], ["row"]),
        helper.make_node("Gather", ["table", "row"], ["images"], axis=0),
    ]
    graph = helper.make_graph(
        nodes,
        "generator",
        [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["batch", FRAMED.dim])],
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", 1, SIDE, SIDE])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    image = ImageShape(channels=1, height=SIDE, width=SIDE)
    description = ModelCard(
        name=path.stem, system="test", latent=FRAMED, image=image, frame=FRAME, provenance=PROVENANCE
    )
    helper.set_model_props(model, description.to_metadata())
    onnx.save(model, path)
    return path


def framed_encoder(path: Path, generator: Path) -> Path:
    """Writes the generator's encoder: its `style` is 1 for wide bars and -1 for narrow ones, `c2` 0.25 in any image."""
    constants = {
        "middle": np.array((WIDE + NARROW) / 2, np.float32),
        "scale": np.array((WIDE - NARROW) / 2, np.float32),
        "pixel": np.array(1 / 255, np.float32),
        "style_weights": np.array([[1, 0, 0]], np.float32),
        "no_weights": np.zeros((1, len(LABELS)), np.float32),
        "code_weight": np.zeros((1, 1), np.float32),
        "code": np.array(0.25, np.float32),
        "columns": np.array([2]),
    }
    nodes = [
        helper.make_node("Cast", ["images"], ["grey"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["grey"], ["darkest"], axes=[2], keepdims=0),  # (batch, 1, W)
        helper.make_node("Mul", ["darkest", "pixel"], ["ink"]),
        helper.make_node("Ceil", ["ink"], ["is_inked"]),
        helper.make_node("ReduceSum", ["is_inked", "columns"], ["width"], keepdims=0),  # (batch, 1)
        helper.make_node("Sub", ["width", "middle"], ["centred"]),
        helper.make_node("Div", ["centred", "scale"], ["sign"]),
        helper.make_node("MatMul", ["sign", "style_weights"], ["style"]),
        helper.make_node("MatMul", ["sign", "no_weights"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["c1"], axis=1),
        helper.make_node("MatMul", ["sign", "code_weight"], ["nothing"]),
        helper.make_node("Add", ["nothing", "code"], ["c2"]),
    ]
    widths = {"style": 3, "c1": len(LABELS), "c2": 1}
    graph = helper.make_graph(
        nodes,
        "encoder",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", 1, SIDE, SIDE])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width]) for name, width in widths.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, {GENERATOR_KEY: hashlib.sha256(generator.read_bytes()).hexdigest()})
    onnx.save(model, path)
    return path
