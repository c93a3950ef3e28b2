"""Samples of one page of text each, with boxes for its lines, words and characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from latent import CodeError, philox
from service.datasets.corpora import CorpusLookup
from service.datasets.glyphs import json_seed
from service.datasets.line_composer import LineComposer
from service.datasets.lines import check_line_parameters, spec_writers
from service.datasets.page_composer import MAX_PAGE_CHARACTERS, PageComposer, line_entry
from service.datasets.paper_parameters import paper_version
from service.datasets.rejection_sampling import Propose, SampledGlyphs
from service.datasets.sample import Sample
from service.datasets.source import DatasetSource
from service.datasets.spec import DatasetSpec
from service.datasets.texts import TextSampler
from service.datasets.writer_style import MAX_CHARACTERS
from service.imaging.lines import LineStyle
from service.imaging.pages import PageFullError
from service.imaging.paper.style import PaperStyle

MAX_TEXTS = MAX_PAGE_CHARACTERS // MAX_CHARACTERS
"""Texts on a page, at most."""

_STREAM = 2**37 + 2  # of a seed: how many texts a page has


@dataclass(frozen=True)
class PageSamples:
    """The samples of a data set of pages."""

    source: DatasetSource
    spec: DatasetSpec
    texts: TextSampler
    composer: PageComposer
    paper: PaperStyle
    least: int
    most: int

    @classmethod
    def create(cls, source: DatasetSource, spec: DatasetSpec, find_corpus: CorpusLookup) -> PageSamples:
        """The samples of a spec.

        Raises:
            CodeError: a value that does not fit the model, or pages; an unknown corpus; a page that does not hold the
                longest text.
        """
        check_line_parameters(source, spec)
        if spec.masks:
            raise CodeError("masks", spec.masks, "is of sets of lines only")
        first, _, last = spec.texts_per_page.partition("-")
        least, most = int(first), int(last or first)
        if not 1 <= least <= most <= MAX_TEXTS:
            raise CodeError("texts_per_page", spec.texts_per_page, f"must be from 1 to {MAX_TEXTS}, as 8 or as 4-16")
        writers = spec_writers(source, spec, MAX_PAGE_CHARACTERS)
        lines = LineComposer(source, writers, spec.line_style(spec.height or LineStyle.height))
        composer = PageComposer(lines, spec.page_style(), spec.seed)
        texts = TextSampler.create(source, spec, find_corpus)
        return cls(source, spec, texts, composer, spec.paper_style(spec.paper), least, most)

    @property
    def charset(self) -> tuple[str, ...]:
        """Every character that a page of this data set can have."""
        return tuple(sorted(self.texts.alphabet))

    @property
    def num_classes(self) -> int:
        """0: the labels are texts."""
        return 0

    @property
    def version(self) -> str:
        """What decides the pictures besides glyphs and parameters."""
        return " ".join(filter(None, (self.composer.version, self.texts.version, paper_version(self.paper))))

    @property
    def pixels_per_sample(self) -> int:
        """Pixels of a page in all channels."""
        return self.spec.page_width * self.spec.page_height * (1 if self.paper.is_clean else 3)

    def proposal(self, indices: range) -> tuple[NDArray[np.intp], Propose]:
        """The labels of these pages' glyphs, page after page, and what proposes their latents."""
        labels = [self.composer.labels(texts, "texts") for texts in self._texts(indices)]
        return self.composer.composer.proposal(indices, labels)

    def samples(self, indices: range, glyphs: SampledGlyphs) -> list[Sample]:
        """The samples of these indices, made from their glyphs.

        Raises:
            CodeError: a page does not hold its first text.
        """
        samples, start = [], 0
        for i, texts in zip(indices, self._texts(indices), strict=True):
            stop = start + len(self.composer.labels(texts, "texts"))
            try:
                page = self.composer.compose(i, texts, glyphs.images[start:stop], may_stop=True)
            except PageFullError as error:
                raise CodeError("page_width", self.spec.page_width, f"does not hold {texts[error.text]!r}") from None
            start = stop
            sheet = None if self.paper.is_clean else self.composer.on_paper(i, page, self.paper)
            clean = 255 - page.picture if self.spec.invert else page.picture
            label = "\n".join(line.text for line in page.lines)
            lines = [line_entry(line, sheet) for line in page.lines]
            facts = {
                "label": label,
                "lines": lines,
                "seed": json_seed(self.spec.seed),
                "index": i,
                "model": self.source.version,
            }
            picture = clean if sheet is None else sheet.picture
            samples.append(Sample(f"{i:09d}", picture, label, None, facts, page_lines=lines))
        return samples

    def _texts(self, pages: Sequence[int]) -> list[list[str]]:
        """The texts of these pages. A text counts among the seed's as if each page had `MAX_TEXTS`."""
        number = philox.uniforms(philox.stream(self.spec.seed, _STREAM), pages, 1)[:, 0]
        counts = (self.least + number * (self.most - self.least + 1)).astype(int).tolist()
        draw = partial(self.texts.draw, self.spec.seed)
        return [draw(range(page * MAX_TEXTS, page * MAX_TEXTS + n)) for page, n in zip(pages, counts, strict=True)]
