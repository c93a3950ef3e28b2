"""The metadata of an ONNX file, read without its graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from service.engine.metadata import read_metadata
from service.engine.repository.files import LoadError


@pytest.fixture
def file(make_generator: Callable[..., Path], tmp_path: Path) -> Path:
    return make_generator(tmp_path / "a.onnx")


def test_it_is_the_same_as_the_onnx_library_reads(file: Path) -> None:
    model = onnx.load_model(file)
    onnx.helper.set_model_props(model, {"empty": "", "ø": "long " * 10_000})
    onnx.save_model(model, file)
    assert read_metadata(file) == {entry.key: entry.value for entry in model.metadata_props}
    del model.metadata_props[:]
    onnx.save_model(model, file)
    assert read_metadata(file) == {}


def test_a_file_that_is_not_onnx_or_is_truncated_is_refused(file: Path, tmp_path: Path) -> None:
    content = file.read_bytes()
    for broken in (b"half a file", content[:100], content[:-1], b"\xff" * 30, b"\x09" + bytes(8)):
        file.write_bytes(broken)
        with pytest.raises(LoadError, match="cannot be read as an ONNX file"):
            read_metadata(file)
    with pytest.raises(LoadError, match="cannot be read"):
        read_metadata(tmp_path / "gone.onnx")
