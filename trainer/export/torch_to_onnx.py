"""Conversion of a torch network to an ONNX graph in one file."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import onnx
import torch
from torch import Tensor, nn


def write(path: Path, network: nn.Module, example: Tensor, name: str, outputs: Sequence[str]) -> None:
    """Write `network`, which must be in eval mode on the CPU, to `path`; the batch size of `example` is made dynamic.

    `name` is the name of the input.
    """
    with warnings.catch_warnings():
        # The exporter triggers deprecation warnings in its own dependencies; the callers check its result.
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (example,),
            input_names=[name],
            output_names=list(outputs),
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
            verbose=False,
        )
    # Saved by onnx, because torch's own method writes the weights to a second file.
    onnx.save_model(without_traces(cast(torch.onnx.ONNXProgram, program).model_proto), path)


def without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model without the call stacks that torch's exporters store in it: they contain paths of the machine."""
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
        part.ClearField("doc_string")
    return model
