"""The rules of a notebook's page: lines to write on, sometimes squares, sometimes a margin."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from service.imaging.paper.random_effects import EffectRandom, Field

_SQUARED, _WITH_MARGIN = 0.25, 0.2  # share of ruled papers
_WIDTH = 1 / 40  # of a rule, in heights of a line
_OFFSET = 0.06  # of the pitch: how far rules are from where one writes


class WritingLines(NamedTuple):
    """Where lines are written: the y of the first baseline, the distance of lines, and their height, in pixels."""

    baseline: float
    pitch: float
    height: float


def ruled(height: int, width: int, lines: WritingLines, strength: float, random: EffectRandom) -> Field:
    """How much of each pixel a rule covers, from 0 to `strength`."""
    pitch, unit = lines.pitch, lines.height
    cover = np.zeros((height, width), np.float32)
    thickness = max(1.0, unit * _WIDTH * random.uniform(0.7, 1.5))
    first = lines.baseline + random.uniform(-_OFFSET, 2 * _OFFSET) * pitch
    is_squared, has_margin, margin = random.uniform() < _SQUARED, random.uniform() < _WITH_MARGIN, random.uniform()
    if is_squared:
        pitch /= 2
        _add_rules(cover.T, random.uniform(0, pitch), pitch, thickness)
    elif has_margin:
        _add_rules(cover.T, margin * min(width, 2 * unit), math.inf, thickness)
    _add_rules(cover, first, pitch, thickness)
    return cover * np.float32(strength * random.uniform(0.7, 1))


def _add_rules(cover: Field, first: float, pitch: float, thickness: float) -> None:
    """Cover rows of `cover`, `pitch` apart, of which one begins at `first`; pixels in part where a rule ends."""
    number = 0 if math.isinf(pitch) else -math.ceil(first / pitch)
    while (top := first + (number * pitch if number else 0.0)) < len(cover):
        for row in range(max(0, math.floor(top)), min(len(cover), math.ceil(top + thickness))):
            share = min(row + 1.0, top + thickness) - max(float(row), top)
            cover[row] = np.maximum(cover[row], np.float32(share))
        if math.isinf(pitch):
            return
        number += 1
