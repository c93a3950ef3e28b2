"""`GET /traverse`: columns walk, rows show the categories."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from latent import LatentSpec
from latent.codes import draw

STEP = 0.026

Ask = Callable[[str], NDArray[np.float64]]


@pytest.fixture
def walked(client: httpx.Client, latents_of: Callable[[Any], NDArray[np.float64]]) -> Ask:
    """The latents that reach the graph for a query."""

    def ask(query: str) -> NDArray[np.float64]:
        response = client.get(f"/traverse?{query}&format=npy")
        assert response.status_code == 200, response.text
        return latents_of(np.load(io.BytesIO(response.content)))

    return ask


def test_rows_are_the_categories_and_columns_the_walk(walked: Ask, mnist: LatentSpec) -> None:
    latents = walked("dim=c2&seed=4").reshape(10, 11, 74)
    base = draw(mnist, 4, range(10))
    for row in range(10):
        assert latents[row, :, 62:72].argmax(1).tolist() == [row] * 11
        np.testing.assert_allclose(latents[row, :, 72], np.linspace(-1, 1, 11), atol=STEP)
        np.testing.assert_allclose(latents[row, :, :62], np.tile(base[row, :62], (11, 1)), atol=STEP)
        assert latents[row, :, 73] == pytest.approx(base[row, 73], abs=STEP)


def test_start_stop_and_steps_bound_the_walk(walked: Ask) -> None:
    latents = walked("dim=c2&start=-2&stop=0.5&steps=6&rows=1")
    np.testing.assert_allclose(latents[:, 72], [-2, -1.5, -1, -0.5, 0, 0.5], atol=STEP)
    assert walked("dim=c2&steps=1&rows=2")[:, 72].tolist() == [-1, -1]


def test_more_rows_than_categories_go_round(walked: Ask) -> None:
    assert walked("dim=c2&steps=1&rows=12")[:, 62:72].argmax(1).tolist() == [*range(10), 0, 1]


@pytest.mark.parametrize("held", ["label=7", "c1=7"])
def test_a_held_category_leaves_rows_to_the_samples(walked: Ask, mnist: LatentSpec, held: str) -> None:
    latents = walked(f"dim=c3&{held}&c2=0.5&rows=3&steps=2")
    assert latents[:, 62:72].argmax(1).tolist() == [7] * 6
    assert latents[:, 72].tolist() == [0.5] * 6
    np.testing.assert_allclose(latents[::2, :62], draw(mnist, 0, range(3))[:, :62], atol=STEP)
    assert len(walked(f"dim=c3&{held}&steps=2")) == 20


def test_a_walk_along_the_category_shows_every_value(walked: Ask) -> None:
    latents = walked("dim=c1&rows=2").reshape(2, 10, 74)
    assert latents[:, :, 62:72].argmax(2).tolist() == [list(range(10))] * 2
    assert len(walked("dim=c1")) == 100


def test_a_walk_along_one_number_of_the_noise(walked: Ask, mnist: LatentSpec) -> None:
    latents = walked("dim=z.17&rows=1&steps=3&start=-1&stop=1&z.5=2")
    np.testing.assert_allclose(latents[:, 17], [-1, 0, 1], atol=STEP)
    np.testing.assert_allclose(latents[:, 5], [2, 2, 2], atol=STEP)
    assert latents[:, 3] == pytest.approx(draw(mnist, 0, [0])[0, 3], abs=STEP)


def test_the_whole_noise_can_be_held(walked: Ask) -> None:
    numbers = ",".join(["0.5"] * 61 + ["-1"])
    assert walked(f"dim=c2&rows=2&steps=2&z={numbers}")[:, :62].tolist() == [[0.5] * 61 + [-1.0]] * 4


def test_other_models_walk_too(walked: Ask) -> None:
    colour = walked("model=colour&dim=tone&steps=3").reshape(3, 3, 8)
    assert colour[:, :, 4:7].argmax(2).tolist() == [[0] * 3, [1] * 3, [2] * 3]
    assert colour[0, :, 7].tolist() == [0.0, 1.0, 2.0]
    assert walked("model=noise&dim=z.0&steps=2").shape == (20, 5)


def test_a_picture_has_a_row_each_and_a_column_each(client: httpx.Client) -> None:
    response = client.get("/traverse?dim=c2&rows=4&steps=3&scale=2")
    assert response.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(response.content)).size == (2 * (3 * 74 + 2 * 2), 2 * (4 * 2 + 3 * 2))


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_an_animation_has_a_frame_a_step(client: httpx.Client, kind: str) -> None:
    response = client.get(f"/traverse?dim=c2&steps=5&rows=4&format={kind}")
    assert response.headers["content-type"] == f"image/{kind}"
    animation = Image.open(io.BytesIO(response.content))
    assert len(ImageSequence.all_frames(animation)) == 5
    assert animation.size == (2 * 74 + 2, 2 * 2 + 2)  # four rows, two by two
    animation.seek(2)
    still = client.get("/traverse?dim=c2&steps=5&rows=4&format=npy")
    frame = np.load(io.BytesIO(still.content)).reshape(4, 5, 2, 74)[0, 2]
    np.testing.assert_array_equal(np.asarray(animation.convert("L"))[:2, :74], frame)


PARAMETERS = (
    "unknown; the parameters are label, truncation, model, format, scale, dim, start, stop, steps, rows, seed, "
    "and the variables z, c1, c2, c3, z.0 to z.61"
)
HELD = "is held by another parameter; walk along another variable, or do not hold it"
FORMS = "must be 'png', 'json', 'zip', 'npy', 'gif' or 'webp'"


@pytest.mark.parametrize(
    ("query", "field", "expected"),
    [
        ("", "dim", "is required"),
        ("dim=", "dim", "the variables are z, c1, c2, c3, z.0 to z.61"),
        ("dim=c9", "dim", "the variables are z, c1, c2, c3, z.0 to z.61"),
        ("dim=z", "dim", "name one of its numbers, z.0 to z.61"),
        ("dim=c2&steps=0", "steps", "must be greater than or equal to 1"),
        ("dim=c2&steps=-3", "steps", "must be greater than or equal to 1"),
        ("dim=c2&steps=1025", "steps", "must be at most 1024"),
        ("dim=c2&steps=99999999999999999999", "steps", "must be at most 1024"),
        ("dim=c2&steps=x", "steps", "must be a valid integer, unable to parse string as an integer"),
        ("dim=c1&steps=4", "steps", "must be 10, one for each value of c1 from 0 to 9"),
        ("dim=c2&rows=0", "rows", "must be greater than or equal to 1"),
        ("dim=c2&rows=94", "rows", "must be at most 93: 1024 images a request, 11 a row"),
        ("dim=c2&steps=1024", "rows", "must be at most 1: 1024 images a request, 1024 a row"),
        ("dim=c2&start=-3.5", "start", "must be from -3 to 3 for c2"),
        ("dim=c2&stop=nan", "stop", "must be a finite number"),
        ("dim=c2&stop=inf", "stop", "must be a finite number"),
        ("dim=c1&start=0.5", "start", "must be a whole number: c1 is categorical"),
        ("dim=c2&seed=-1", "seed", "must be greater than or equal to 0"),
        ("dim=c2&seed=", "seed", "must be a valid integer, unable to parse string as an integer"),
        ("dim=c2&c2=0.5", "dim", HELD),
        ("dim=c1&label=7", "dim", HELD),
        ("dim=c2&label=7&c1=7", "c1", "cannot be combined with `label`, which sets c1"),
        ("dim=c2&label=ten", "label", "the labels are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        ("dim=c2&c1=10", "c1", "must be a whole number from 0 to 9, or a label"),
        ("dim=c2&c1=x", "c1", "the labels are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        ("dim=c2&c3=nan", "c3", "must be a finite number from -3 to 3"),
        ("dim=c2&c3=4", "c3", "must be a finite number from -3 to 3"),
        ("dim=c2&c3=1e999", "c3", "must be a finite number from -3 to 3"),
        ("dim=c2&c3=", "c3", "must be a finite number from -3 to 3"),
        ("dim=c2&z=1", "z", "must be 62 numbers, got 1"),
        ("dim=c2&z.17=a", "z.17", "must be a finite number from -10 to 10"),
        ("dim=c2&step=3", "step", PARAMETERS),
        ("dim=c2&=3", "", PARAMETERS),
        ("dim=c2&%ff=3", "\ufffd", PARAMETERS),
        ("dim=c2&z.99=3", "z.99", PARAMETERS),
        ("dim=c2&dim=c3", "dim", "must be given once"),
        ("dim=c2&c3=1&c3=0", "c3", "must be given once"),
        ("dim=c2&format=bmp", "format", FORMS),
        ("dim=c2&scale=0", "scale", "must be greater than or equal to 1"),
        ("dim=c2&truncation=nan", "truncation", "must be a finite number"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_would_be_right(
    client: httpx.Client, query: str, field: str, expected: str
) -> None:
    response = client.get(f"/traverse?{query}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert [(error["field"], error["expected"]) for error in response.json()["errors"]] == [(field, expected)]


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["dim", "start", "stop", "steps", "rows", "seed", "label", "c1", "c3", "z.3", "z", "format"])
        | st.text(max_size=3),
        st.sampled_from(["c1", "c2", "z.3", "0", "1", "-1", "7", "2.5", "nan", "1e308", "1,2", "json", "", "٣"])
        | st.text(max_size=3),
        max_size=5,
    )
)
def test_no_query_is_a_fault_of_the_service(client: httpx.Client, query: dict[str, str]) -> None:
    response = client.get("/traverse", params={"dim": "c2", **query})
    assert response.status_code in (200, 404, 422), response.text
