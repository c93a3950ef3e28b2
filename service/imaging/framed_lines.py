"""Lines of glyphs that stand at their true places and sizes: the model's frame says where the line runs through them.

All lines of a batch are composed at once, because calls into numpy and Pillow would otherwise take most of the time.
Each line is the same to the last bit whatever other lines are in the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latent.card import LineFrame
from service.imaging import glyph_batch
from service.imaging.arrays import Picture
from service.imaging.glyph_batch import INK_THRESHOLD, GlyphBatch
from service.imaging.lines import Box, ComposedLine, LineStyle

FRAMED_LINES_VERSION = 1
"""Version of the composition: another one may draw other lines of the same glyphs."""

SPACE = " "

WORD_SPACE_VARIATION = 0.35
"""Share of the word space: how much a writer's own may be wider or narrower."""

_GAP_VARIATION = 0.4  # of the spacing: how much a writer's own may be wider or narrower
_MARGIN = 0.15  # of the height: empty space to the left and to the right of a line
_MAX_KERNING = 0.22  # of the height: the most that a character is moved to the left
_REACH = 0.12  # of the height: ink this far above or below counts as beside, so that marks do not slip over letters
_CHUNK = 2048  # characters composed at once: bounds the memory


class HandMovement(NamedTuple):
    """How a hand moves along one line, a number for each character, float64 `(characters,)` each.

    `offset`, from 0 to 1, places a character between the least and the greatest baseline jitter. The others are from
    -1 to 1: the share of the drifts of baseline and size, and of the variation of gaps and of word spaces.
    """

    offset: NDArray[np.float64]
    baseline: NDArray[np.float64]
    size: NDArray[np.float64]
    gap: NDArray[np.float64]
    word_space: NDArray[np.float64]


def compose_framed(
    texts: Sequence[str],
    glyphs: GlyphBatch,
    movements: Sequence[HandMovement],
    style: LineStyle,
    frame: LineFrame,
    masked: bool = False,
) -> list[ComposedLine]:
    """Lines in white on black, each with the bounding box of every character's ink.

    `glyphs` are the pictures of all characters but spaces, line after line, uint8 `(n, H, W)`, light on dark. The
    whole height of a glyph becomes the line's height, and its baseline the line's. Ink that drift would move out of
    the line is moved back; a glyph whose ink is too high for the line is drawn smaller. The box of a space, and of a
    glyph without ink, is the space that it takes.
    """
    lines: list[ComposedLine] = []
    start = 0
    for first, last in _chunks(texts):
        stop = start + sum(len(text) - text.count(SPACE) for text in texts[first:last])
        lines += _compose(texts[first:last], glyphs[start:stop], movements[first:last], style, frame, masked)
        start = stop
    return lines


def _chunks(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Ranges of texts that have about `_CHUNK` characters each."""
    first = characters = 0
    for number, text in enumerate(texts):
        if characters and characters + len(text) > _CHUNK:
            yield first, number
            first, characters = number, 0
        characters += len(text)
    if texts:
        yield first, len(texts)


class _PlacedGlyphs(NamedTuple):
    """Resized glyphs: the ink of each, its y on the line, and its side bearings in each row of the line `(n, L)`."""

    ink: list[Picture]
    y: NDArray[np.intp]
    left: NDArray[np.int32]
    right: NDArray[np.int32]


def _compose(
    texts: Sequence[str],
    glyphs: GlyphBatch,
    movements: Sequence[HandMovement],
    style: LineStyle,
    frame: LineFrame,
    masked: bool,
) -> list[ComposedLine]:
    movement = HandMovement(*map(np.concatenate, zip(*movements, strict=True)))
    is_glyph = np.array([character != SPACE for text in texts for character in text])
    placed = _place(glyphs, HandMovement(*(numbers[is_glyph] for numbers in movement)), style, frame)
    height, n = style.height, len(is_glyph)
    of_glyph = np.cumsum(is_glyph) - 1
    widths = np.array([ink.shape[1] for ink in placed.ink], np.float64)
    has_ink = is_glyph.copy()
    has_ink[is_glyph] = widths > 0
    advances = style.word_space * height * (1 + WORD_SPACE_VARIATION * movement.word_space)
    advances[has_ink] = widths[of_glyph[has_ink]]
    line_starts = np.fromiter(accumulate(map(len, texts), initial=0), np.intp)
    begins_line = np.zeros(n, np.bool_)
    begins_line[line_starts[:-1]] = True
    follows = np.flatnonzero(has_ink[1:] & has_ink[:-1] & ~begins_line[1:]) + 1
    gaps = np.zeros(n)
    gaps[follows] = style.spacing * height * (1 + _GAP_VARIATION * movement.gap[follows])
    gaps[follows] -= style.kerning * _kerning_space(placed, of_glyph[follows], height)
    # Where each character begins: all that stands before it, its own gap included.
    begins = np.cumsum(gaps + advances) - advances
    begins += np.repeat(height * _MARGIN - begins[line_starts[:-1]], np.diff(line_starts))
    x, widths_in_pixels = np.rint(begins).astype(np.intp).tolist(), np.rint(advances).astype(np.intp).tolist()
    numbers = np.where(has_ink, of_glyph, -1).tolist()
    y = placed.y.tolist()
    return [
        _draw(x[start:stop], widths_in_pixels[start:stop], numbers[start:stop], placed.ink, y, height, masked)
        for start, stop in pairwise(line_starts.tolist())
    ]


def _place(glyphs: GlyphBatch, movement: HandMovement, style: LineStyle, frame: LineFrame) -> _PlacedGlyphs:
    """Resize all glyphs, and find the place of their ink on the line."""
    n, height = len(glyphs), style.height
    placed = _PlacedGlyphs(
        [np.zeros((0, 0), np.uint8)] * n,
        np.zeros(n, np.intp),
        np.full((n, height), height, np.int32),
        np.full((n, height), height, np.int32),
    )
    if not n:
        return placed
    top, bottom = glyph_batch.ink_rows(glyphs)
    # Resizing blurs the ink by about a pixel at either end.
    tallest = glyphs.shape[1] * (height - 2) / np.maximum(1, bottom - top)
    sizes = np.rint(np.minimum(height * (1 + style.size_drift * movement.size), tallest)).astype(np.intp)
    baselines = frame.baseline * height + height * (
        style.baseline_drift * movement.baseline + style.baseline_jitter * (2 * movement.offset - 1)
    )
    tops = np.rint(baselines - frame.baseline * sizes).astype(np.intp)
    for size in np.unique(sizes).tolist():
        of_size = np.flatnonzero(sizes == size)
        resized = glyph_batch.resize(glyphs[of_size], size)
        resized = glyph_batch.shear(resized, style.slant, frame.baseline * size)
        bounds = glyph_batch.ink_bounds(resized)
        bounds = bounds._replace(bottom=np.minimum(bounds.bottom, bounds.top + height))
        ink_height = bounds.bottom - bounds.top
        y = np.clip(tops[of_size] + bounds.top, 0, height - ink_height)
        placed.y[of_size] = y
        # Row r of the line is row r - y + top of the glyph.
        rows = np.arange(height) - (y - bounds.top)[:, None]
        is_within = (rows >= 0) & (rows < size)
        rows = rows.clip(0, size - 1)
        sides = (placed.left, placed.right), glyph_batch.side_bearings(resized, bounds)
        for side, bearings in zip(*sides, strict=True):
            side[of_size] = np.where(is_within, np.take_along_axis(bearings, rows, axis=1), height)
        for number, glyph, left, top, right, bottom in zip(
            of_size.tolist(), resized, *(edge.tolist() for edge in bounds), strict=True
        ):
            placed.ink[number] = glyph[top:bottom, left:right]
    return placed


def _kerning_space(placed: _PlacedGlyphs, glyphs: NDArray[np.intp], height: int) -> NDArray[np.float64]:
    """How many pixels each of `glyphs`, placed beside the one before it, can move to the left until they touch.

    Ink within `_REACH` above or below counts as touching. At most `_MAX_KERNING` of the height.
    """
    if not len(glyphs):
        return np.zeros(0)
    before = placed.right[glyphs - 1]
    reach, reached = round(_REACH * height), 0
    while reached < reach:  # the least of the rows within reach, in steps that double
        step = min(reach - reached, reached + 1)
        nearest = before.copy()
        np.minimum(nearest[:, step:], before[:, :-step], out=nearest[:, step:])
        np.minimum(nearest[:, :-step], before[:, step:], out=nearest[:, :-step])
        before, reached = nearest, reached + step
    space = (before + placed.left[glyphs]).min(axis=1).astype(np.float64)
    capped: NDArray[np.float64] = np.minimum(space, _MAX_KERNING * height)
    return capped


def _draw(
    x: Sequence[int],
    widths: Sequence[int],
    numbers: Sequence[int],
    inks: Sequence[Picture],
    y: Sequence[int],
    height: int,
    masked: bool,
) -> ComposedLine:
    """One line of the glyphs `numbers`, -1 where there is no ink."""
    boxes: list[Box] = [
        (left, y[number], width, inks[number].shape[0]) if number >= 0 else (left, 0, width, height)
        for left, width, number in zip(x, widths, numbers, strict=True)
    ]
    first = min(0, *x)  # kerning may move ink to the left of a narrow first character
    if first:
        boxes = [(left - first, top, width, tall) for left, top, width, tall in boxes]
    end = max(left + width for left, _, width, _ in boxes)
    line = np.zeros((height, end + round(height * _MARGIN)), np.uint8)
    mask = np.zeros_like(line) if masked else None
    for place, (number, (left, top, width, tall)) in enumerate(zip(numbers, boxes, strict=True), start=1):
        if number < 0:
            continue
        at = np.s_[top : top + tall, left : left + width]
        ink = inks[number]
        if mask is not None:
            mask[at][(ink >= INK_THRESHOLD) & (ink > line[at])] = place
        np.maximum(line[at], ink, out=line[at])
    return ComposedLine(line, boxes, mask)
