"""`GET /`: the playground."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

# All the page needs is in the page and in the paths beside it.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; img-src 'self' blob: data:"
)


@cache
def _page() -> str:
    return (Path(__file__).parents[2] / "web" / "index.html").read_text(encoding="utf-8")


@router.get("/")
async def page(request: Request) -> HTMLResponse:
    """The playground page. Its links are relative: below the prefix of a proxy, to the base that it names."""
    prefix = request.scope.get("root_path", "")
    content = _page().replace("<head>", f'<head>\n<base href="{escape(prefix)}/">', 1) if prefix else _page()
    return HTMLResponse(content, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"})
