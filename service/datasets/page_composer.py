"""From the glyphs of texts to pages: one writer a page, whose hand moves on from word to word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from latent import CodeError, philox
from service.datasets.line_composer import LineComposer
from service.datasets.placed_writing import Place, PlacedCharacter, PlacedLine, PlacedWord
from service.datasets.writer_style import MAX_CHARACTERS, glyph_labels
from service.imaging.arrays import Images
from service.imaging.framed_lines import WORD_SPACE_VARIATION, HandMovement
from service.imaging.lines import Box
from service.imaging.pages import (
    PAGES_VERSION,
    ComposedPage,
    LineStart,
    PageLine,
    PageStyle,
    PageWord,
    Word,
    compose_page,
)
from service.imaging.paper.colours import Rgb
from service.imaging.paper.ruling import WritingLines
from service.imaging.paper.sheet import PaperPicture, put_on_paper
from service.imaging.paper.style import PaperStyle

MAX_PAGE_CHARACTERS = 4096
"""Characters of a page, at most."""

_STREAM = 2**37 + 1  # of a seed: how lines of a page begin
_MAX_LINES = 1024  # of a page
_INDENT = 0.25  # of the height: how far a line begins to the right of the margin, at most
_SINKS = 2.0  # baseline drifts by which a line rises or sinks on its way, at most


@dataclass(frozen=True)
class PageComposer:
    """Pages by their writers: the i-th writer writes page i."""

    composer: LineComposer
    style: PageStyle
    seed: int

    @property
    def version(self) -> str:
        """What decides the pictures besides glyphs and parameters."""
        return " ".join(filter(None, (f"pages {PAGES_VERSION}", self.composer.version)))

    @property
    def writing_lines(self) -> WritingLines:
        """Where the lines of a page are written."""
        of_line = self.composer.writing_lines
        return of_line._replace(
            baseline=of_line.baseline + self.style.margin_pixels, pitch=self.style.line_spacing * of_line.height
        )

    def labels(self, texts: Sequence[str], field: str) -> list[int]:
        """The labels' numbers of all glyphs of a page; `field` names the list of texts in the request.

        Raises:
            CodeError: a text is empty or too long, or has characters that cannot be drawn.
        """
        for i, text in enumerate(texts):
            if not text.split() or max(map(len, text.split())) > MAX_CHARACTERS:
                raise CodeError(f"{field}[{i}]", text, f"must have words, of {MAX_CHARACTERS} characters at most")
        rows = (
            glyph_labels(self.composer.source, text, f"{field}[{i}]", MAX_PAGE_CHARACTERS)
            for i, text in enumerate(texts)
        )
        return [label for row in rows for label in row]

    def compose(self, page: int, texts: Sequence[str], images: Images, may_stop: bool = False) -> ComposedPage:
        """The page of this number; `images` are its glyphs, text after text, uint8 `(n, 1, H, W)`.

        Raises:
            PageFullError: see `compose_page`.
        """
        words = [(word, i) for i, text in enumerate(texts) for word in text.split()]
        (moved,) = self.composer.writers.movements([page], [sum(len(word) for word, _ in words)])
        movements, start = [], 0
        for word, _ in words:
            movements.append(HandMovement(*(numbers[start : start + len(word)] for numbers in moved)))
            start += len(word)
        composed = self.composer.compose_moved([word for word, _ in words], images, movements)
        line_style = self.composer.style
        spaces = [
            line_style.word_space * line_style.height * (1 + WORD_SPACE_VARIATION * float(movement.word_space[0]))
            for movement in movements
        ]
        placed = [Word(word, line, space, i) for (word, i), line, space in zip(words, composed, spaces, strict=True)]
        return compose_page(placed, self._line_starts(page), self.style, may_stop)

    def _line_starts(self, page: int) -> Iterator[LineStart]:
        line_style = self.composer.style
        key, height = philox.stream(self.seed, _STREAM), line_style.height
        for line in count(page * _MAX_LINES):
            indent, sinks = philox.uniforms(key, [line], 2)[0].tolist()
            yield LineStart(_INDENT * height * indent, _SINKS * line_style.baseline_drift * height * (2 * sinks - 1))

    def on_paper(
        self, page: int, composed: ComposedPage, paper: PaperStyle, ink: Rgb | None = None, ground: Rgb | None = None
    ) -> PaperPicture:
        """A page on paper; see `put_on_paper`."""
        return put_on_paper(composed.picture, None, self.writing_lines, paper, self.seed, page, ink, ground)


def line_entry(line: PageLine, sheet: PaperPicture | None) -> PlacedLine:
    """A line of a page for JSON: its text, box and words, and these with their characters. On paper, with `quad`s."""

    def place(box: Box) -> Place:
        if sheet is None:
            return {"box": box}
        quad = sheet.quad(box)
        return {"box": sheet.boxes([quad])[0], "quad": quad}

    def word_entry(word: PageWord) -> PlacedWord:
        placed = zip(word.text, map(place, word.characters), strict=True)
        characters: list[PlacedCharacter] = [{"character": character, **where} for character, where in placed]
        return {"text": word.text, **place(word.box), "characters": characters}

    return {"text": line.text, **place(line.box), "words": [word_entry(word) for word in line.words]}
