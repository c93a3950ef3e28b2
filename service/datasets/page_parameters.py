"""The parameters of pages that requests and data sets share. Their defaults are those of `PageStyle`."""

from __future__ import annotations

from pydantic import BaseModel, Field

from service.imaging.pages import PageStyle


class PageParameters(BaseModel):
    """The size of pages, and how lines stand on them."""

    page_width: int = Field(PageStyle.width, ge=64, le=4096, description="Pixels of a page's width.")
    page_height: int = Field(PageStyle.height, ge=64, le=4096, description="Pixels of a page's height.")
    margin: float = Field(
        PageStyle.margin, ge=0, le=0.4, description="Margin of a page on each side, as a share of its width."
    )
    line_spacing: float = Field(
        PageStyle.line_spacing, ge=0.7, le=4, description="Distance of a page's lines, in heights of a line."
    )

    def page_style(self, wrap: bool = True) -> PageStyle:
        """The style of pages with these parameters."""
        return PageStyle(self.page_width, self.page_height, self.margin, self.line_spacing, wrap)


PAGE_PARAMETERS = tuple(PageParameters.model_fields)
