"""The latents of a line's characters: each line has one writer, whose characters are alike in style."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from latent import Categorical, CodeError, Continuous, LatentSpec, codes, philox
from latent.codes import Latents, Value
from service.datasets import code_ranges
from service.datasets.code_ranges import CodeRanges
from service.datasets.movement import hand_movements
from service.datasets.source import DatasetSource
from service.imaging.framed_lines import SPACE, HandMovement
from service.imaging.punctuation import PUNCTUATION

MAX_CHARACTERS = 64
"""Characters of a line, at most."""

_SPACE_ONLY = frozenset(SPACE)

# Random streams of a seed, apart from those of single glyphs and of the balance of labels.
_GLYPH_STREAM, _WRITER_STREAM, _OFFSET_STREAM = 2**33, 2**34, 2**35


def line_charset(source: DatasetSource) -> tuple[str, ...]:
    """The characters that a line can have: the model's single-character labels, and the space.

    A model without a line frame has the punctuation of `draw_punctuation`, too.

    Raises:
        CodeError: a model without labels, or in colour.
    """
    if source.card.image.channels != 1:
        raise CodeError("model", source.card.name, "draws in colour; lines are written by models that draw in grey")
    labels = [label for label in source.labelled.labels if len(label) == 1]
    return (*labels, *sorted(_drawn_here(source) - set(labels)))


def _drawn_here(source: DatasetSource) -> frozenset[str]:
    """The characters of a line that are not drawn by the model."""
    return _SPACE_ONLY if source.card.frame else PUNCTUATION


def glyph_labels(source: DatasetSource, text: str, field: str, most: int = MAX_CHARACTERS) -> list[int]:
    """The numbers of the labels of the characters that the model draws. `field` is the text's name in the request.

    Raises:
        CodeError: the text is empty or too long, or has characters, all listed, that are not in `line_charset`.
    """
    if not 0 < len(text) <= most:
        raise CodeError(field, text, f"must have 1 to {most} characters, not {len(text)}")
    if source.card.image.channels == 1:
        drawn_here, numbers = _drawn_here(source), source.label_numbers
        characters = [character for character in text if character not in drawn_here]
        if numbers.keys() >= set(characters):
            return [numbers[character] for character in characters]
    known = line_charset(source)
    listed, drawable = ", ".join(map(repr, sorted(set(text) - set(known)))), "".join(known)
    raise CodeError(field, text, f"nothing here draws {listed}; there are {drawable!r}")


class WriterStyle:
    """The writers of a seed; the i-th one writes line i. `jitter`, 0 to 1, is how much a writer's characters differ.

    `hand` are values of variables, by name, that all writers have and all their characters share. A line has at most
    `most` characters.
    """

    def __init__(
        self,
        spec: LatentSpec,
        seed: int,
        code_ranges: CodeRanges,
        jitter: float,
        truncation: float | None,
        hand: Mapping[str, Value] | None = None,
        most: int = MAX_CHARACTERS,
    ) -> None:
        self._spec, self._seed, self._code_ranges = spec, seed, code_ranges
        self._jitter, self._truncation, self._hand, self._most = jitter, truncation, hand or {}, most

    def latents(
        self, lines: Sequence[int], positions: Sequence[int], labels: NDArray[np.intp], attempt: int
    ) -> Latents:
        """The latents of glyphs, float32 `(n, dim)`: one for each line, position in it, and label's number.

        Every variable is a mix of the writer's value and the glyph's own, by `jitter`. In a model with a `style`, the
        style is the writer's and the other noise the glyph's own.
        """
        numbers = [line * self._most + position for line, position in zip(lines, positions, strict=True)]
        latents = codes.draw(self._spec, philox.stream(self._seed, _GLYPH_STREAM + attempt), numbers, self._truncation)
        # A writer is drawn once a line: a line's glyphs take the row of their writer.
        distinct, rows = np.unique(np.asarray(lines, np.int64), return_inverse=True)
        key = philox.stream(self._seed, _WRITER_STREAM)
        writers = codes.draw(self._spec, key, distinct.tolist(), self._truncation)[rows]
        for variable in self._spec:
            columns, jitter = self._spec.slices[variable.name], self._jitter
            if isinstance(variable, Categorical) or variable is self._spec.style:
                latents[:, columns] = writers[:, columns]
            elif isinstance(variable, Continuous):
                latents[:, columns] = (1 - jitter) * writers[:, columns] + jitter * latents[:, columns]
            elif self._spec.style is None:
                # On an arc, because the squares of its weights sum to 1: the noise keeps its variance.
                angle = jitter * math.pi / 2
                latents[:, columns] = math.cos(angle) * writers[:, columns] + math.sin(angle) * latents[:, columns]
        code_ranges.apply(self._spec, latents, self._code_ranges)
        codes.assign(self._spec, latents, self._hand, "")
        if self._spec.labelled:
            latents[:, self._spec.slices[self._spec.labelled.name]] = np.eye(self._spec.labelled.size)[labels]
        return latents

    def movements(self, lines: Sequence[int], lengths: Sequence[int]) -> list[HandMovement]:
        """How the writers move along these lines, of `lengths` characters, as `compose_framed` takes it."""
        offsets = philox.uniforms(philox.stream(self._seed, _OFFSET_STREAM), lines, self._most)
        return hand_movements(self._seed, lines, lengths, offsets)
