"""Where uvicorn lacks a part that the fast path stands on, its own protocol serves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.server.choose_protocol import choose_protocol
from service.server.fast_path_protocol import FastPathProtocol
from service.server.plain_protocol import PlainProtocol
from service.server.uvicorn_internals import ATTRIBUTES, METHODS, missing
from service.settings import Settings


def test_this_uvicorn_has_every_part() -> None:
    assert missing() == []
    assert choose_protocol() is FastPathProtocol


@pytest.mark.parametrize("name", sorted({*METHODS} - {"connection_lost", "resume_writing"}))
def test_a_method_that_is_gone_is_named_in_a_warning(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(HttpToolsProtocol, name)
    if name == "connection_made":  # asyncio's own stands in for it
        monkeypatch.setattr("asyncio.BaseProtocol.connection_made", None, raising=False)
        monkeypatch.delattr("asyncio.BaseProtocol.connection_made")
    assert choose_protocol() is PlainProtocol
    assert name in caplog.text


def test_an_attribute_that_is_gone_is_named_in_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begin = HttpToolsProtocol.__init__

    def without_flow(self: HttpToolsProtocol, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        del self.flow

    monkeypatch.setattr(HttpToolsProtocol, "__init__", without_flow)
    assert "flow" in ATTRIBUTES
    assert choose_protocol() is PlainProtocol
    assert "lacks flow" in caplog.text


def test_the_service_answers_without_the_fast_path(
    models: Path, serve: Callable[[Settings], Any], client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("service.server.uvicorn_internals.missing", lambda: ["on_response_complete"])
        with serve(Settings(models=models)) as stock:
            body = {"n": 2, "seed": 7}
            assert stock.post("/generate", json=body).content == client.post("/generate", json=body).content
            assert (
                'inkcode_requests_total{path="asgi",route="/generate",status="200"} 1.0' in stock.get("/metrics").text
            )
