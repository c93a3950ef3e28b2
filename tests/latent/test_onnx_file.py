"""The digest of a model's graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from latent.onnx_file import graph_sha256

Make = Callable[..., Path]


def test_the_metadata_do_not_change_it_and_everything_else_does(make_generator: Make, tmp_path: Path) -> None:
    path = make_generator(tmp_path / "a.onnx")
    digest, model = graph_sha256(path.read_bytes()), onnx.load(path)
    assert len(digest) == 64
    for metadata in ({}, {"inkcode.card": "another"}, {"author": "somebody", "inkcode.card": "x" * 1000}):
        del model.metadata_props[:]
        onnx.helper.set_model_props(model, metadata)
        assert graph_sha256(model.SerializeToString()) == digest
    model.graph.initializer[0].raw_data = bytes(len(model.graph.initializer[0].raw_data))
    assert graph_sha256(model.SerializeToString()) != digest
    model = onnx.load(path)
    model.opset_import[0].version += 1
    assert graph_sha256(model.SerializeToString()) != digest


@pytest.mark.parametrize("content", [b"half a file", b"\xff" * 30, b"\x09" + bytes(8)])
def test_what_is_no_model_has_none(content: bytes) -> None:
    with pytest.raises(ValueError, match="it is none, or ends early"):
        graph_sha256(content)
