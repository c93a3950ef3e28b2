"""`/v2`: the Open Inference Protocol."""

from __future__ import annotations

import gzip
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from latent import LatentSpec
from latent.codes import draw
from service.settings import Settings

INFER = "/v2/models/mnist-infogan/infer"


@pytest.fixture(scope="module")
def vectors(mnist: LatentSpec) -> list[list[float]]:
    rows: list[list[float]] = draw(mnist, 3, range(3)).tolist()
    return rows


def ask(data: Any, shape: list[int], **more: Any) -> dict[str, Any]:
    return {"inputs": [{"name": "latent", "shape": shape, "datatype": "FP32", "data": data, **more}]}


def test_the_server_and_its_models_describe_themselves(client: httpx.Client) -> None:
    server = client.get("/v2").json()
    assert (server["name"], server["extensions"]) == (
        "inkcode",
        ["binary_tensor_data", "model_configuration", "statistics"],
    )
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    assert client.get("/v2/models/colour/ready").json() == {"name": "colour", "ready": True}
    assert client.get("/v2/models/colour").json() == {
        "name": "colour",
        "versions": ["1"],
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
    assert (document["id"], document["model_name"], document["model_version"]) == ("42", "mnist-infogan", "1")
    assert "queue;dur=" in answer.headers["server-timing"]
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
        ({"data": None}, "inputs[0].data"),
        ({"shape": [1.5, 74]}, "inputs[0].shape[0]"),
        ({"parameters": {"binary_data_size": 296}}, "Inference-Header-Content-Length"),
        ({"parameters": {"binary_data_size": -1}}, "inputs[0].parameters.binary_data_size"),
        ({"parameters": {"shared_memory_region": "mine"}}, "inputs[0].parameters.shared_memory_region"),
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


def test_a_whole_number_with_a_point_is_an_integer(client: httpx.Client, vectors: list[list[float]]) -> None:
    assert client.post(INFER, json=ask(vectors[0], [1.0, 74.0])).status_code == 200


@pytest.mark.parametrize("kind", [None, "application/octet-stream", "application/x-www-form-urlencoded"])
def test_no_content_type_is_needed(client: httpx.Client, vectors: list[list[float]], kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    assert client.post(INFER, content=json.dumps(ask(vectors[0], [1, 74])), headers=headers).status_code == 200


def test_a_version_is_a_part_of_the_path(client: httpx.Client, vectors: list[list[float]]) -> None:
    of_model = "/v2/models/mnist-infogan"
    for path in ("", "/ready", "/config", "/stats"):
        assert client.get(f"{of_model}/versions/1{path}").json().keys() == client.get(f"{of_model}{path}").json().keys()
        for wrong in ("0", "2", "01", "latest"):
            refused = client.get(f"{of_model}/versions/{wrong}{path}")
            assert (refused.status_code, refused.json()["errors"][0]["field"]) == (404, "version")
    answer = client.post(f"{of_model}/versions/1/infer", json=ask(vectors[0], [1, 74]))
    assert answer.content == client.post(INFER, json=ask(vectors[0], [1, 74])).content
    assert client.post(f"{of_model}/versions/2/infer", json=ask(vectors[0], [1, 74])).status_code == 404


def test_the_tensor_alone_is_a_request_and_is_answered_as_bytes(
    client: httpx.Client, vectors: list[list[float]]
) -> None:
    tensor = np.array(vectors, "<f4").tobytes()
    answer = client.post(INFER, content=tensor, headers={"Inference-Header-Content-Length": "0"})
    assert answer.status_code == 200
    length = int(answer.headers["inference-header-content-length"])
    (output,) = json.loads(answer.content[:length])["outputs"]
    assert output["parameters"] == {"binary_data_size": 3 * 2 * 74}
    images = np.frombuffer(answer.content[length:], np.uint8).reshape(output["shape"])
    as_json = client.post(INFER, json=ask(vectors, [3, 74])).json()["outputs"][0]
    assert images.ravel().tolist() == as_json["data"]
    ragged = client.post(INFER, content=tensor[:-1], headers={"Inference-Header-Content-Length": "0"})
    assert ragged.json()["errors"][0]["expected"] == f"must be {2 * 74 * 4} bytes by its shape"


@pytest.mark.parametrize("size", [0, 295, 297])
def test_binary_contents_have_the_size_that_is_announced(client: httpx.Client, size: int) -> None:
    given = {"name": "latent", "shape": [1, 74], "datatype": "FP32", "parameters": {"binary_data_size": size}}
    document = json.dumps({"inputs": [given]}).encode()
    headers = {"Inference-Header-Content-Length": str(len(document))}
    answer = client.post(INFER, content=document + bytes(296), headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "inputs[0].parameters.binary_data_size"


@pytest.mark.parametrize("length", ["-1", "x", "9" * 5000, "100000"])
def test_a_header_length_that_cannot_be_is_refused(
    client: httpx.Client, vectors: list[list[float]], length: str
) -> None:
    headers = {"Inference-Header-Content-Length": length}
    answer = client.post(INFER, json=ask(vectors[0], [1, 74]), headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Inference-Header-Content-Length")


def test_bytes_that_no_tensor_names_are_refused(client: httpx.Client, vectors: list[list[float]]) -> None:
    document = json.dumps(ask(vectors[0], [1, 74])).encode()
    headers = {"Inference-Header-Content-Length": str(len(document))}
    assert client.post(INFER, content=document, headers=headers).status_code == 200
    assert client.post(INFER, content=document + b"x", headers=headers).status_code == 422


def test_a_bomb_a_damaged_body_and_another_coding_are_refused(client: httpx.Client) -> None:
    def post(body: bytes, coding: str) -> httpx.Response:
        return client.post(INFER, content=body, headers={"Content-Encoding": coding})

    whole = gzip.compress(b"{}")
    assert post(whole, "gzip").status_code == 422  # read, and found wanting
    assert post(gzip.compress(bytes(2**26)), "gzip").status_code == 413
    assert post(whole[:-1], "gzip").status_code == 400
    assert post(whole, "deflate").json()["type"] == "urn:problem-type:inkcode:bad-coding"
    unknown = post(whole, "br")
    assert (unknown.status_code, unknown.headers["accept-encoding"]) == (415, "gzip, deflate")


def test_the_timeout_of_a_request_is_a_deadline(client: httpx.Client, vectors: list[list[float]]) -> None:
    body = ask(vectors[0], [1, 74])
    assert client.post(INFER, json={**body, "parameters": {"timeout": 10_000_000}}).status_code == 200
    assert client.post(INFER, json={**body, "parameters": {"timeout": 0}}).status_code == 200
    late = client.post(INFER, json={**body, "parameters": {"timeout": 1}})
    assert (late.status_code, late.json()["error"]) == (504, "it cannot be done within 1e-06 s")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/nothing", 404),
        ("POST", "/v2/repository/models/mnist-infogan/load", 404),
        ("GET", "/v2/systemsharedmemory/status", 404),
        ("DELETE", "/v2/models/mnist-infogan", 405),
        ("GET", INFER, 405),
        ("GET", "/v2/repository/index", 405),
        ("POST", "/v2/health/live", 405),
    ],
)
def test_every_error_has_the_member_that_clients_read(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"] == answer.json()["detail"]


def test_the_index_lists_what_is_served_and_what_is_not(
    models: Path, serve: Callable[[Settings], Any], tmp_path: Path
) -> None:
    shutil.copy(models / "noise.onnx", tmp_path)
    (tmp_path / "broken.onnx").write_bytes(b"not a model")
    with serve(Settings(models=tmp_path)) as client:
        broken, noise = client.post("/v2/repository/index").json()
        assert (broken["name"], broken["state"]) == ("broken", "UNAVAILABLE")
        assert broken["reason"]
        assert noise == {"name": "noise", "version": "1", "state": "READY", "reason": ""}
        assert client.post("/v2/repository/index", json={"ready": True}).json() == [noise]
        assert client.post("/v2/repository/index", json={"ready": 1}).status_code == 422


@pytest.mark.parametrize("versioned", ["", "/versions/{version}"])
def test_metrics_name_routes_by_their_whole_path(client: httpx.Client, versioned: str) -> None:
    for path in ("", "/ready", "/config", "/stats", "/infer"):
        route = f"/v2/models/{{name}}{versioned}{path}"
        client.request("POST" if path == "/infer" else "GET", route.format(name="mnist-infogan", version="1"))
        assert f'route="{route}",status="' in client.get("/metrics").text
