"""`GET /openapi.json` and `GET /docs`: the OpenAPI document, and as a page."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

_FILES = "/static-offline-docs"  # where `FastAPIOffline` serves the page's scripts


@router.get("/openapi.json")
async def document(request: Request) -> Response:
    """The document, as JSON that is made once; behind a proxy, its server is the prefix."""
    app = request.app
    if not hasattr(app.state, "openapi_json"):
        app.state.openapi_json = json.dumps(app.openapi(), ensure_ascii=False).encode()
    content: bytes = app.state.openapi_json
    if prefix := request.scope.get("root_path", ""):
        content = b'{"servers":' + json.dumps([{"url": prefix}]).encode() + b"," + content[1:]
    return Response(content, media_type="application/json")


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
