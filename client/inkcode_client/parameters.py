"""The parameters of lines, pages and data sets, as the service's own documentation describes them.

All are optional; what is left out has the service's default, and a service that does not know one says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from inkcode_client.pictures import PictureLike

Paper = Literal["clean", "notebook", "scan", "photo"]


class _Layout(TypedDict, total=False):
    """How lines are laid out. Lengths are shares of the line's height."""

    height: int
    spacing: float
    kerning: float
    slant: float
    jitter: float
    word_space: float
    baseline_drift: float
    size_drift: float
    truncation: float


class _Degradations(TypedDict, total=False):
    """The greatest strength of each degradation of paper, 0 to 1."""

    ruling: float
    texture: float
    ink_variation: float
    perspective: float
    shadow: float
    blur: float
    noise: float
    jpeg: float


class _PageSize(TypedDict, total=False):
    """The size of pages in pixels, and how lines stand on them."""

    page_width: int
    page_height: int
    margin: float
    line_spacing: float


class WritingParameters(_Layout, _Degradations, total=False):
    """What lines and pages have in common.

    `ink` and `paper` are colours, `#1a1a80`; `paper` may be a kind of paper too. `style` are the numbers of a hand,
    `hand` pictures of some characters that a person wrote.
    """

    seed: int
    model: str
    ink: str
    paper: str
    style: Sequence[float]
    hand: Sequence[PictureLike]


class LineParameters(WritingParameters, total=False):
    """The parameters of lines. With `masks`, each has a second picture: of which character the ink of a pixel is."""

    masks: bool


class PageParameters(WritingParameters, _PageSize, total=False):
    """The parameters of pages. `wrap`: whether a text goes on in the next line where a line is full."""

    wrap: bool


class DatasetParameters(_Layout, _Degradations, _PageSize, total=False):
    """The parameters of a data set; lists may be given as lists.

    `codes` are values to hold, or ranges to draw from: `{"c3": 0.5, "c2": (-1, 1)}`.
    """

    n: int
    seed: int
    size: int
    labels: str | Sequence[str]
    balance: str
    scale: int
    invert: bool
    min_confidence: float
    verifier: str
    kind: Literal["glyphs", "lines", "pages"]
    pattern: str
    words: str | Sequence[str]
    length: str
    corpus: str
    texts_per_line: str
    texts_per_page: str
    case: str
    digits: float
    punctuation: float
    paper: Paper
    masks: bool
    codes: Mapping[str, float | str | tuple[float, float]]
