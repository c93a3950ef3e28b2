"""The parameters of paper that requests and data sets share."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from service.imaging.paper.style import DEGRADATIONS, PAPER_VERSION, STYLES, PaperKind, PaperStyle

KINDS = ", ".join(STYLES)


def _strength(what: str) -> Any:
    return Field(None, ge=0, le=1, description=f"{what}: the greatest strength; left out, that of the paper.")


class PaperParameters(BaseModel):
    """How strongly each degradation of paper acts: every picture draws its own strength, up to the one given."""

    ruling: float | None = _strength("Rules to write on")
    texture: float | None = _strength("Uneven paper")
    ink_variation: float | None = _strength("Ink that varies")
    perspective: float | None = _strength("A sheet seen askew")
    shadow: float | None = _strength("Uneven light")
    blur: float | None = _strength("Blur")
    noise: float | None = _strength("Noise")
    jpeg: float | None = _strength("JPEG artefacts")

    def paper_style(self, kind: PaperKind) -> PaperStyle:
        """The style of this kind of paper, with the strengths that are given."""
        return STYLES[kind].with_strengths(**{name: getattr(self, name) for name in DEGRADATIONS})


def paper_version(style: PaperStyle) -> str:
    """What decides pictures besides the parameters; empty for clean ones."""
    return "" if style.is_clean else f"paper {PAPER_VERSION}"
