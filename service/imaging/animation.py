"""Pictures of one size, one after another -> an animated GIF or WebP that repeats for ever."""

from __future__ import annotations

import io
from collections.abc import Iterable

from PIL import Image

from service.imaging.arrays import Picture

FRAME = 100  # milliseconds


def gif(frames: Iterable[Picture]) -> bytes:
    """Frames as an animated GIF. A frame like the one before makes that one last longer."""
    return _animate(frames, "GIF")


def webp(frames: Iterable[Picture]) -> bytes:
    """Frames as an animated lossless WebP."""
    return _animate(frames, "WEBP", lossless=True, method=0)  # method 0: the fastest; the pixels are the same


def _animate(frames: Iterable[Picture], kind: str, **options: object) -> bytes:
    first, *rest = (Image.fromarray(frame) for frame in frames)
    out = io.BytesIO()
    first.save(out, kind, save_all=True, append_images=rest, duration=FRAME, loop=0, **options)
    return out.getvalue()
