"""Samples of a line of text each, and a box for every character."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from latent import CodeError
from latent.codes import Latents
from service.datasets import ranges, writer
from service.datasets.rejection_sampling import Drawn, Propose
from service.datasets.sample import Sample
from service.datasets.singles import codepoints, facts
from service.datasets.source import Source
from service.datasets.spec import Query
from service.datasets.texts import Texts
from service.datasets.writer import Hand
from service.imaging import lines
from service.imaging.arrays import pictures

HEIGHTS = (32, 48, 64)


@dataclass(frozen=True)
class Lines:
    """What a set of lines holds."""

    source: Source
    query: Query
    texts: Texts
    hand: Hand

    @classmethod
    def parse(cls, source: Source, query: Query) -> Lines:
        """What `query` asks of `source`.

        Raises:
            CodeError: a value that does not fit the model, or lines.
        """
        for name in ("labels", "scale", "balance"):
            if name in query.model_fields_set:
                raise CodeError(name, getattr(query, name), "must be left out: it is of sets of single glyphs")
        if query.height is not None and query.height not in HEIGHTS:
            raise CodeError("height", query.height, f"must be one of {', '.join(map(str, HEIGHTS))} for lines")
        found = ranges.parse(source.spec, query.model_extra or {}, query.parameters())
        hand = Hand(source.spec, query.seed, found, query.jitter, query.truncation)
        return cls(source, query, Texts.parse(source, query), hand)

    @property
    def charset(self) -> tuple[str, ...]:
        """Every character that a line of this set may have."""
        return tuple(sorted(self.texts.part.alphabet))

    @property
    def classes(self) -> int:
        """None: labels are texts."""
        return 0

    @property
    def style(self) -> lines.Hand:
        """How lines are laid out."""
        query = self.query
        return lines.Hand(query.height or HEIGHTS[0], query.spacing, query.kerning, query.slant)

    @property
    def pixels(self) -> int:
        """Pixels of the longest line, about: characters are about as wide as high."""
        return self.texts.part.longest * self.style.height**2

    def glyphs(self, indices: range) -> tuple[NDArray[np.intp], Propose]:
        """The glyphs of these lines, one line's after another's."""
        rows = [
            (i, place, value)
            for i, text in zip(indices, self.texts.draw(self.query.seed, indices), strict=True)
            for place, value in enumerate(writer.values(self.source, text, "text"))
        ]
        of_line, places, values = np.array(rows, np.intp).reshape(-1, 3).T

        def propose(glyphs: NDArray[np.intp], attempt: int) -> Latents:
            return self.hand.latents(of_line[glyphs].tolist(), places[glyphs].tolist(), values[glyphs], attempt)

        return values, propose

    def samples(self, indices: range, drawn: Drawn) -> list[Sample]:
        """The samples of these indices, their glyphs drawn."""
        texts = self.texts.draw(self.query.seed, indices)
        ends = accumulate((len(writer.values(self.source, text, "text")) for text in texts), initial=0)
        of_glyphs, images = facts(self.source, drawn), pictures(drawn.images)
        samples = []
        for i, text, (start, stop) in zip(indices, texts, pairwise(ends), strict=True):
            line, boxes = lines.compose(text, list(images[start:stop]), self.hand.sway(i, len(text)), self.style)
            document = {
                "label": text,
                "codepoints": codepoints(text),
                "boxes": boxes,
                "seed": self.query.seed,
                "index": i,
                "model": self.source.version,
                "glyphs": of_glyphs[start:stop],
            }
            samples.append(Sample(f"{i:09d}", 255 - line if self.query.invert else line, text, None, document))
        return samples
