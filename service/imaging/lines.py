"""Characters -> a line of writing, and where each of them stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.imaging.arrays import Picture
from service.imaging.punctuation import MARKS, SPACE, mark

Box = tuple[int, int, int, int]
"""x, y of the upper left corner, width, height, in pixels of the line."""

_INK = 48  # the least grey level that belongs to a character
_FOOT = 6 / 7  # of the height: where digits stand, as MNIST centres them in 28 rows
_HANGING = frozenset("gjpqy,;")
_MARGIN = 0.15
_OVERLAP = 0.3  # of the height: the most that kerning moves a character


@dataclass(frozen=True)
class Hand:
    """How a line is written; lengths as shares of `height`, which is in pixels.

    `spacing` stands between two characters, `kerning` from 0 to 1 is how far they move into one another's room,
    `slant` is the tangent of their lean to the right, `unsteady` the most that one leaves the baseline by.
    """

    height: int = 32
    spacing: float = 0.08
    kerning: float = 0.5
    slant: float = 0.0
    unsteady: float = 0.02


def compose(text: str, glyphs: Sequence[Picture], sway: NDArray[np.float64], hand: Hand) -> tuple[Picture, list[Box]]:
    """A line in white on black, grey uint8 `(height, width)`, and the box of each character's ink.

    `glyphs` are the pictures, grey and light on dark, of those characters that have one, in order: marks are drawn
    here. `sway` `(len(text),)` from 0 to 1 is where between the bounds each leaves the baseline. A space's box is the
    room it takes.
    """
    drawn = iter(glyphs)
    height = hand.height
    placed: list[tuple[Picture, int, int]] = []
    boxes: list[Box] = []
    at, before = float(height * _MARGIN), None
    for character, share in zip(text, sway, strict=True):
        own = mark(character, height) if character in MARKS else _sized(next(drawn), height)
        ink = _lean(own, hand.slant)
        inside = _bounds(ink)
        if inside is None:  # a space, or a glyph that came out blank
            width = round(SPACE * height)
            boxes.append((round(at), 0, width, height))
            at, before = at + width, None
            continue
        left, top, right, bottom = inside
        moved = (2 * share - 1) * hand.unsteady * height
        if character not in MARKS and character not in _HANGING:
            moved += _FOOT * height - bottom
        y = min(max(0, round(top + moved)), height - (bottom - top))
        ink = ink[top:bottom, left:right]
        if before is not None:
            at += hand.spacing * height - hand.kerning * _room(before, (ink, y), height)
        x = round(at)
        placed.append((ink, x, y))
        boxes.append((x, y, ink.shape[1], ink.shape[0]))
        at, before = x + ink.shape[1], (ink, y)
    # Kerning may have put a character before the one it follows.
    end = max([round(at), *(x + width for x, _, width, _ in boxes)])
    line = np.zeros((height, end + round(height * _MARGIN)), np.uint8)
    for ink, x, y in placed:
        place = line[y : y + ink.shape[0], x : x + ink.shape[1]]
        np.maximum(place, ink, out=place)
    return line, boxes


def coloured(line: Picture, ink: tuple[int, int, int], paper: tuple[int, int, int]) -> Picture:
    """A line, white on black, in these colours, RGB: grey uint8 `(H, W)` where both are grey, else `(H, W, 3)`."""
    grey = len(set(ink)) == len(set(paper)) == 1
    ends = np.array([paper, ink], np.float32)[:, : 1 if grey else 3]
    mixed = ends[0] + (line[..., None] / np.float32(255)) * (ends[1] - ends[0])
    picture: Picture = np.rint(mixed).astype(np.uint8)
    return picture[..., 0] if grey else picture


def _sized(glyph: Picture, height: int) -> Picture:
    width = max(1, round(glyph.shape[1] * height / glyph.shape[0]))
    # Reducing: bicubic does not ring around strokes as far as Lanczos does.
    return np.asarray(Image.fromarray(glyph).resize((width, height), Image.Resampling.BICUBIC))


def _lean(ink: Picture, slant: float) -> Picture:
    if not slant:
        return ink
    height, width = ink.shape
    room = round(abs(slant) * height) + 1
    picture = Image.new("L", (width + 2 * room, height))
    picture.paste(Image.fromarray(ink), (room, 0))
    # From the middle, so that what leans keeps its place.
    shear = (1.0, slant, -slant * height / 2, 0.0, 1.0, 0.0)
    return np.asarray(picture.transform(picture.size, Image.Transform.AFFINE, shear, Image.Resampling.BICUBIC))


def _bounds(ink: Picture) -> Box | None:
    """Left, top, right, bottom of what is ink, the last two one past it."""
    rows, columns = np.flatnonzero((ink >= _INK).any(axis=1)), np.flatnonzero((ink >= _INK).any(axis=0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _room(before: tuple[Picture, int], after: tuple[Picture, int], height: int) -> float:
    """Pixels that `after` could move to the left until some row of both touched, boxes side by side; ends somewhere."""
    right, left = np.full(height, np.inf), np.full(height, np.inf)
    for side, (ink, y), flipped in ((right, before, True), (left, after, False)):
        rows = (ink[:, ::-1] if flipped else ink) >= _INK
        side[y : y + len(rows)] = np.where(rows.any(axis=1), rows.argmax(axis=1), np.inf)
    return float(min((right + left).min(), _OVERLAP * height))
