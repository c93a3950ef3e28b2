"""Samples of one line of text each, with a bounding box for every character."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from latent import CodeError, codes
from latent.codes import Value
from latent.spec import STYLE
from service.datasets import code_ranges
from service.datasets.corpora import CorpusLookup
from service.datasets.glyphs import codepoints, glyph_facts, json_seed
from service.datasets.line_composer import LineComposer
from service.datasets.line_parameters import HEIGHTS
from service.datasets.paper_parameters import paper_version
from service.datasets.rejection_sampling import Propose, SampledGlyphs
from service.datasets.sample import Sample
from service.datasets.source import DatasetSource
from service.datasets.spec import OF_PAGES, DatasetSpec
from service.datasets.texts import TextSampler
from service.datasets.writer_style import MAX_CHARACTERS, WriterStyle, glyph_labels
from service.imaging.arrays import Picture
from service.imaging.lines import Box, ComposedLine, LineStyle
from service.imaging.paper.perspective import Quad
from service.imaging.paper.sheet import put_on_paper
from service.imaging.paper.style import PaperStyle


@dataclass(frozen=True)
class LineSamples:
    """The samples of a data set of lines."""

    source: DatasetSource
    spec: DatasetSpec
    texts: TextSampler
    composer: LineComposer
    paper: PaperStyle

    @classmethod
    def create(cls, source: DatasetSource, spec: DatasetSpec, find_corpus: CorpusLookup) -> LineSamples:
        """The samples of a spec.

        Raises:
            CodeError: a value that does not fit the model, or lines; an unknown corpus.
        """
        for name in OF_PAGES:
            if name in spec.model_fields_set:
                raise CodeError(name, getattr(spec, name), "is of sets of pages only")
        check_line_parameters(source, spec)
        writers = spec_writers(source, spec)
        style = spec.line_style(spec.height or LineStyle.height)
        composer = LineComposer(source, writers, style, spec.masks)
        return cls(source, spec, TextSampler.create(source, spec, find_corpus), composer, spec.paper_style(spec.paper))

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
        return " ".join(filter(None, (self.composer.version, self.texts.version, paper_version(self.paper))))

    @property
    def pixels_per_sample(self) -> int:
        """Pixels of the longest line in all channels, estimated."""
        return self.composer.pixels(self.texts.longest) * (1 if self.paper.is_clean else 3)

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
        for i, text, (start, stop), line in zip(indices, texts, pairwise(ends), lines, strict=True):
            picture, boxes, mask, quads = self._on_paper(i, line)
            facts = {
                "label": text,
                "codepoints": codepoints(text),
                "boxes": boxes,
                **({} if quads is None else {"quads": quads}),
                "seed": json_seed(self.spec.seed),
                "index": i,
                "model": self.source.version,
                "glyphs": facts_of_glyphs[start:stop],
            }
            samples.append(Sample(f"{i:09d}", picture, text, None, facts, boxes, mask, quads))
        return samples

    def _on_paper(self, index: int, line: ComposedLine) -> tuple[Picture, list[Box], Picture | None, list[Quad] | None]:
        """The picture of a line, its characters' boxes, its mask, and the characters' corners unless it is clean."""
        if self.paper.is_clean:
            return 255 - line.picture if self.spec.invert else line.picture, line.boxes, line.mask, None
        written = self.composer.writing_lines
        sheet = put_on_paper(line.picture, line.mask, written, self.paper, self.spec.seed, index)
        quads = [sheet.quad(box) for box in line.boxes]
        return sheet.picture, sheet.boxes(quads), sheet.mask, quads


def check_line_parameters(source: DatasetSource, spec: DatasetSpec) -> None:
    """Check the parameters that sets of lines and of pages have in common.

    Raises:
        CodeError: a parameter of single glyphs, another height than lines have, or one that needs a line frame.
    """
    for name in ("labels", "scale", "balance"):
        if name in spec.model_fields_set:
            raise CodeError(name, getattr(spec, name), "is of sets of single glyphs only")
    if spec.height is not None and spec.height not in HEIGHTS:
        raise CodeError("height", spec.height, f"must be one of {', '.join(map(str, HEIGHTS))} for lines")
    spec.check_frame(source.card)


def spec_writers(source: DatasetSource, spec: DatasetSpec, most: int = MAX_CHARACTERS) -> WriterStyle:
    """The writers of a spec's lines or pages, each of which has at most `most` characters.

    Raises:
        CodeError: codes or a style that do not fit the model.
    """
    ranges = code_ranges.parse(source.latent, spec.model_extra or {}, spec.parameters())
    hand = _spec_hand(source, spec)
    return WriterStyle(source.latent, spec.seed, ranges, spec.jitter, spec.truncation, hand, most)


def _spec_hand(source: DatasetSource, spec: DatasetSpec) -> dict[str, Value] | None:
    """The hand of all lines, by the spec's `style`; None where each line has its own.

    Raises:
        CodeError: a model without a style, or numbers that are none, too many or too few, or out of range.
    """
    if spec.style is None:
        return None
    if source.latent.style is None:
        raise CodeError("style", spec.style, f"needs a model that has a `style`, and {source.card.name} has none")
    try:
        numbers = [float(number) for number in spec.style.split(",")]
    except ValueError:
        raise CodeError("style", spec.style, "must be numbers, separated by commas") from None
    return {STYLE: codes.check_noise(numbers, "style", source.latent.style.size).tolist()}
