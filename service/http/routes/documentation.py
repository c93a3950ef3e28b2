"""`GET /docs`: the OpenAPI document as a page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

_FILES = "/static-offline-docs"  # where `FastAPIOffline` serves the page's scripts


@router.get("/docs")
async def page(request: Request) -> HTMLResponse:
    """The page, whose links lead back to the prefix of a proxy."""
    prefix = request.scope.get("root_path", "")
    return get_swagger_ui_html(
        openapi_url=f"{prefix}/openapi.json",
        title=f"{request.app.title} - API",
        swagger_js_url=f"{prefix}{_FILES}/swagger-ui-bundle.js",
        swagger_css_url=f"{prefix}{_FILES}/swagger-ui.css",
        swagger_favicon_url=f"{prefix}{_FILES}/favicon.png",
    )
