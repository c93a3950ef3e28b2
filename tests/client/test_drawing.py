"""`generate`, `traverse` and `interpolate` against a running service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inkcode_client import ModelChangedError, ProblemError

from service.settings import Settings
from tests.client.conftest import Call, ScriptedServer

NPY = bytes.fromhex("934e554d505901007600") + (
    b"{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 2), }".ljust(117) + b"\n\x07\x08"
)


def test_images_of_a_label(call: Call, latents_of: Callable[[Any], Any]) -> None:
    drawing = call("generate", 5, label="7", seed=3)
    assert drawing.images.shape == (5, 2, 74)
    assert drawing.images.dtype == np.uint8
    assert len(drawing) == 5
    assert drawing.seed == 3
    assert drawing.model.startswith("mnist-infogan@")
    assert latents_of(drawing.images)[:, 62:72].argmax(1).tolist() == [7] * 5
    assert drawing.codes is None
    assert [image.size for image in drawing.to_pil()] == [(74, 2)] * 5


def test_explicit_codes_and_the_codes_of_each_image(call: Call) -> None:
    rows = [{"label": "7", "c2": -0.5}, np.zeros(12), {"c1": 3}]
    rows[1][4] = 1
    drawing = call("generate", codes=rows, seed=1, with_codes=True)
    assert drawing.labels == ("7", "4", "3")
    assert drawing.codes[0]["c2"] == -0.5
    assert np.array_equal(drawing.images, call("generate", codes=rows, seed=1).images)


def test_colour_and_a_seed_that_the_service_draws(call: Call) -> None:
    drawing = call("generate", 2, model="colour", fixed={"tone": 1.5})
    assert drawing.images.shape == (2, 3, 8, 3)
    again = call("generate", 2, model="colour", fixed={"tone": 1.5}, seed=drawing.seed)
    assert np.array_equal(drawing.images, again.images)
    assert drawing.to_pil()[0].mode == "RGB"


def test_more_images_than_the_service_gives_at_once_are_the_same_images(
    call: Call, call_at: Callable[..., Call], serve: Callable[..., Any], models: Path
) -> None:
    asked: dict[str, Any] = {"label": ["3", "5", "8"], "seed": 4, "first": 7}
    with serve(Settings(models=models, max_images=16)) as small:
        paged = call_at(str(small.base_url))("generate", 50, **asked)
        unseeded = call_at(str(small.base_url))("generate", 50)
        rows = [{"c1": i % 10} for i in range(40)]
        codes = call_at(str(small.base_url))("generate", codes=rows, seed=2)
    assert np.array_equal(paged.images, call("generate", 50, **asked).images)
    assert np.array_equal(unseeded.images, call("generate", 50, seed=unseeded.seed).images)
    assert np.array_equal(codes.images, call("generate", codes=rows, seed=2).images)
    assert len(call("generate", 1500, seed=1)) == 1500


def test_what_is_refused_names_field_value_and_what_would_fit(call: Call) -> None:
    with pytest.raises(ProblemError) as refused:
        call("generate", 3, fixed={"c2": 7})
    assert (refused.value.status, refused.value.field, refused.value.value) == (422, "fixed.c2", 7)
    assert "must be" in str(refused.value.expected)
    assert "fixed.c2" in str(refused.value)
    with pytest.raises(ProblemError) as refused:
        call("generate", 3, model="none")
    assert refused.value.status == 404
    with pytest.raises(ProblemError) as refused:
        call("generate", 3, codes=[{"c1": 1}])
    assert refused.value.field == "n"
    with pytest.raises(ValueError, match="0 images"):
        call("generate", 0)


def test_a_model_that_changes_between_two_pages_is_an_error(
    call_at: Callable[..., Call], scripted: ScriptedServer
) -> None:
    head = {"Inkcode-Seed": "1"}
    scripted.script = [(200, {**head, "Inkcode-Model": "a@1"}, NPY), (200, {**head, "Inkcode-Model": "a@2"}, NPY)]
    with pytest.raises(ModelChangedError, match="a@1, a@2"):
        call_at(scripted.address)("generate", 1025)


def test_a_traversal_is_rows_of_steps(call: Call, latents_of: Callable[[Any], Any]) -> None:
    walk = call("traverse", "c2", start=-0.5, stop=0.5, steps=3, seed=4, fixed={"c3": 0.25})
    assert walk.images.shape == (10, 3, 2, 74)
    latents = latents_of(walk.images.reshape(30, 2, 74)).reshape(10, 3, 74)
    assert np.allclose(latents[..., 72], [-0.5, 0, 0.5], atol=0.03)
    assert np.allclose(latents[..., 73], 0.25, atol=0.03)
    assert [[codes["c2"] for codes in row] for row in walk.codes] == [[-0.5, 0, 0.5]] * 10
    assert [walk.codes[row][0]["c1"] for row in range(10)] == list(range(10))
    assert len(walk.to_pil()[9]) == 3
    noise = call("traverse", "z.3", rows=2, steps=5, model="colour", fixed={"z.0": 0.5})
    assert noise.images.shape == (2, 5, 3, 8, 3)


def test_an_interpolation_begins_and_ends_with_its_seeds(call: Call) -> None:
    walk = call("interpolate", 1, 2, steps=4)
    assert walk.images.shape == (4, 2, 74)
    ends = [call("generate", 1, seed=seed).images[0] for seed in (1, 2)]
    assert np.abs(walk.images[[0, -1]].astype(int) - np.stack(ends)).max() <= 1
    assert len(walk.codes) == 4
