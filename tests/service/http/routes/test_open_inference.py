"""`/v2`: the Open Inference Protocol."""

from __future__ import annotations

import io
from typing import Any

import httpx
import numpy as np
import pytest

from latent import LatentSpec
from latent.codes import draw

INFER = "/v2/models/mnist-infogan/infer"


@pytest.fixture(scope="module")
def vectors(mnist: LatentSpec) -> list[list[float]]:
    rows: list[list[float]] = draw(mnist, 3, range(3)).tolist()
    return rows


def ask(data: Any, shape: list[int], **more: Any) -> dict[str, Any]:
    return {"inputs": [{"name": "latent", "shape": shape, "datatype": "FP32", "data": data, **more}]}


def test_the_server_and_its_models_describe_themselves(client: httpx.Client) -> None:
    server = client.get("/v2").json()
    assert (server["name"], server["extensions"]) == ("inkcode", [])
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    assert client.get("/v2/models/colour/ready").json() == {"name": "colour", "ready": True}
    assert client.get("/v2/models/colour").json() == {
        "name": "colour",
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": "latent", "datatype": "FP32", "shape": [-1, 8]}],
        "outputs": [{"name": "images", "datatype": "UINT8", "shape": [-1, 3, 3, 8]}],
    }


@pytest.mark.parametrize("flat", [True, False])
def test_inference_gives_the_images_that_generate_does(
    client: httpx.Client, vectors: list[list[float]], flat: bool
) -> None:
    data = [number for row in vectors for number in row] if flat else vectors
    body = {**ask(data, [3, 74], parameters={"x": 1}), "id": "42", "outputs": [{"name": "images"}]}
    answer = client.post(INFER, json=body)
    assert answer.status_code == 200
    assert answer.headers["inkcode-model"].startswith("mnist-infogan@")
    document = answer.json()
    (output,) = document["outputs"]
    assert (document["id"], document["model_name"]) == ("42", "mnist-infogan")
    assert (output["name"], output["datatype"], output["shape"]) == ("images", "UINT8", [3, 1, 2, 74])
    expected = np.load(io.BytesIO(client.post("/generate", json={"codes": vectors, "format": "npy"}).content))
    np.testing.assert_array_equal(np.array(output["data"]).reshape(output["shape"])[:, 0], expected)


def test_an_id_that_was_not_given_does_not_come_back(client: httpx.Client, vectors: list[list[float]]) -> None:
    assert "id" not in client.post(INFER, json=ask(vectors[0], [1, 74])).json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"shape": [1, 73]}, "inputs[0].shape"),
        ({"shape": [0, 74]}, "inputs[0].shape"),
        ({"shape": [-1, 74]}, "inputs[0].shape"),
        ({"shape": [1025, 74]}, "inputs[0].shape"),
        ({"shape": [74]}, "inputs[0].shape"),
        ({"shape": [2, 74]}, "inputs[0].data"),
        ({"data": [0.0] * 74}, "inputs[0].data[0].c1"),
        ({"data": [99.0] * 74}, "inputs[0].data[0].z"),
        ({"data": [1.0, "2"]}, "inputs[0].data[1]"),
        ({"data": 3}, "inputs[0].data"),
        ({"datatype": "FP64"}, "inputs[0].datatype"),
        ({"name": "z"}, "inputs[0].name"),
        ({"content": 3}, "inputs[0].content"),
    ],
)
def test_what_does_not_fit_is_named_in_both_protocols_words(
    client: httpx.Client, vectors: list[list[float]], change: dict[str, Any], field: str
) -> None:
    body = ask(vectors[0], [1, 74])
    body["inputs"][0].update(change)
    response = client.post(INFER, json=body)
    assert response.status_code == 422
    problem = response.json()
    assert problem["errors"][0]["field"] == field
    assert problem["error"] == problem["detail"]


def test_other_refusals(client: httpx.Client, vectors: list[list[float]]) -> None:
    body = ask(vectors[0], [1, 74])
    unknown = client.post("/v2/models/gone/infer", json=body)
    assert (unknown.status_code, unknown.json()["error"]) == (404, unknown.json()["detail"])
    assert client.get("/v2/models/gone").status_code == 404
    assert client.get("/v2/models/gone/ready").status_code == 404
    assert client.post(INFER, json={**body, "outputs": [{"name": "z"}]}).status_code == 422
    assert client.post(INFER, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.post(INFER, json=body, headers={"Inkcode-Deadline": "1e-9"}).status_code == 504
    assert client.get("/v2?x=1").status_code == 422
    assert "error" not in client.get("/models/gone").json()
