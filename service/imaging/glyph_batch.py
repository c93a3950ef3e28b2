"""Operations on many glyphs at once, uint8 `(n, H, W)`, light on dark.

Each glyph's result is the same to the last bit whatever other glyphs are in the batch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

INK_THRESHOLD = 48
"""The least grey level that counts as ink."""

GlyphBatch = NDArray[np.uint8]
"""Glyphs of one size, uint8 `(n, H, W)`."""

_SPECK = 400  # levels in all
_FINE = 256  # steps of a pixel in which a row of a sheared glyph is moved


class InkBounds(NamedTuple):
    """Where the ink of each glyph is, `(n,)` each; `right` and `bottom` are exclusive. All are 0 without ink."""

    left: NDArray[np.intp]
    top: NDArray[np.intp]
    right: NDArray[np.intp]
    bottom: NDArray[np.intp]


def ink_bounds(glyphs: GlyphBatch) -> InkBounds:
    """The bounding boxes of the ink. A speck that stands apart, as generators leave some, does not count."""
    ink = glyphs >= INK_THRESHOLD
    left, right = _extent(ink.any(axis=1) & _has_weight(glyphs, 1))
    top, bottom = ink_rows(glyphs)
    return InkBounds(left, top, right, bottom)


def ink_rows(glyphs: GlyphBatch) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """`top` and `bottom` of `ink_bounds`."""
    return _extent((glyphs >= INK_THRESHOLD).any(axis=2) & _has_weight(glyphs, 2))


def _has_weight(glyphs: GlyphBatch, axis: int) -> NDArray[np.bool_]:
    """Whether a column (`axis` 1) or row (2) and its two neighbours have more ink than a speck."""
    weight = glyphs.sum(axis=axis, dtype=np.uint32)
    near = weight.copy()
    near[:, 1:] += weight[:, :-1]
    near[:, :-1] += weight[:, 1:]
    return np.asarray(near >= _SPECK)


def _extent(is_inked: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first True of each row of `(n, length)`, and the one after the last; 0 and 0 in a row without any."""
    last = is_inked.shape[1] - is_inked[:, ::-1].argmax(axis=1)
    return is_inked.argmax(axis=1), np.where(is_inked.any(axis=1), last, 0)


def resize(glyphs: GlyphBatch, height: int) -> GlyphBatch:
    """Glyphs in another height, uint8 `(n, height, width)`, of the same proportions; bicubic, as Pillow does it.

    One call of Pillow resizes all rows, and one all columns: glyph by glyph, the calls would take most of the time.
    """
    if height == glyphs.shape[1]:
        return glyphs
    width = max(1, round(glyphs.shape[2] * height / glyphs.shape[1]))
    rows = _resize_last_axis(glyphs, width)
    return _resize_last_axis(rows.transpose(0, 2, 1), height).transpose(0, 2, 1)


def _resize_last_axis(arrays: NDArray[np.uint8], length: int) -> NDArray[np.uint8]:
    """Each row of `(n, rows, columns)` in another length; rows without ink, which are most, are left out."""
    n, rows, columns = arrays.shape
    flat = np.ascontiguousarray(arrays).reshape(n * rows, columns)
    inked = np.flatnonzero(flat.any(axis=1))
    resized = np.zeros((n * rows, length), np.uint8)
    if len(inked):
        picture = Image.fromarray(flat[inked]).resize((length, len(inked)), Image.Resampling.BICUBIC)
        resized[inked] = np.asarray(picture)
    return resized.reshape(n, rows, length)


def shear(glyphs: GlyphBatch, slant: float, baseline: float) -> GlyphBatch:
    """Glyphs that lean to the right by the tangent `slant`, about the row `baseline`; wider by what leans out."""
    if not slant:
        return glyphs
    n, height, width = glyphs.shape
    padding = int(abs(slant) * height) + 2
    sheared = np.zeros((n, height, width + 2 * padding), np.uint8)
    for row in range(height):
        shift = round(slant * (baseline - row - 0.5) * _FINE)
        whole, fraction = divmod(shift, _FINE)
        line = glyphs[:, row].astype(np.uint32)
        at = padding + whole
        blended = np.zeros((n, width + 1), np.uint32)
        blended[:, :-1] = line * (_FINE - fraction)
        blended[:, 1:] += line * fraction
        sheared[:, row, at : at + width + 1] = (blended + _FINE // 2) // _FINE
    return sheared


def side_bearings(glyphs: GlyphBatch, bounds: InkBounds) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """How far the ink of each row is from the left and from the right end of its glyph's ink, int32 `(n, H)` each.

    A row without ink has the width of the glyph: more than any other.
    """
    width = glyphs.shape[2]
    columns = np.arange(width)
    is_within = (columns >= bounds.left[:, None]) & (columns < bounds.right[:, None])
    ink = (glyphs >= INK_THRESHOLD) & is_within[:, None]
    has_ink = ink.any(axis=2)
    first = ink.argmax(axis=2) - bounds.left[:, None]
    last = bounds.right[:, None] - width + ink[:, :, ::-1].argmax(axis=2)
    return np.where(has_ink, first, width).astype(np.int32), np.where(has_ink, last, width).astype(np.int32)
