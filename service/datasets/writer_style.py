"""The latents of a line's characters: each line has one writer, whose characters are alike in style."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latent import Categorical, CodeError, Continuous, LatentSpec, codes, philox
from latent.codes import Latents
from service.datasets import code_ranges
from service.datasets.code_ranges import CodeRanges
from service.datasets.source import DatasetSource
from service.imaging.punctuation import PUNCTUATION

MAX_CHARACTERS = 64
"""Characters of a line, at most."""

# Random streams of a seed, apart from those of single glyphs and of the balance of labels.
_GLYPH_STREAM, _WRITER_STREAM, _OFFSET_STREAM = 2**33, 2**34, 2**35


def line_charset(source: DatasetSource) -> tuple[str, ...]:
    """The characters that a line can have: the model's single-character labels, and punctuation.

    Raises:
        CodeError: a model without labels, or in colour.
    """
    if source.card.image.channels != 1:
        raise CodeError("model", source.card.name, "draws in colour; lines are written by models that draw in grey")
    labels = [label for label in source.labelled.labels if len(label) == 1]
    return (*labels, *sorted(PUNCTUATION - set(labels)))


def glyph_labels(source: DatasetSource, text: str, field: str) -> list[int]:
    """The numbers of the labels of a text's characters, without punctuation. `field` is the text's name in the request.

    Raises:
        CodeError: the text is empty or too long, or has characters, all listed, that neither the model nor
            `draw_punctuation` draws.
    """
    if not 0 < len(text) <= MAX_CHARACTERS:
        raise CodeError(field, text, f"must have 1 to {MAX_CHARACTERS} characters, not {len(text)}")
    known = line_charset(source)
    unknown = sorted(set(text) - set(known))
    if unknown:
        listed, drawable = ", ".join(map(repr, unknown)), "".join(known)
        raise CodeError(field, text, f"nothing here draws {listed}; there are {drawable!r}")
    return [source.labelled.labels.index(character) for character in text if character not in PUNCTUATION]


class WriterStyle:
    """The writers of a seed; the i-th one writes line i. `jitter`, 0 to 1, is how much a writer's characters differ."""

    def __init__(
        self, spec: LatentSpec, seed: int, code_ranges: CodeRanges, jitter: float, truncation: float | None
    ) -> None:
        self._spec, self._seed, self._code_ranges = spec, seed, code_ranges
        self._jitter, self._truncation = jitter, truncation

    def latents(
        self, lines: Sequence[int], positions: Sequence[int], labels: NDArray[np.intp], attempt: int
    ) -> Latents:
        """The latents of glyphs, float32 `(n, dim)`: one for each line, position in it, and label's number.

        Every variable is a mix of the writer's value and the glyph's own, by `jitter`.
        """
        numbers = [line * MAX_CHARACTERS + position for line, position in zip(lines, positions, strict=True)]
        latents = codes.draw(self._spec, philox.stream(self._seed, _GLYPH_STREAM + attempt), numbers, self._truncation)
        # A writer is drawn once a line: a line's glyphs take the row of their writer.
        distinct, rows = np.unique(np.asarray(lines, np.int64), return_inverse=True)
        key = philox.stream(self._seed, _WRITER_STREAM)
        writers = codes.draw(self._spec, key, distinct.tolist(), self._truncation)[rows]
        for variable in self._spec:
            columns, jitter = self._spec.slices[variable.name], self._jitter
            if isinstance(variable, Categorical):
                latents[:, columns] = writers[:, columns]
            elif isinstance(variable, Continuous):
                latents[:, columns] = (1 - jitter) * writers[:, columns] + jitter * latents[:, columns]
            else:  # on an arc, because the squares of its weights sum to 1: the noise keeps its variance
                angle = jitter * math.pi / 2
                latents[:, columns] = math.cos(angle) * writers[:, columns] + math.sin(angle) * latents[:, columns]
        code_ranges.apply(self._spec, latents, self._code_ranges)
        if self._spec.labelled:
            latents[:, self._spec.slices[self._spec.labelled.name]] = np.eye(self._spec.labelled.size)[labels]
        return latents

    def baseline_offsets(self, line: int, characters: int) -> NDArray[np.float64]:
        """How far each character of a line is off the baseline, `(characters,)`, from 0 to 1, as `compose` takes it."""
        return philox.uniforms(philox.stream(self._seed, _OFFSET_STREAM), [line], MAX_CHARACTERS)[0, :characters]
