"""Samples of one line of text each, with a bounding box for every character."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from latent import CodeError
from latent.codes import Latents
from service.datasets import code_ranges
from service.datasets.corpora import CorpusLookup
from service.datasets.glyphs import codepoints, glyph_facts, json_seed
from service.datasets.rejection_sampling import Propose, SampledGlyphs
from service.datasets.sample import Sample
from service.datasets.source import DatasetSource
from service.datasets.spec import DatasetSpec
from service.datasets.texts import TextSampler
from service.datasets.writer_style import WriterStyle, glyph_labels
from service.imaging.arrays import pictures
from service.imaging.lines import LineStyle, compose

LINE_HEIGHTS = (32, 48, 64)


@dataclass(frozen=True)
class LineSamples:
    """The samples of a data set of lines."""

    source: DatasetSource
    spec: DatasetSpec
    texts: TextSampler
    writers: WriterStyle

    @classmethod
    def create(cls, source: DatasetSource, spec: DatasetSpec, find_corpus: CorpusLookup) -> LineSamples:
        """The samples of a spec.

        Raises:
            CodeError: a value that does not fit the model, or lines; an unknown corpus.
        """
        for name in ("labels", "scale", "balance"):
            if name in spec.model_fields_set:
                raise CodeError(name, getattr(spec, name), "is of sets of single glyphs only")
        if spec.height is not None and spec.height not in LINE_HEIGHTS:
            raise CodeError("height", spec.height, f"must be one of {', '.join(map(str, LINE_HEIGHTS))} for lines")
        ranges = code_ranges.parse(source.latent, spec.model_extra or {}, spec.parameters())
        writers = WriterStyle(source.latent, spec.seed, ranges, spec.jitter, spec.truncation)
        return cls(source, spec, TextSampler.create(source, spec, find_corpus), writers)

    @property
    def charset(self) -> tuple[str, ...]:
        """Every character that a line of this data set can have."""
        return tuple(sorted(self.texts.texts.alphabet))

    @property
    def num_classes(self) -> int:
        """0: the labels are texts."""
        return 0

    @property
    def style(self) -> LineStyle:
        """How lines are laid out."""
        spec = self.spec
        return LineStyle(spec.height or LINE_HEIGHTS[0], spec.spacing, spec.kerning, spec.slant)

    @property
    def pixels_per_sample(self) -> int:
        """Pixels of the longest line, estimated: a character is about as wide as high."""
        return self.texts.texts.longest * self.style.height**2

    def proposal(self, indices: range) -> tuple[NDArray[np.intp], Propose]:
        """The labels of these lines' glyphs, line after line, and what proposes their latents."""
        rows = [
            (i, position, label)
            for i, text in zip(indices, self.texts.draw(self.spec.seed, indices), strict=True)
            for position, label in enumerate(glyph_labels(self.source, text, "text"))
        ]
        lines, positions, labels = np.array(rows, np.intp).reshape(-1, 3).T

        def propose(glyphs: NDArray[np.intp], attempt: int) -> Latents:
            return self.writers.latents(lines[glyphs].tolist(), positions[glyphs].tolist(), labels[glyphs], attempt)

        return labels, propose

    def samples(self, indices: range, glyphs: SampledGlyphs) -> list[Sample]:
        """The samples of these indices, made from their glyphs."""
        texts = self.texts.draw(self.spec.seed, indices)
        ends = accumulate((len(glyph_labels(self.source, text, "text")) for text in texts), initial=0)
        facts_of_glyphs, glyph_pictures = glyph_facts(self.source, glyphs), pictures(glyphs.images)
        samples = []
        for i, text, (start, stop) in zip(indices, texts, pairwise(ends), strict=True):
            offsets = self.writers.baseline_offsets(i, len(text))
            line, boxes, mask = compose(text, list(glyph_pictures[start:stop]), offsets, self.style, self.spec.masks)
            facts = {
                "label": text,
                "codepoints": codepoints(text),
                "boxes": boxes,
                "seed": json_seed(self.spec.seed),
                "index": i,
                "model": self.source.version,
                "glyphs": facts_of_glyphs[start:stop],
            }
            picture = 255 - line if self.spec.invert else line
            samples.append(Sample(f"{i:09d}", picture, text, None, facts, boxes, mask))
        return samples
