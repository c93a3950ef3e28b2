"""From the glyphs of lines to their pictures, with or without the model's line frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from latent.codes import Latents
from service.datasets.rejection_sampling import Propose
from service.datasets.source import DatasetSource
from service.datasets.writer_style import WriterStyle, glyph_labels
from service.imaging.arrays import Images, pictures
from service.imaging.framed_lines import FRAMED_LINES_VERSION, HandMovement, compose_framed
from service.imaging.lines import BASELINE, ComposedLine, LineStyle, compose
from service.imaging.paper.ruling import WritingLines


@dataclass(frozen=True)
class LineComposer:
    """Lines by their writers. `masked`: each line gets a mask, see `ComposedLine`."""

    source: DatasetSource
    writers: WriterStyle
    style: LineStyle
    masked: bool = False

    @property
    def version(self) -> str:
        """What decides the pictures besides glyphs and parameters; empty for models without a frame."""
        return f"lines {FRAMED_LINES_VERSION}" if self.source.card.frame else ""

    @property
    def writing_lines(self) -> WritingLines:
        """Where the picture of a line is written on."""
        frame, height = self.source.card.frame, self.style.height
        return WritingLines((frame.baseline if frame else BASELINE) * height, height, height)

    def pixels(self, characters: int) -> int:
        """Pixels of a line, estimated: a character is about as wide as high, and half as wide in a line frame."""
        return characters * self.style.height**2 // (2 if self.source.card.frame else 1)

    def glyph_counts(self, texts: Sequence[str]) -> list[int]:
        """How many glyphs each text is written with."""
        return [len(glyph_labels(self.source, text, "text")) for text in texts]

    def proposal(self, lines: Sequence[int], labels: Sequence[Sequence[int]]) -> tuple[NDArray[np.intp], Propose]:
        """The labels of these lines' glyphs, line after line, and what proposes their latents.

        `lines` are the lines' numbers, `labels` the labels' numbers of each line, as `glyph_labels` gives them.
        """
        rows = [
            (line, place, label) for line, row in zip(lines, labels, strict=True) for place, label in enumerate(row)
        ]
        of_line, places, flat = np.array(rows, np.intp).reshape(-1, 3).T

        def propose(glyphs: NDArray[np.intp], attempt: int) -> Latents:
            return self.writers.latents(of_line[glyphs].tolist(), places[glyphs].tolist(), flat[glyphs], attempt)

        return flat, propose

    def compose(self, lines: Sequence[int], texts: Sequence[str], images: Images) -> list[ComposedLine]:
        """The lines of these numbers; `images` are their glyphs, line after line, uint8 `(n, 1, H, W)`."""
        return self.compose_moved(texts, images, self.writers.movements(lines, [len(text) for text in texts]))

    def compose_moved(
        self, texts: Sequence[str], images: Images, movements: Sequence[HandMovement]
    ) -> list[ComposedLine]:
        """Lines whose writers move like this."""
        glyphs, frame = pictures(images), self.source.card.frame
        if frame:
            return compose_framed(texts, glyphs, movements, self.style, frame, self.masked)
        ends = accumulate(self.glyph_counts(texts), initial=0)
        return [
            compose(text, list(glyphs[start:stop]), movement.offset, self.style, self.masked)
            for text, movement, (start, stop) in zip(texts, movements, pairwise(ends), strict=True)
        ]
