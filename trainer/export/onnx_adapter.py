"""The graph of a foreign generator, changed into one that maps `latent` to `images` as the service expects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, compose, helper, numpy_helper, version_converter

from latent.codes import Latents
from latent.spec import LatentSpec

_PREFIX = "imported/"  # of all names of the foreign graph, so that none is that of an added one
_OLDEST_OPSET = 11  # the first with Round, and with the bounds of Clip as inputs
_CONVERTED_OPSET = 13
_FLOATS: dict[int, type[np.floating[Any]]] = {
    TensorProto.FLOAT: np.float32,
    TensorProto.FLOAT16: np.float16,
    TensorProto.DOUBLE: np.float64,
}


class OnnxImportError(Exception):
    """A file that cannot become a model; the message says why."""


@dataclass(frozen=True)
class Interface:
    """A generator's input and output by name. `rank` of the input is 2, or 4 with two axes of length 1.

    `dtype`: the input's element type, of `onnx.TensorProto`. `dim`: its length where the graph says so. `batch`: the
    batch size for which the graph was exported; None where it is dynamic.
    """

    input: str
    output: str
    rank: int
    dtype: int
    dim: int | None
    batch: int | None

    def check_dim(self, spec: LatentSpec) -> None:
        """Compare the input's length with the latent's.

        Raises:
            OnnxImportError: they differ.
        """
        if self.dim is not None and self.dim != spec.dim:
            raise OnnxImportError(
                f"the latent {spec.layout()} has {spec.dim} numbers, but the input {self.input!r} takes {self.dim}"
            )

    def shaped(self, latents: Latents) -> NDArray[np.floating[Any]]:
        """Latents float32 `(n, dim)` as the input takes them."""
        return latents.reshape(*latents.shape, *[1] * (self.rank - 2)).astype(_FLOATS[self.dtype])


def find_interface(model: onnx.ModelProto, output: str | None = None) -> Interface:
    """The input and the output of a generator.

    Raises:
        OnnxImportError: not one float input `(batch, dim)` or `(batch, dim, 1, 1)`, or several outputs and no `output`.
    """
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    outputs = [value.name for value in model.graph.output]
    if len(inputs) != 1:
        raise OnnxImportError(f"must have one input, the latent; it has {', '.join(v.name for v in inputs) or 'none'}")
    if output is None and len(outputs) != 1:
        raise OnnxImportError(f"has the outputs {', '.join(outputs)}: name that of the images with --output")
    if output is not None and output not in outputs:
        raise OnnxImportError(f"--output {output}: the outputs are {', '.join(outputs)}")
    tensor = inputs[0].type.tensor_type
    shape = [d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in tensor.shape.dim]
    kind = TensorProto.DataType.Name(tensor.elem_type).lower()
    fits = len(shape) == 2 or (len(shape) == 4 and set(shape[2:]) <= {1, None})
    if tensor.elem_type not in _FLOATS or not fits:
        sizes = ", ".join(str(size or "?") for size in shape)
        raise OnnxImportError(
            f"the input {inputs[0].name!r} is {kind} ({sizes}): it must be float (batch, dim) or (batch, dim, 1, 1)"
        )
    return Interface(inputs[0].name, output or outputs[0], len(shape), tensor.elem_type, shape[1], shape[0])


def make_batch_dynamic(model: onnx.ModelProto, interface: Interface) -> None:
    """Let a graph that was exported for one batch size take any: its declared shapes, and constants of Reshape.

    Whether that is enough shows when the graph is run.
    """
    del model.graph.value_info[:]
    for value in (*model.graph.input, *model.graph.output):
        if value.name in (interface.input, interface.output) and value.type.tensor_type.shape.dim:
            value.type.tensor_type.shape.dim[0].dim_param = "batch"
    if interface.batch is None:
        return
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            tensors[node.output[0]] = node.attribute[0].t
    for node in model.graph.node:
        if node.op_type == "Reshape" and node.input[1] in tensors:
            tensor = tensors[node.input[1]]
            shape = numpy_helper.to_array(tensor).copy()
            if shape.size and shape[0] == interface.batch:
                shape[0] = 0 if -1 in shape else -1  # 0 copies the input's length, -1 is what remains
                tensor.CopyFrom(numpy_helper.from_array(shape, tensor.name))


def adapt(
    model: onnx.ModelProto,
    interface: Interface,
    dim: int,
    axes: tuple[int, int, int, int],
    bounds: tuple[float, float] | None,
) -> onnx.ModelProto:
    """The model with the input `latent`, float32 `(batch, dim)`, and the output `images`, uint8 NCHW.

    `axes` are those of the output in the order NCHW. `bounds` are the values of black and white; None where the output
    is uint8 already. Pixels are rounded as by `trainer.networks.output.to_uint8`.

    Raises:
        OnnxImportError: its operators are of a version too old to be converted.
    """
    model = compose.add_prefix(_modern(model), _PREFIX)
    constants: dict[str, NDArray[np.generic]] = {}
    before = [_reshape(interface, dim, constants)]
    if interface.dtype != TensorProto.FLOAT:
        before = [helper.make_node("Cast", ["latent"], ["cast"], to=interface.dtype), *before]
        before[1].input[0] = "cast"
    after = [helper.make_node("Transpose", [_PREFIX + interface.output], ["planes"], perm=axes)]
    if bounds is None:
        after[0].output[0] = "images"
    else:
        low, high = bounds
        constants |= {
            "black": np.array(low, np.float32),
            "levels": np.array(255 / (high - low), np.float32),
            "first": np.array(0, np.float32),
            "last": np.array(255, np.float32),
        }
        after += [
            helper.make_node("Cast", ["planes"], ["values"], to=TensorProto.FLOAT),
            helper.make_node("Sub", ["values", "black"], ["light"]),
            helper.make_node("Mul", ["light", "levels"], ["scaled"]),
            helper.make_node("Round", ["scaled"], ["whole"]),
            helper.make_node("Clip", ["whole", "first", "last"], ["clipped"]),
            helper.make_node("Cast", ["clipped"], ["images"], to=TensorProto.UINT8),
        ]
    own = [entry for entry in model.metadata_props if not entry.key.startswith("inkcode.")]
    del model.metadata_props[:]
    model.metadata_props.extend(own)
    graph = model.graph
    nodes = [*before, *graph.node, *after]
    weights = {tensor.name for tensor in graph.initializer}
    kept = [value for value in graph.input if value.name in weights]
    del graph.node[:], graph.input[:], graph.output[:]
    graph.node.extend(nodes)
    graph.input.extend([helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["batch", dim]), *kept])
    graph.output.append(helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", None, None, None]))
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    return model


def _reshape(interface: Interface, dim: int, constants: dict[str, NDArray[np.generic]]) -> onnx.NodeProto:
    """The node from `latent` to the foreign input."""
    constants["shape"] = np.array([-1, dim, *[1] * (interface.rank - 2)], np.int64)
    return helper.make_node("Reshape", ["latent", "shape"], [_PREFIX + interface.input])


def _modern(model: onnx.ModelProto) -> onnx.ModelProto:
    opset = max((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), default=1)
    if opset >= _OLDEST_OPSET:
        return model
    try:
        return version_converter.convert_version(model, _CONVERTED_OPSET)
    except Exception as error:  # the converter raises RuntimeErrors of its own
        raise OnnxImportError(f"its operators are of version {opset} and cannot be converted: {error}") from None
