"""The parameters of lines that requests and data sets share. Their defaults are those of `LineStyle`."""

from __future__ import annotations

from pydantic import BaseModel, Field

from latent import CodeError, ModelCard
from service.imaging.lines import LineStyle

HEIGHTS = (32, 48, 64)
"""Heights of a line, in pixels."""

_OF_FRAMED_MODELS = ("word_space", "baseline_drift", "size_drift")


class LineParameters(BaseModel):
    """How lines are laid out, and how much the characters of a line differ. Lengths are shares of the height."""

    spacing: float = Field(
        LineStyle.spacing, ge=0, le=1, description="Gap between characters, as a share of the height."
    )
    kerning: float = Field(
        LineStyle.kerning,
        ge=0,
        le=1,
        description="Share of the free space between outlines that is closed.",
    )
    slant: float = Field(LineStyle.slant, ge=-1, le=1, description="Tangent of the lean to the right.")
    jitter: float = Field(
        0.15, ge=0, le=1, description="How much the codes of a line's characters differ; 1: as much as lines do."
    )
    word_space: float = Field(
        LineStyle.word_space,
        ge=0,
        le=2,
        description="Width of a space, as a share of the height; models with a line frame.",
    )
    baseline_drift: float = Field(
        LineStyle.baseline_drift,
        ge=0,
        le=0.2,
        description="How far the baseline wanders along a line, as a share of the height; models with a line frame.",
    )
    size_drift: float = Field(
        LineStyle.size_drift,
        ge=0,
        le=0.5,
        description="How much the size wanders along a line, as a share of itself; models with a line frame.",
    )

    def line_style(self, height: int) -> LineStyle:
        """How lines of this height are laid out."""
        return LineStyle(
            height,
            self.spacing,
            self.kerning,
            self.slant,
            word_space=self.word_space,
            baseline_drift=self.baseline_drift,
            size_drift=self.size_drift,
        )

    def check_frame(self, card: ModelCard) -> None:
        """Check that the model has what the parameters are for.

        Raises:
            CodeError: a parameter of framed lines, and the model has no frame.
        """
        for name in _OF_FRAMED_MODELS:
            if card.frame is None and name in self.model_fields_set:
                raise CodeError(name, getattr(self, name), f"must be left out: {card.name} has no line frame")
