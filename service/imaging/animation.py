"""Pictures of one size -> an animated GIF or WebP that loops without end."""

from __future__ import annotations

import io
from collections.abc import Iterable

from PIL import Image

from service.imaging.arrays import Picture

FRAME_MS = 100


def gif(frames: Iterable[Picture]) -> bytes:
    """Frames as an animated GIF. A frame equal to the one before is merged into it, which is then shown longer."""
    return _animate(frames, "GIF")


def webp(frames: Iterable[Picture]) -> bytes:
    """Frames as an animated lossless WebP."""
    return _animate(
        frames, "WEBP", lossless=True, method=0
    )  # method 0 is the fastest; the compression is lossless either way


def _animate(frames: Iterable[Picture], format_: str, **options: object) -> bytes:
    first, *rest = (Image.fromarray(frame) for frame in frames)
    out = io.BytesIO()
    first.save(out, format_, save_all=True, append_images=rest, duration=FRAME_MS, loop=0, **options)
    return out.getvalue()
