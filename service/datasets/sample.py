"""One labelled picture, as every format writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from service.imaging.arrays import Picture
from service.imaging.png import png


@dataclass(frozen=True)
class Sample:
    """A picture and its label. `class_index` is the label's number, or None if labels are texts.

    `facts` is everything known of the sample, for JSON. `key` names it within its data set: digits only, of one length,
    so that keys sort as samples do.
    """

    key: str
    picture: Picture
    label: str
    class_index: int | None
    facts: Mapping[str, object]

    @property
    def png(self) -> bytes:
        """The picture as a PNG file."""
        return png(self.picture)

    @cached_property
    def facts_json(self) -> str:
        """The facts as JSON."""
        return json.dumps(self.facts, ensure_ascii=False)
