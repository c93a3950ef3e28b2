"""`encode` against a running service."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inkcode_client import ProblemError

from service.settings import Settings
from tests.client.conftest import Call


def test_arrays_pil_images_files_and_their_content(call: Call, tmp_path: Path) -> None:
    drawing = call("generate", codes=[{"label": label, "c2": 0.5} for label in "0123"], seed=1)
    images = drawing.to_pil()
    content = io.BytesIO()
    images[2].save(content, "PNG")
    images[3].save(tmp_path / "three.png")
    readings = call("encode", [drawing.images[0], images[1], content.getvalue(), tmp_path / "three.png"])
    assert [reading.label for reading in readings] == ["0", "1", "2", "3"]
    assert all(reading.probability > 0.9 for reading in readings)
    assert readings[0].codes["c1"] == 0
    assert readings[0].codes["c2"] == pytest.approx(0.5, abs=0.03)
    assert readings[0].readings["c2"]["sigma"] == pytest.approx(0.25)
    assert call("encode", drawing.images)[3] == readings[3]
    assert call("encode", drawing.images[0]) == [readings[0]]


def test_more_pictures_than_the_service_reads_at_once(
    call_at: Callable[..., Call], serve: Callable[..., Any], models: Path
) -> None:
    with serve(Settings(models=models, max_images=3)) as small:
        call = call_at(str(small.base_url))
        drawing = call("generate", codes=[{"c1": i} for i in range(7)], seed=1)
        assert [reading.label for reading in call("encode", drawing.images)] == list("0123456")


def test_what_cannot_be_read(call: Call) -> None:
    with pytest.raises(ProblemError) as refused:
        call("encode", b"no picture")
    assert refused.value.field == "images[0]"
    with pytest.raises(ProblemError) as refused:
        call("encode", np.zeros((4, 4), np.uint8), model="noise", invert=True)
    assert refused.value.field == "model"
    with pytest.raises(ValueError, match="float64"):
        call("encode", np.zeros((4, 4)))
