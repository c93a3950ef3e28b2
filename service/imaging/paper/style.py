"""Kinds of paper, and how strongly each degradation acts."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

PaperKind = Literal["clean", "notebook", "scan", "photo"]

PAPER_VERSION = 1
"""Version of the degradations: another one may give other pictures."""


@dataclass(frozen=True)
class PaperStyle:
    """The greatest strength of each degradation, from 0 to 1: every picture draws its own, up to it."""

    kind: PaperKind = "clean"
    ruling: float = 0.0
    texture: float = 0.0
    ink_variation: float = 0.0
    perspective: float = 0.0
    shadow: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    jpeg: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether pictures stay as they are."""
        return self == PaperStyle()

    def with_strengths(self, **strengths: float | None) -> PaperStyle:
        """The style with other strengths; None leaves one as it is."""
        given: dict[str, Any] = {name: value for name, value in strengths.items() if value is not None}
        return replace(self, **given)


DEGRADATIONS = tuple(field.name for field in fields(PaperStyle) if field.name != "kind")
"""The names of all degradations, in the order in which they act."""

STYLES: dict[PaperKind, PaperStyle] = {
    "clean": PaperStyle(),
    "notebook": PaperStyle(
        "notebook", ruling=1.0, texture=0.4, ink_variation=0.5, perspective=0.1, shadow=0.1, blur=0.25, noise=0.1
    ),
    "scan": PaperStyle(
        "scan", texture=0.5, ink_variation=0.6, perspective=0.1, shadow=0.15, blur=0.4, noise=0.3, jpeg=0.5
    ),
    "photo": PaperStyle(
        "photo",
        ruling=0.4,
        texture=0.6,
        ink_variation=0.5,
        perspective=0.5,
        shadow=0.8,
        blur=0.5,
        noise=0.5,
        jpeg=0.6,
    ),
}
"""The degradations of each kind."""
