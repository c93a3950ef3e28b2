"""`GET /models`: cards as they are, and how each is served."""

from __future__ import annotations

import hashlib
from pathlib import Path

import httpx

from latent import LatentSpec


def test_every_model_with_its_card(client: httpx.Client, models: Path, mnist: LatentSpec) -> None:
    served = client.get("/models").json()
    assert served["default"] == "mnist-infogan"
    assert [model["name"] for model in served["models"]] == ["colour", "mnist-infogan", "noise"]
    card = served["models"][1]
    assert card == client.get("/models/mnist-infogan").json()
    assert LatentSpec.model_validate(card["latent"]) == mnist
    assert card["image"] == {"channels": 1, "height": 2, "width": 74}
    assert card["sha256"] == hashlib.sha256((models / "mnist-infogan.onnx").read_bytes()).hexdigest()
    assert card["provider"] == "CPUExecutionProvider"
    assert [model["encoder"] for model in served["models"]] == [False, True, False]
    assert [model["default"] for model in served["models"]] == [False, True, False]


def test_an_unknown_model_is_404(client: httpx.Client) -> None:
    response = client.get("/models/gone")
    assert response.status_code == 404
    problem = response.json()
    assert problem["type"] == "urn:problem-type:inkcode:no-such-model"
    assert problem["errors"] == [
        {"field": "model", "value": "gone", "expected": "the models are colour, mnist-infogan, noise"}
    ]


def test_query_parameters_are_refused(client: httpx.Client) -> None:
    assert client.get("/models?limit=3").status_code == 422
