"""One picture -> PNG."""

from __future__ import annotations

import io

from PIL import Image

from service.render.grid import Picture

LEVEL = 1  # zlib's; measured on grids of digits, 6 costs several times the time for a tenth less bytes


def png(picture: Picture) -> bytes:
    """A picture as a PNG file; the same picture gives the same bytes."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=LEVEL)
    return out.getvalue()
