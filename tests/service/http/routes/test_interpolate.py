"""`GET /interpolate`: from one seed's first sample to another's."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from latent import LatentSpec
from latent.codes import draw

STEP = 0.026


def test_the_ends_are_the_seeds_first_samples(
    client: httpx.Client, latents_of: Callable[[Any], NDArray[np.float64]], mnist: LatentSpec
) -> None:
    response = client.get("/interpolate?from=3&to=8&steps=5&label=7&c2=0.5&format=npy")
    latents = latents_of(np.load(io.BytesIO(response.content)))
    assert len(latents) == 5
    np.testing.assert_allclose(latents[0, :62], draw(mnist, 3, [0])[0, :62], atol=STEP)
    np.testing.assert_allclose(latents[-1, :62], draw(mnist, 8, [0])[0, :62], atol=STEP)
    assert latents[:, 62:72].argmax(1).tolist() == [7] * 5
    assert latents[:, 72].tolist() == [0.5] * 5
    # Half way the noise is as long as at the ends: the walk keeps to the sphere.
    lengths = np.linalg.norm(latents[:, :62], axis=1)
    assert lengths[2] == pytest.approx((lengths[0] + lengths[-1]) / 2, rel=0.02)
    assert response.headers["inkcode-seed"] == "3, 8"


def test_a_category_is_blended_on_the_way(client: httpx.Client) -> None:
    images = client.get("/interpolate?from=0&to=4&steps=3&format=json").json()
    assert (images["from"], images["to"]) == (0, 4)
    first, half, last = images["images"]
    assert "index" not in first
    assert first["label"] == str(first["codes"]["c1"])
    assert last["label"] == str(last["codes"]["c1"])
    assert first["label"] != last["label"]
    assert half["label"] is None
    assert sum(half["codes"]["c1"]) == pytest.approx(1)


def test_a_picture_is_one_row(client: httpx.Client) -> None:
    picture = Image.open(io.BytesIO(client.get("/interpolate?from=1&to=2&model=colour").content))
    assert (picture.size, picture.mode) == ((11 * 8 + 10 * 2, 3), "RGB")


def test_an_animation_has_a_frame_a_step(client: httpx.Client) -> None:
    content = client.get("/interpolate?from=1&to=2&steps=6", headers={"Accept": "image/webp"}).content
    animation = Image.open(io.BytesIO(content))
    assert (animation.format, len(ImageSequence.all_frames(animation)), animation.size) == ("WEBP", 6, (74, 2))


PARAMETERS = (
    "unknown; the parameters are label, truncation, model, format, scale, from, to, steps, "
    "and the variables z, c1, c2, c3, z.0 to z.61"
)


@pytest.mark.parametrize(
    ("query", "field", "expected"),
    [
        ("from=1", "to", "is required"),
        ("to=1", "from", "is required"),
        ("from=1&to=x", "to", "must be a valid integer, unable to parse string as an integer"),
        ("from=1&to=2&steps=1", "steps", "must be greater than or equal to 2"),
        ("from=1&to=2&steps=1025", "steps", "must be at most 1024"),
        ("from=1&to=2&c2=9", "c2", "must be a finite number from -3 to 3"),
        ("from=1&to=2&from=3", "from", "must be given once"),
        ("from=1&to=2&start=3", "start", PARAMETERS),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_would_be_right(
    client: httpx.Client, query: str, field: str, expected: str
) -> None:
    response = client.get(f"/interpolate?{query}")
    assert response.status_code == 422
    assert [(error["field"], error["expected"]) for error in response.json()["errors"]] == [(field, expected)]
