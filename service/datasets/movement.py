"""How the writers of a seed move along their lines: slow waves of baseline and size, and gaps of varying width."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latent import philox
from service.imaging.framed_lines import HandMovement

_STREAM = 2**37  # of a seed
_PERIODS = 12.0, 60.0
"""Characters of the shortest and of the longest wave."""
_WAVES = ("baseline", "size")
_WAVE_NUMBERS = 5  # random numbers of one: two phases, two periods, and how the two share the height
_OWN_SHARE = 0.5  # of a gap's variation that is the writer's; the rest is each gap's own


def hand_movements(
    seed: int, lines: Sequence[int], lengths: Sequence[int], offsets: NDArray[np.float64]
) -> list[HandMovement]:
    """The movement along each of these lines, of `lengths` characters.

    `offsets` `(len(lines), most characters of a line)` are the jitter of each character. Each line's movement is a
    function of the seed and the line's number, and that of its first k characters does not depend on how many follow.
    """
    most = offsets.shape[1]
    u = philox.uniforms(philox.stream(seed, _STREAM), lines, _WAVE_NUMBERS * len(_WAVES) + 2 + 2 * most)
    head, rest = u[:, : _WAVE_NUMBERS * len(_WAVES) + 2], 2 * u[:, _WAVE_NUMBERS * len(_WAVES) + 2 :] - 1
    baseline, size = (_wave(head[:, i * _WAVE_NUMBERS : (i + 1) * _WAVE_NUMBERS], most) for i in range(len(_WAVES)))
    gap, word_space = (
        _OWN_SHARE * (2 * head[:, -2 + i, None] - 1) + (1 - _OWN_SHARE) * rest[:, i::2] for i in range(2)
    )
    return [
        HandMovement(*(numbers[row, :length] for numbers in (offsets, baseline, size, gap, word_space)))
        for row, length in enumerate(lengths)
    ]


def _wave(u: NDArray[np.float64], characters: int) -> NDArray[np.float64]:
    """The sum of two sine waves over the characters of each line, from -1 to 1, `(lines, characters)`.

    `u` are five uniform numbers for each line.
    """
    shortest, longest = _PERIODS
    periods = shortest * (longest / shortest) ** u[:, 2:4]
    at = np.arange(characters) / periods[..., None] + u[:, 0:2, None]
    waves = np.sin(2 * math.pi * at)
    share = u[:, 4, None]
    total: NDArray[np.float64] = share * waves[:, 0] + (1 - share) * waves[:, 1]
    return total
