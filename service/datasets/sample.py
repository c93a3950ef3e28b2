"""One labelled picture, as every format takes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from service.imaging.arrays import Picture
from service.imaging.png import png


@dataclass(frozen=True)
class Sample:
    """A picture and its label. `value` is the label's number where labels are classes; `facts` are what is known of it.

    `key` names it within its set: digits, so that names sort as samples do.
    """

    key: str
    picture: Picture
    label: str
    value: int | None
    facts: Mapping[str, object]

    @property
    def png(self) -> bytes:
        """The picture as a PNG file."""
        return png(self.picture)

    @cached_property
    def document(self) -> str:
        """The facts as JSON."""
        return json.dumps(self.facts, ensure_ascii=False)
