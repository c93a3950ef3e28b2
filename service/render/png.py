"""One picture -> PNG."""

from __future__ import annotations

import io
import zlib

from PIL import Image

from service.images import Picture

# Measured on a grid of 10 x 10 real digits: runs alone 0.8 ms and 18.7 kB; zlib's usual search 1.0 ms and 21.8 kB at
# level 1, 2.0 ms and 20.2 kB at level 6.
_COMPRESSION = {"compress_level": 1, "compress_type": zlib.Z_RLE}


def png(picture: Picture) -> bytes:
    """A picture as a PNG file; the same picture gives the same bytes."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", **_COMPRESSION)
    return out.getvalue()
