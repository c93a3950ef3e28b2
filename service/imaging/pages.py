"""Words -> a page of lines, and the boxes of its lines, words and characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from service.imaging.arrays import Picture
from service.imaging.lines import Box, ComposedLine

PAGES_VERSION = 1
"""Version of the composition: another one may place words elsewhere."""


class PageFullError(ValueError):
    """A page has no place for a text. `text` is the text's number, `lines` how many lines the page has."""

    def __init__(self, text: int, lines: int, is_wide: bool) -> None:
        super().__init__(f"text {text} does not fit on the page")
        self.text, self.lines, self.is_wide = text, lines, is_wide


@dataclass(frozen=True)
class PageStyle:
    """The size of a page in pixels; its `margin`, as a share of the width; and the distance of lines, in their heights.

    `wrap`: a text goes on in the next line where a line is full; if not, each text is a line.
    """

    width: int = 960
    height: int = 1280
    margin: float = 0.08
    line_spacing: float = 1.3
    wrap: bool = True

    @property
    def margin_pixels(self) -> int:
        """The margin on each side, in pixels."""
        return round(self.margin * self.width)


class PageWord(NamedTuple):
    """A word on a page: its text, its box, and the box of each of its characters."""

    text: str
    box: Box
    characters: list[Box]


class PageLine(NamedTuple):
    """A line on a page: its box, and its words in order."""

    box: Box
    words: list[PageWord]

    @property
    def text(self) -> str:
        """The words, with spaces between them."""
        return " ".join(word.text for word in self.words)


class ComposedPage(NamedTuple):
    """A page: its picture, uint8 `(H, W)`, white on black, its lines, and the number of texts that stand on it."""

    picture: Picture
    lines: list[PageLine]
    texts: int


class Word(NamedTuple):
    """A composed word, the space in front of it where it does not begin a line, and the number of its text."""

    text: str
    composed: ComposedLine
    space: float
    of_text: int


class LineStart(NamedTuple):
    """How a line begins and runs: how far it is indented, and how much it sinks until the right margin, in pixels."""

    indent: float
    sinks: float


def compose_page(words: Sequence[Word], starts: Iterator[LineStart], style: PageStyle, may_stop: bool) -> ComposedPage:
    """A page of words, from the upper left.

    With `may_stop`, the page ends in front of the first text that does not fit on it as a whole.

    Raises:
        PageFullError: the texts do not fit on the page; with `may_stop`, not even the first.
    """
    lines, is_full = _break_lines(words, starts, style)
    fitting = words[-1].of_text + 1 if not is_full else is_full.text
    if is_full and not (may_stop and fitting):
        raise is_full
    picture = np.zeros((style.height, style.width), np.uint8)
    drawn = [[placed for placed in line if placed.word.of_text < fitting] for line in lines]
    return ComposedPage(picture, [_draw(picture, line) for line in drawn if line], fitting)


class _PlacedWord(NamedTuple):
    """A word and where its picture's upper left corner is; its ink begins `left` pixels to the right."""

    word: Word
    x: int
    y: int


def _break_lines(
    words: Sequence[Word], starts: Iterator[LineStart], style: PageStyle
) -> tuple[list[list[_PlacedWord]], PageFullError | None]:
    """The lines that fit, and why the rest does not."""
    left, right = style.margin_pixels, style.width - style.margin_pixels
    height = words[0].composed.picture.shape[0]
    pitch = style.line_spacing * height
    most = max(0, int((style.height - 2 * left - height) / pitch) + 1) if style.height > 2 * left + height else 0
    lines: list[list[_PlacedWord]] = []
    start = LineStart(0.0, 0.0)
    x = 0.0
    for number, word in enumerate(words):
        begin, end = _ink_extent(word.composed)
        begins_text = number == 0 or words[number - 1].of_text != word.of_text
        is_beyond = not begins_text and x + word.space + end - begin > right
        if is_beyond and not style.wrap:
            return lines, PageFullError(word.of_text, most, is_wide=True)
        if begins_text or is_beyond:
            if len(lines) == most:
                return lines, PageFullError(word.of_text, most, is_wide=False)
            start = next(starts)
            x = left + start.indent
            lines.append([])
        else:
            x += word.space
        if x + end - begin > right + 1:
            return lines, PageFullError(word.of_text, most, is_wide=True)
        y = left + (len(lines) - 1) * pitch + start.sinks * (x - left) / max(1, right - left)
        lines[-1].append(_PlacedWord(word, round(x) - begin, min(max(0, round(y)), style.height - height)))
        x += end - begin
    return lines, None


def _ink_extent(composed: ComposedLine) -> tuple[int, int]:
    """Where the characters of a composed word begin and end."""
    return min(x for x, *_ in composed.boxes), max(x + width for x, _, width, _ in composed.boxes)


def _draw(page: Picture, placed: Sequence[_PlacedWord]) -> PageLine:
    words = []
    for word, x, y in placed:
        picture = word.composed.picture
        begin, end = _ink_extent(word.composed)
        at = np.s_[y : y + picture.shape[0], x + begin : x + end]
        np.maximum(page[at], picture[:, begin:end], out=page[at])
        boxes = [(x + left, y + top, width, height) for left, top, width, height in word.composed.boxes]
        words.append(PageWord(word.text, union(boxes), boxes))
    return PageLine(union([word.box for word in words]), words)


def union(boxes: Sequence[Box]) -> Box:
    """The smallest box around others."""
    left, top = min(x for x, *_ in boxes), min(y for _, y, *_ in boxes)
    right, bottom = max(x + width for x, _, width, _ in boxes), max(y + height for _, y, _, height in boxes)
    return left, top, right - left, bottom - top
