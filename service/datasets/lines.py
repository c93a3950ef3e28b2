"""Samples of one line of text each, with a bounding box for every character."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from latent import CodeError
from service.datasets import ranges
from service.datasets.corpora import CorpusLookup
from service.datasets.glyphs import codepoints, glyph_facts, json_seed
from service.datasets.line_composer import LineComposer
from service.datasets.line_parameters import HEIGHTS
from service.datasets.rejection_sampling import Propose, SampledGlyphs
from service.datasets.sample import Sample
from service.datasets.source import DatasetSource
from service.datasets.spec import DatasetSpec
from service.datasets.texts import TextSampler
from service.datasets.writer import WriterStyle, glyph_labels
from service.imaging.lines import LineStyle


@dataclass(frozen=True)
class LineSamples:
    """The samples of a data set of lines."""

    source: DatasetSource
    spec: DatasetSpec
    texts: TextSampler
    composer: LineComposer

    @classmethod
    def create(cls, source: DatasetSource, spec: DatasetSpec, find_corpus: CorpusLookup) -> LineSamples:
        """The samples of a spec.

        Raises:
            CodeError: a value that does not fit the model, or lines; an unknown corpus.
        """
        for name in ("labels", "scale", "balance"):
            if name in spec.model_fields_set:
                raise CodeError(name, getattr(spec, name), "must be left out: it is of sets of single glyphs")
        if spec.height is not None and spec.height not in HEIGHTS:
            raise CodeError("height", spec.height, f"must be one of {', '.join(map(str, HEIGHTS))} for lines")
        spec.check_frame(source.card)
        code_ranges = ranges.parse(source.latent, spec.model_extra or {}, spec.parameters())
        writers = WriterStyle(source.latent, spec.seed, code_ranges, spec.jitter, spec.truncation)
        style = spec.line_style(spec.height or LineStyle.height)
        composer = LineComposer(source, writers, style, spec.masks)
        return cls(source, spec, TextSampler.create(source, spec, find_corpus), composer)

    @property
    def charset(self) -> tuple[str, ...]:
        """Every character that a line of this data set can have."""
        return tuple(sorted(self.texts.alphabet))

    @property
    def num_classes(self) -> int:
        """0: the labels are texts."""
        return 0

    @property
    def version(self) -> str:
        """What decides the pictures besides glyphs and parameters; empty where nothing else does."""
        return " ".join(filter(None, (self.composer.version, self.texts.version)))

    @property
    def pixels_per_sample(self) -> int:
        """Pixels of the longest line, estimated."""
        return self.composer.pixels(self.texts.longest)

    def proposal(self, indices: range) -> tuple[NDArray[np.intp], Propose]:
        """The labels of these lines' glyphs, line after line, and what proposes their latents."""
        texts = self.texts.draw(self.spec.seed, indices)
        return self.composer.proposal(indices, [glyph_labels(self.source, text, "text") for text in texts])

    def samples(self, indices: range, glyphs: SampledGlyphs) -> list[Sample]:
        """The samples of these indices, made from their glyphs."""
        texts = self.texts.draw(self.spec.seed, indices)
        ends = accumulate(self.composer.glyph_counts(texts), initial=0)
        facts_of_glyphs = glyph_facts(self.source, glyphs)
        lines = self.composer.compose(indices, texts, glyphs.images)
        samples = []
        for i, text, (start, stop), (line, boxes, mask) in zip(indices, texts, pairwise(ends), lines, strict=True):
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
