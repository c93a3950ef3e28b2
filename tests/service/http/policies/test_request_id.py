"""`X-Request-ID` on both paths."""

from __future__ import annotations

import httpx
import pytest


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_a_client_s_id_comes_back(client: httpx.Client, connection: str) -> None:
    headers = {"X-Request-ID": "trace:7/a.b-c_d", "Connection": connection}
    for response in (
        client.post("/generate", json={}, headers=headers),
        client.post("/generate", json={"n": 0}, headers=headers),
        client.get("/nothing", headers=headers),
    ):
        assert response.headers["x-request-id"] == "trace:7/a.b-c_d"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "\xff", '"'])
def test_an_id_that_is_none_is_replaced(client: httpx.Client, given: str) -> None:
    headers = {"X-Request-ID": given.encode("latin-1")}
    ids = {client.post("/generate", json={}, headers=headers).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert given not in ids
