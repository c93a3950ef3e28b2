"""One line of JSON a request."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.http.auth import new_key
from service.settings import Settings


def test_each_request_but_probes_is_a_line(
    models: Path, serve: Callable[[Settings], Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key, digest = new_key()
    (tmp_path / "keys").write_text(f"{digest} ocr team\n")
    caplog.set_level(logging.INFO, "inkcode.access")
    with serve(Settings(models=models, keys_file=tmp_path / "keys")) as client:
        headers = {"Authorization": f"Bearer {key}", "X-Request-ID": "mine"}
        fast = client.post("/generate", json={"n": 3}, headers=headers)
        asgi = client.get("/traverse?dim=c2&secret=1", headers=headers)
        client.post("/generate", json={})
        for probe in ("/livez", "/readyz", "/metrics"):
            client.get(probe)
    lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "inkcode.access"]
    assert [(line["route"], line["status"], line["path"]) for line in lines] == [
        ("/generate", 200, "fast"),
        ("/traverse", 422, "asgi"),
        ("/generate", 401, "fast"),
    ]
    assert lines[0]["bytes"] == len(fast.content)
    assert lines[1]["bytes"] == len(asgi.content)
    assert (lines[0]["id"], lines[0]["key"], lines[0]["model"], lines[0]["rows"]) == (
        "mine",
        "ocr team",
        "mnist-infogan",
        3,
    )
    assert all(lines[0][name] >= 0 for name in ("ms", "queue_ms", "inference_ms", "encode_ms"))
    assert "key" not in lines[2]
    assert key not in caplog.text
    assert "secret" not in caplog.text


def test_it_can_be_turned_off(models: Path, serve: Callable[[Settings], Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "inkcode.access")
    with serve(Settings(models=models, access_log=False)) as client:
        client.post("/generate", json={})
    assert [record for record in caplog.records if record.name == "inkcode.access"] == []
