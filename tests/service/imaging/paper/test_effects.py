"""The random numbers of degradations, and what each of them does by itself."""

from __future__ import annotations

import numpy as np
import pytest

from service.imaging.paper.blur import blurred
from service.imaging.paper.colours import draw_colours
from service.imaging.paper.ink import vary_ink
from service.imaging.paper.jpeg import compressed
from service.imaging.paper.noise import noisy
from service.imaging.paper.random_effects import EffectRandom
from service.imaging.paper.ruling import WritingLines, ruled
from service.imaging.paper.shadow import light
from service.imaging.paper.texture import paper_texture


@pytest.fixture
def random() -> EffectRandom:
    return EffectRandom(2, 3, 4)


def test_random_numbers_are_uniform_and_normal_and_smooth(random: EffectRandom) -> None:
    uniforms = np.array([random.uniform(2, 4) for _ in range(2000)])
    assert 2 <= uniforms.min() < uniforms.max() < 4
    assert uniforms.mean() == pytest.approx(3, abs=0.05)
    normals = random.normal(200, 200)
    assert (normals.mean(), normals.std()) == pytest.approx((0, 1), abs=0.02)
    field = random.field(60, 90, 20, 20)
    assert field.shape == (60, 90)
    assert abs(field).max() <= 1
    assert abs(np.diff(field, axis=1)).max() < 0.25


def test_pictures_and_effects_have_streams_of_their_own() -> None:
    drawn = {EffectRandom(*of).uniform() for of in ((2, 3, 4), (2, 3, 5), (2, 4, 4), (3, 3, 4))}
    assert len(drawn) == 4


def test_ink_fades_where_it_is_and_appears_nowhere_else(random: EffectRandom) -> None:
    coverage = np.zeros((48, 80), np.float32)
    coverage[10:30, 20:60] = 1
    varied = vary_ink(coverage, 1.0, 48.0, random)
    assert not varied[coverage == 0].any()
    assert 0.5 < varied[coverage == 1].mean() < 0.95


def test_texture_is_weak_and_light_falls_off(random: EffectRandom) -> None:
    assert 1 < paper_texture(48, 80, 1.0, 48.0, random).std() < 12
    lit = light(48, 80, 1.0, 48.0, random)
    assert 0.2 < lit.min() < lit.max() <= 1


def test_rules_are_a_pitch_apart() -> None:
    for number in range(30):
        cover = ruled(300, 60, WritingLines(40.0, 50.0, 40.0), 1.0, EffectRandom(1, 0, number))
        rows = np.flatnonzero(cover[:, -1] > 0.3 * cover.max()) if cover[0, -1] == 0 else np.array([])
        if len(rows) and not (cover.max(axis=0) == cover.max(axis=0)[0]).all():
            continue
        starts = rows[np.diff(rows, prepend=-9) > 1]
        assert set(np.diff(starts)) <= {24, 25, 26, 49, 50, 51}


def test_blur_spreads_noise_scatters_and_jpeg_rings(random: EffectRandom) -> None:
    picture = np.full((48, 80, 3), 200, np.uint8)
    picture[:, 40] = 0
    assert blurred(picture, 1.0, 48.0)[20, 41, 0] < 190
    assert noisy(picture, 0.5, random)[:, :30].std() == pytest.approx(11, abs=1)
    squeezed = compressed(picture, 1.0)
    assert squeezed.shape == picture.shape
    assert abs(squeezed.astype(int) - picture).mean() > abs(compressed(picture, 0.0).astype(int) - picture).mean()


def test_colours() -> None:
    for number in range(40):
        for kind in ("notebook", "photo", "scan"):
            ink, paper, _ = draw_colours(kind, EffectRandom(1, 9, number))  # type: ignore[arg-type]
            assert sum(ink) < sum(paper) - 150
            assert all(0 <= level <= 255 for level in ink + paper)
