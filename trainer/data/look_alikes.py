"""Characters that cannot be told apart without their neighbours: of one shape, or of one letter in two cases."""

from __future__ import annotations

from collections.abc import Sequence

_SHAPES = {"o": "0", "i": "1", "l": "1"}


def fold(label: str) -> str:
    """The name that a label shares with its look-alikes: case aside, `o` is `0`, and `i` and `l` are `1`."""
    folded = label.casefold()
    return _SHAPES.get(folded, folded)


def has_look_alikes(labels: Sequence[str]) -> bool:
    """Whether two of the labels are look-alikes."""
    return len(set(map(fold, labels))) < len(labels)
