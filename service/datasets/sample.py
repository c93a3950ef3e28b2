"""Labelled pictures, as every format writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from service.datasets.placed_writing import PlacedLine
from service.imaging.arrays import Picture
from service.imaging.lines import Box
from service.imaging.paper.perspective import Quad
from service.imaging.png import png


@dataclass(frozen=True)
class Sample:
    """A picture and its label. `class_index` is the label's number, or None if labels are texts.

    `facts` is everything known of the sample, for JSON. `key` names it within its data set: digits only, of one length,
    so that keys sort as samples do. A line has the box of each of its characters; where it is on paper, `quads` are the
    corners of what was a box; and its `mask` if that was asked for: see `ComposedLine`. A page has the entries of its
    lines: see `line_entry`.
    """

    key: str
    picture: Picture
    label: str
    class_index: int | None
    facts: Mapping[str, object]
    boxes: Sequence[Box] | None = None
    mask: Picture | None = None
    quads: Sequence[Quad] | None = None
    page_lines: Sequence[PlacedLine] | None = None

    @property
    def png(self) -> bytes:
        """The picture as a PNG file."""
        return png(self.picture)

    @cached_property
    def facts_json(self) -> str:
        """The facts as JSON."""
        return json.dumps(self.facts, ensure_ascii=False)


@dataclass(frozen=True)
class Shard:
    """The samples of one file, and the number of the shard within its data set.

    `code_types` are the types of the values in the facts' `codes`, by name. They are the model's, so that a format with
    typed columns does not have to infer them from samples.
    """

    number: int
    samples: Sequence[Sample]
    code_types: Mapping[str, type[int] | type[float]]

    @property
    def name(self) -> str:
        """The number as file names have it."""
        return f"{self.number:06d}"
