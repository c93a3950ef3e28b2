"""A torch network as an ONNX graph in one file."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import onnx
import torch
from torch import Tensor, nn


def write(path: Path, network: nn.Module, example: Tensor, name: str, outputs: Sequence[str]) -> None:
    """Write `network`, in eval mode on the CPU, to `path`; its input is like `example`, but of any number of rows."""
    with warnings.catch_warnings():
        # The exporter warns of its own dependencies' deprecations; what it makes is checked by who asked for it.
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (example,),
            input_names=[name],
            output_names=list(outputs),
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
            verbose=False,
        )
    # Saved by onnx in one file: torch's own saving puts weights into another.
    onnx.save_model(_without_traces(cast(torch.onnx.ONNXProgram, program).model_proto), path)


def _without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model without what the exporter notes at every node: its call stack, with this machine's folders."""
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
    return model
