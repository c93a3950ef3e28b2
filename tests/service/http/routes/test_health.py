"""`/livez`, `/readyz`, `/metrics`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import Settings

Serve = Callable[[Settings], Any]


def test_a_service_with_models_is_ready(client: httpx.Client) -> None:
    assert client.get("/livez").json() == {"status": "alive"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "models": ["colour", "mnist-infogan", "noise"], "refused": []}


def test_a_broken_file_is_told_and_the_good_ones_serve(
    make_generator: Callable[..., Path], serve: Serve, tmp_path: Path
) -> None:
    make_generator(tmp_path / "good.onnx")
    (tmp_path / "broken.onnx").write_bytes(b"not a graph")
    with serve(Settings(models=tmp_path)) as client:
        ready = client.get("/readyz")
        assert ready.status_code == 200
        (refusal,) = ready.json()["refused"]
        assert refusal["file"] == "broken.onnx"
        assert refusal["reason"].startswith("cannot be loaded: ")
        assert client.post("/generate", json={"n": 1}).status_code == 200


def test_refused_encoders_and_verifiers_are_told_too(
    make_generator: Callable[..., Path],
    make_encoder: Callable[..., Path],
    make_verifier: Callable[..., Path],
    serve: Serve,
    tmp_path: Path,
) -> None:
    generator = make_generator(tmp_path / "good.onnx")
    make_encoder(tmp_path / "good.encoder.onnx", generator, c3="c4")  # found out when it is first used
    make_encoder(tmp_path / "orphan.encoder.onnx", generator, digest="0" * 64)
    (tmp_path / "broken.encoder.onnx").write_bytes(b"not a graph")
    make_verifier(tmp_path / "cardless.verifier.onnx", card=None)
    make_verifier(tmp_path / "judge.verifier.onnx")
    with serve(Settings(models=tmp_path)) as client:

        def refused() -> list[str]:
            ready = client.get("/readyz")
            assert ready.status_code == 200
            assert all(refusal["reason"] for refusal in ready.json()["refused"])
            return [refusal["file"] for refusal in ready.json()["refused"]]

        known = ["broken.encoder.onnx", "orphan.encoder.onnx", "cardless.verifier.onnx"]
        assert refused() == known
        headers = {"Content-Type": "image/png"}
        assert client.post("/encode", content=client.post("/generate", json={}).content, headers=headers).is_error
        assert refused() == ["broken.encoder.onnx", "good.encoder.onnx", *known[1:]]


@pytest.mark.parametrize("files", [[], ["broken.onnx"]])
def test_without_a_good_model_it_lives_but_is_not_ready(serve: Serve, tmp_path: Path, files: list[str]) -> None:
    for file in files:
        (tmp_path / file).write_bytes(b"not a graph")
    with serve(Settings(models=tmp_path)) as client:
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert ready.headers["content-type"] == "application/problem+json"
        assert str(tmp_path) in ready.json()["detail"]
        assert [refusal["file"] for refusal in ready.json()["refused"]] == files
        assert client.get("/livez").status_code == 200
        assert client.get("/models").json() == {"models": []}
        assert "inkcode_ready 0.0" in client.get("/metrics").text
        for response in (client.post("/generate", json={}), client.get("/traverse?dim=c2"), client.get("/models/x")):
            assert response.status_code == 503
            assert response.json()["detail"] == ready.json()["detail"]


def test_cuda_that_is_not_there_fails_closed(models: Path, serve: Serve) -> None:
    with serve(Settings(models=models, device="cuda")) as client:
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert "INKCODE_DEVICE is cuda" in ready.json()["detail"]
