"""Figures beside a generator's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from latent import CardError
from latent.card import Quality
from latent.quality_file import QualityFile, path_beside, read_beside

GRAPH, OTHER = "0" * 64, "1" * 64
QUALITY = Quality(samples=100, label_accuracy=0.5)


def test_figures_are_those_of_the_graph(tmp_path: Path) -> None:
    generator = tmp_path / "a.b.onnx"
    assert read_beside(generator, GRAPH) is None
    assert path_beside(generator) == tmp_path / "a.b.quality.json"
    content = QualityFile(generator_graph_sha256=GRAPH, quality=QUALITY).model_dump_json()
    path_beside(generator).write_text(content)
    assert read_beside(generator, GRAPH) == QUALITY
    assert read_beside(generator, OTHER) is None


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b"[]", b'{"generator_graph_sha256": "0", "quality": {}}'])
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes) -> None:
    generator = tmp_path / "a.onnx"
    path_beside(generator).write_bytes(content)
    with pytest.raises(CardError, match=r"a\.quality\.json"):
        read_beside(generator, GRAPH)
