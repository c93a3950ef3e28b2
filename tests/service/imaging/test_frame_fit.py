"""Cut out characters at every place on the line that they may have."""

from __future__ import annotations

import numpy as np

from latent.card import ImageShape
from service.imaging.frame_fit import EXTENTS, frame_candidates
from service.imaging.glyph_batch import ink_bounds
from tests.framed_models import FRAME, SIDE, glyph

SHAPE = ImageShape(channels=1, height=SIDE, width=SIDE)


def test_a_picture_that_has_the_frame_is_the_first_candidate() -> None:
    candidates = frame_candidates(glyph("g"), FRAME, SHAPE)
    assert candidates.shape == (1 + len(EXTENTS), 1, SIDE, SIDE)
    np.testing.assert_array_equal(candidates[0, 0], glyph("g"))


def test_a_cut_out_character_stands_as_each_kind_of_letter_does() -> None:
    cut = np.zeros((60, 50), np.uint8)
    cut[10:50, 20:30] = 255
    bounds = ink_bounds(frame_candidates(cut, FRAME, SHAPE)[1:, 0])
    assert list(zip(bounds.top.tolist(), bounds.bottom.tolist(), strict=True)) == [(20, 32), (8, 32), (20, 44), (8, 44)]


def test_an_empty_picture_is_an_empty_image() -> None:
    assert not frame_candidates(np.zeros((9, 5), np.uint8), FRAME, SHAPE).any()
