"""Animations keep their frames in order, and loop."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from service.imaging.animation import FRAME_MS, gif, webp


@pytest.mark.parametrize("shape", [(4, 4, 6), (4, 4, 6, 3)])
@pytest.mark.parametrize("kind", [gif, webp])
def test_frames_are_lossless_and_repeat(kind: Callable[[Any], bytes], shape: tuple[int, ...]) -> None:
    frames = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    animation = Image.open(io.BytesIO(kind(frames)))
    assert len(ImageSequence.all_frames(animation)) == len(frames)
    for i, frame in enumerate(frames):
        animation.seek(i)
        animation.load()
        assert (animation.info["duration"], animation.info["loop"]) == (FRAME_MS, 0)
        np.testing.assert_array_equal(np.asarray(animation.convert("L" if frame.ndim == 2 else "RGB")), frame)


def test_a_single_frame_is_an_animation_too() -> None:
    frame = np.zeros((2, 2), np.uint8)
    assert Image.open(io.BytesIO(gif([frame]))).format == "GIF"
    assert Image.open(io.BytesIO(webp([frame]))).format == "WEBP"
