"""Pictures of characters -> one line of text, and the bounding box of each character."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.imaging.arrays import Picture
from service.imaging.punctuation import PUNCTUATION, SPACE_WIDTH, draw_punctuation

Box = tuple[int, int, int, int]
"""x and y of the upper left corner, width and height, in pixels of the line."""

BASELINE = 6 / 7
"""Share of the height, from the top: where the digits of MNIST, centred in 28 rows, end at the bottom."""

_INK_THRESHOLD = 48  # the least grey level that counts as ink
_DESCENDERS = frozenset("gjpqy,;")
_MARGIN = 0.15  # of the height: empty space to the left and to the right of a line
_MAX_KERNING = 0.3  # of the height: the most that a character is moved to the left


@dataclass(frozen=True)
class LineStyle:
    """How a line is laid out. `height` is in pixels; other lengths are shares of it.

    `spacing` is the gap between two characters. `kerning`, from 0 to 1, is how much of the free space between their
    outlines is closed. `slant` is the tangent of the angle by which characters lean to the right. `baseline_jitter` is
    the most that a character is moved up or down.

    The rest is of lines composed by a model's frame: the width of a space, `word_space`; and how much the baseline and,
    as a share of itself, the size drift along a line at most.
    """

    height: int = 32
    spacing: float = 0.08
    kerning: float = 0.5
    slant: float = 0.0
    baseline_jitter: float = 0.02
    word_space: float = 0.3
    baseline_drift: float = 0.03
    size_drift: float = 0.06


class ComposedLine(NamedTuple):
    """A line: its `picture`, uint8 `(height, width)`, white on black, and the box of each character's ink.

    `mask`, if it was asked for, has the picture's shape: the number, from 1, of the character whose ink a pixel shows,
    the stronger one where characters touch, and 0 where there is none.
    """

    picture: Picture
    boxes: list[Box]
    mask: Picture | None


def compose(
    text: str,
    glyphs: Sequence[Picture],
    baseline_offsets: NDArray[np.float64],
    style: LineStyle,
    masked: bool = False,
) -> ComposedLine:
    """A line in white on black, uint8 `(height, width)`, and the bounding box of each character's ink.

    `glyphs` are the pictures of the characters in order, uint8 `(H, W)`, light on dark, without punctuation, which is
    drawn here. `baseline_offsets` `(len(text),)`, from 0 to 1, place each character between the least and the greatest
    baseline jitter. The box of a space, and of a glyph without ink, is the space that it takes.
    """
    remaining = iter(glyphs)
    height = style.height
    placed: list[tuple[int, Picture, int, int]] = []
    boxes: list[Box] = []
    x_end, before = float(height * _MARGIN), None
    for number, (character, offset) in enumerate(zip(text, baseline_offsets, strict=True), start=1):
        is_punctuation = character in PUNCTUATION
        glyph = draw_punctuation(character, height) if is_punctuation else _resize(next(remaining), height)
        ink = _shear(glyph, style.slant)
        bounds = _ink_bounds(ink)
        if bounds is None:  # a space, or a glyph without ink
            width = round(SPACE_WIDTH * height)
            boxes.append((round(x_end), 0, width, height))
            x_end, before = x_end + width, None
            continue
        left, top, right, bottom = bounds
        shift = (2 * offset - 1) * style.baseline_jitter * height
        if not is_punctuation and character not in _DESCENDERS:
            shift += BASELINE * height - bottom
        y = min(max(0, round(top + shift)), height - (bottom - top))
        ink = ink[top:bottom, left:right]
        if before is not None:
            x_end += style.spacing * height - style.kerning * _kerning_space(before, (ink, y), height)
        x = round(x_end)
        placed.append((number, ink, x, y))
        boxes.append((x, y, ink.shape[1], ink.shape[0]))
        x_end, before = x + ink.shape[1], (ink, y)
    # Kerning may have moved a character so far that an earlier one ends further to the right.
    end = max([round(x_end), *(x + width for x, _, width, _ in boxes)])
    line = np.zeros((height, end + round(height * _MARGIN)), np.uint8)
    mask = np.zeros_like(line) if masked else None
    for number, ink, x, y in placed:
        at = np.s_[y : y + ink.shape[0], x : x + ink.shape[1]]
        if mask is not None:
            mask[at][(ink >= _INK_THRESHOLD) & (ink > line[at])] = number
        np.maximum(line[at], ink, out=line[at])
    return ComposedLine(line, boxes, mask)


def colourize(line: Picture, ink: tuple[int, int, int], paper: tuple[int, int, int]) -> Picture:
    """A white on black line in other colours, given as RGB: uint8 `(H, W)` if both are grey, else `(H, W, 3)`."""
    grey = len(set(ink)) == len(set(paper)) == 1
    ends = np.array([paper, ink], np.float32)[:, : 1 if grey else 3]
    mixed = ends[0] + (line[..., None] / np.float32(255)) * (ends[1] - ends[0])
    picture: Picture = np.rint(mixed).astype(np.uint8)
    return picture[..., 0] if grey else picture


def _resize(glyph: Picture, height: int) -> Picture:
    width = max(1, round(glyph.shape[1] * height / glyph.shape[0]))
    # Bicubic: around strokes it rings less than Lanczos.
    return np.asarray(Image.fromarray(glyph).resize((width, height), Image.Resampling.BICUBIC))


def _shear(ink: Picture, slant: float) -> Picture:
    if not slant:
        return ink
    height, width = ink.shape
    padding = round(abs(slant) * height) + 1
    picture = Image.new("L", (width + 2 * padding, height))
    picture.paste(Image.fromarray(ink), (padding, 0))
    # About the middle row, so that the character as a whole stays where it is.
    matrix = (1.0, slant, -slant * height / 2, 0.0, 1.0, 0.0)
    return np.asarray(picture.transform(picture.size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC))


def _ink_bounds(ink: Picture) -> Box | None:
    """Left, top, right and bottom of the ink, the last two exclusive; None if there is none."""
    rows, columns = (
        np.flatnonzero((ink >= _INK_THRESHOLD).any(axis=1)),
        np.flatnonzero((ink >= _INK_THRESHOLD).any(axis=0)),
    )
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _kerning_space(before: tuple[Picture, int], after: tuple[Picture, int], height: int) -> float:
    """How many pixels `after`, placed right beside `before`, can move to the left until they touch in some row.

    Each is its ink and its y. At most `_MAX_KERNING` of the height.
    """
    right, left = np.full(height, np.inf), np.full(height, np.inf)
    for side, (ink, y), flipped in ((right, before, True), (left, after, False)):
        rows = (ink[:, ::-1] if flipped else ink) >= _INK_THRESHOLD
        side[y : y + len(rows)] = np.where(rows.any(axis=1), rows.argmax(axis=1), np.inf)
    return float(min((right + left).min(), _MAX_KERNING * height))
