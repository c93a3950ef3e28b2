"""One writer a line: the latents of a line's characters, alike in style."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latent import Categorical, CodeError, Continuous, LatentSpec, codes, philox
from latent.codes import Latents
from service.datasets import ranges
from service.datasets.ranges import Ranges
from service.datasets.source import Source
from service.imaging.punctuation import MARKS

MOST = 64
"""Characters of a line, at most."""

_GLYPHS, _WRITERS, _SWAY = 2**33, 2**34, 2**35  # streams of a seed, beside those of single glyphs and of balances


def charset(source: Source) -> tuple[str, ...]:
    """The characters that a line can have: the model's own, and marks.

    Raises:
        CodeError: a model without labels, or in colour.
    """
    if source.card.image.channels != 1:
        raise CodeError("model", source.card.name, "draws in colour; lines are written by models that draw in grey")
    own = [label for label in source.labelled.labels if len(label) == 1]
    return (*own, *sorted(MARKS - set(own)))


def values(source: Source, text: str, field: str) -> list[int]:
    """The labels' numbers of a text's characters, marks left out.

    Raises:
        CodeError: too long, or of characters that neither the model nor a pen makes: all of them are listed.
    """
    if not 0 < len(text) <= MOST:
        raise CodeError(field, text, f"must have 1 to {MOST} characters, not {len(text)}")
    known = charset(source)
    unknown = sorted(set(text) - set(known))
    if unknown:
        listed, there = ", ".join(map(repr, unknown)), "".join(known)
        raise CodeError(field, text, f"nothing here draws {listed}; there are {there!r}")
    return [source.labelled.labels.index(character) for character in text if character not in MARKS]


class Hand:
    """Writes the lines of a seed: line i is of the i-th writer. `jitter` from 0 to 1 is how far a character strays."""

    def __init__(self, spec: LatentSpec, seed: int, bounds: Ranges, jitter: float, truncation: float | None) -> None:
        self._spec, self._seed, self._bounds = spec, seed, bounds
        self._jitter, self._truncation = jitter, truncation

    def latents(self, lines: Sequence[int], places: Sequence[int], labels: NDArray[np.intp], attempt: int) -> Latents:
        """A glyph at each place of its line, float32 `(n, dim)`, of these values of the labelled variable."""
        numbers = [line * MOST + place for line, place in zip(lines, places, strict=True)]
        own = codes.draw(self._spec, philox.stream(self._seed, _GLYPHS + attempt), numbers, self._truncation)
        writer = codes.draw(self._spec, philox.stream(self._seed, _WRITERS), lines, self._truncation)
        for variable in self._spec:
            at, share = self._spec.slices[variable.name], self._jitter
            if isinstance(variable, Categorical):
                own[:, at] = writer[:, at]
            elif isinstance(variable, Continuous):
                own[:, at] = (1 - share) * writer[:, at] + share * own[:, at]
            else:  # along the circle, which keeps the variance
                turn = share * math.pi / 2
                own[:, at] = math.cos(turn) * writer[:, at] + math.sin(turn) * own[:, at]
        ranges.apply(self._spec, own, self._bounds)
        if self._spec.labelled:
            own[:, self._spec.slices[self._spec.labelled.name]] = np.eye(self._spec.labelled.size)[labels]
        return own

    def sway(self, line: int, characters: int) -> NDArray[np.float64]:
        """Where between the bounds each character of a line leaves the baseline, from 0 to 1, `(characters,)`."""
        return philox.uniforms(philox.stream(self._seed, _SWAY), [line], MOST)[0, :characters]
