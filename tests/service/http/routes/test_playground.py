"""The playground page needs nothing from elsewhere."""

from __future__ import annotations

import re

import httpx


def test_the_page_is_whole(client: httpx.Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert not re.search(r"(src|href)=\"(https?:)?//|@import|url\(", response.text)
    for path in ("generate", "traverse", "models"):
        assert path in response.text
