"""`POST /generate`: which codes reach the graph, and which never do."""

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
from PIL import Image

from latent import LatentSpec
from latent.codes import draw

Latents = NDArray[np.float64]
Read = Callable[[Any], Latents]

STEP = 0.026  # a grey level and a half: what rounding to pixels loses


@pytest.fixture
def drawn(client: httpx.Client, latents_of: Read) -> Callable[..., Latents]:
    """The latents that reach the graph for a request body."""

    def ask(**body: Any) -> Latents:
        response = client.post("/generate", json={"format": "npy", **body})
        assert response.status_code == 200, response.text
        return latents_of(np.load(io.BytesIO(response.content)))

    return ask


def test_a_draw_is_the_seeds_samples(drawn: Callable[..., Latents], mnist: LatentSpec) -> None:
    np.testing.assert_allclose(drawn(n=5, seed=3), draw(mnist, 3, range(5)), atol=STEP)
    np.testing.assert_allclose(drawn(n=2, seed=3, first=3), draw(mnist, 3, range(3, 5)), atol=STEP)
    np.testing.assert_allclose(drawn(seed=2**64 - 1), draw(mnist, 2**64 - 1, [0]), atol=STEP)


def test_a_draw_stays_what_it_was(client: httpx.Client) -> None:
    """Clients keep seeds: what one draws may never change."""
    images = np.load(io.BytesIO(client.post("/generate", json={"n": 2, "seed": 1, "format": "npy"}).content))
    assert images[:, 0, [0, 1, 61, 72, 73]].tolist() == [[118, 149, 158, 137, 142], [118, 135, 154, 136, 130]]
    assert images[:, 0, 62:72].argmax(1).tolist() == [6, 6]


def test_truncation_bounds_the_noise(drawn: Callable[..., Latents]) -> None:
    latents = drawn(n=20, seed=1, truncation=0.5)
    assert np.abs(latents[:, :62]).max() <= 0.5 + STEP
    np.testing.assert_allclose(latents[:, 62:], drawn(n=20, seed=1)[:, 62:])


@settings(max_examples=20, deadline=None)
@given(n=st.integers(1, 200), seed=st.integers(0, 2**64 - 1), data=st.data())
def test_sample_i_of_a_seed_is_one_image(client: httpx.Client, n: int, seed: int, data: st.DataObject) -> None:
    i = data.draw(st.integers(0, n - 1))
    many = client.post("/generate", json={"n": n, "seed": seed, "format": "npy"})
    one = client.post("/generate", json={"n": 1, "first": i, "seed": seed, "format": "npy"})
    np.testing.assert_array_equal(np.load(io.BytesIO(many.content))[i], np.load(io.BytesIO(one.content))[0])


def test_labels_are_taken_in_turn(drawn: Callable[..., Latents]) -> None:
    assert drawn(label="7")[:, 62:72].argmax(1).tolist() == [7]
    assert drawn(label=["3", "1"])[:, 62:72].argmax(1).tolist() == [3, 1]
    assert drawn(label=["3", "1"], n=5)[:, 62:72].argmax(1).tolist() == [3, 1, 3, 1, 3]
    assert drawn(label=["3", "1"], n=3, first=1)[:, 62:72].argmax(1).tolist() == [1, 3, 1]


def test_fixed_codes_are_held_and_the_rest_is_as_drawn(drawn: Callable[..., Latents]) -> None:
    free, held = drawn(n=4, seed=9), drawn(n=4, seed=9, label="2", fixed={"c2": 0.5, "z.3": -2})
    assert held[:, 72].tolist() == [0.5] * 4
    assert held[:, 3].tolist() == [-2.0] * 4
    assert held[:, 62:72].argmax(1).tolist() == [2] * 4
    untouched = [*range(3), *range(4, 62), 73]
    np.testing.assert_array_equal(free[:, untouched], held[:, untouched])


def test_named_codes_code_vectors_and_full_vectors_mix(drawn: Callable[..., Latents], mnist: LatentSpec) -> None:
    base = draw(mnist, 4, range(4))
    code = [0.0] * 10 + [0.25, -3.0]
    code[6] = 1.0
    full = [0.5] * 62 + code
    latents = drawn(codes=[{"c1": 7, "c2": 0.5}, code, full, {"label": "3", "z": [1] * 62}], seed=4)
    assert latents[:, 62:72].argmax(1).tolist() == [7, 6, 6, 3]
    assert latents[:, 72].tolist() == pytest.approx([0.5, 0.25, 0.25, base[3, 72]], abs=STEP)
    assert latents[:, 73].tolist() == pytest.approx([base[0, 73], -3, -3, base[3, 73]], abs=STEP)
    np.testing.assert_allclose(latents[:2, :62], base[:2, :62], atol=STEP)
    np.testing.assert_allclose(latents[2:, :62], [[0.5] * 62, [1.0] * 62], atol=STEP)


def test_the_noise_of_explicit_codes_is_the_samples_own(drawn: Callable[..., Latents]) -> None:
    together = drawn(codes=[{"c1": 1}, {"c1": 2}], seed=8)
    np.testing.assert_array_equal(together[1:], drawn(codes=[{"c1": 2}], first=1, seed=8))


def test_a_range_narrower_than_one_keeps_its_limits(drawn: Callable[..., Latents]) -> None:
    tone = drawn(model="colour", codes=[{"tone": 4}, {"tone": -2}, [1, 0, 0, 4], [0, 0.5, 0.5, -2]])[:, -1]
    assert tone.tolist() == [4.0, -2.0, 4.0, -2.0]


def test_a_model_of_noise_alone_draws(drawn: Callable[..., Latents]) -> None:
    assert drawn(model="noise", n=3).shape == (3, 5)
    assert drawn(model="noise", codes=[[1, 2, 3, 4, 5]]).tolist() == [[1, 2, 3, 4, 5]]


def test_without_a_seed_one_is_drawn_and_told(client: httpx.Client) -> None:
    first = client.post("/generate", json={"n": 3})
    again = client.post("/generate", json={"n": 3, "seed": int(first.headers["inkcode-seed"])})
    assert first.content == again.content
    assert client.post("/generate", json={"n": 3}).headers["inkcode-seed"] != first.headers["inkcode-seed"]
    assert first.headers["cache-control"] == "no-store"


def test_the_grid_is_laid_out_as_asked(client: httpx.Client) -> None:
    def size(**body: int) -> tuple[int, int]:
        return Image.open(io.BytesIO(client.post("/generate", json=body).content)).size

    image, gap = (74, 2), 2
    assert size(n=6, columns=3) == (3 * 74 + 2 * gap, 2 * 2 + gap)
    assert size(n=6, columns=3, scale=4) == (4 * (3 * 74 + 2 * gap), 4 * (2 * 2 + gap))
    assert size(n=1, columns=1000) == image
    assert size(n=100) == (10 * 74 + 9 * gap, 10 * 2 + 9 * gap)
