"""From a run to pictures: what `docker compose --profile train run trainer train …` does, without containers."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import tomli_w

from service.settings import Settings
from tests.deploy.test_compose import SERVICES
from tests.trainer.conftest import TINY
from trainer.__main__ import main


def test_a_running_service_serves_what_was_trained_beside_it(
    make_generator: Callable[..., Path],
    serve: Callable[[Settings], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # with `data`, `runs` and `models`, as `/` of the trainer's container has them
    (tmp_path / "tiny.toml").write_text(tomli_w.dumps(TINY))
    for name, value in SERVICES["trainer"]["environment"].items():
        monkeypatch.setenv(name, value.removeprefix("/"))
    make_generator(tmp_path / "models" / "before.onnx")
    with serve(Settings(models=tmp_path / "models", watch=0.1)) as client:
        assert main(["data", "strokes"]) == 0
        assert main(["train", "tiny.toml", "--device", "cpu"]) == 0
        _wait_for(client, "strokes-tiny")
        card = client.get("/models/strokes-tiny").json()
        assert (card["system"], card["encoder"]) == ("tiny", True)
        answer = client.post("/generate", json={"model": "strokes-tiny", "label": "7", "n": 4, "seed": 1})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert client.post("/generate", json={"model": "before"}).status_code == 200


def _wait_for(client: httpx.Client, model: str) -> None:
    until = time.monotonic() + 30
    while not client.get(f"/models/{model}").json().get("encoder"):
        assert time.monotonic() < until, client.get("/readyz").text
        time.sleep(0.1)
