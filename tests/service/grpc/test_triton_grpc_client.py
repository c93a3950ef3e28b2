"""gRPC as Triton's own client uses it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tritonclient.grpc import InferenceServerClient, InferInput, InferRequestedOutput, aio
from tritonclient.utils import InferenceServerException

MODEL = "mnist-infogan"

MakeTensor = Callable[..., InferInput]


@pytest.fixture(scope="module")
def images(served: Any, latents: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What `/generate` answers for the same latents, uint8 `(n, 1, H, W)`."""
    answer = served.http.post("/generate", json={"codes": latents.astype(float).tolist(), "format": "npy"})
    rows: NDArray[np.uint8] = np.load(io.BytesIO(answer.content))[:, None]
    return rows


def test_health(triton: InferenceServerClient) -> None:
    assert triton.is_server_live()
    assert triton.is_server_ready()
    assert triton.is_model_ready(MODEL)
    assert triton.is_model_ready(MODEL, "1")
    for name, version in (("gone", ""), (MODEL, "2")):
        with pytest.raises(InferenceServerException) as refused:
            triton.is_model_ready(name, version)
        assert refused.value.status() == "StatusCode.NOT_FOUND"


def test_nothing_is_ready_where_no_model_is_served(serve_grpc: Callable[..., Any], tmp_path: Path) -> None:
    with serve_grpc(models=tmp_path) as served:
        assert served.triton.is_server_live()
        assert not served.triton.is_server_ready()
        assert not served.triton.is_model_ready(MODEL)
        with pytest.raises(InferenceServerException) as refused:
            served.triton.get_model_metadata(MODEL)
        assert refused.value.status() == "StatusCode.UNAVAILABLE"


def test_metadata_configuration_and_index(served: Any) -> None:
    triton, http = served.triton, served.http
    assert triton.get_server_metadata(as_json=True) == http.get("/v2").json()
    metadata = triton.get_model_metadata(MODEL, "1", as_json=True)
    of_rest = http.get(f"/v2/models/{MODEL}").json()
    assert metadata["versions"] == of_rest["versions"]
    assert metadata["inputs"] == [{"name": "latent", "datatype": "FP32", "shape": ["-1", "74"]}]
    assert metadata["outputs"] == [{"name": "images", "datatype": "UINT8", "shape": ["-1", "1", "2", "74"]}]
    config = triton.get_model_config(MODEL).config
    assert (config.name, config.max_batch_size, config.backend) == (MODEL, 1024, "onnxruntime")
    assert list(config.input[0].dims) == [74]
    assert triton.get_model_config(MODEL, as_json=True)["config"]["output"][0]["data_type"] == "TYPE_UINT8"
    index = triton.get_model_repository_index().models
    assert [(entry.name, entry.state) for entry in index] == [(name, "READY") for name in ("colour", MODEL, "noise")]


@pytest.mark.parametrize("version", ["", "1"])
@pytest.mark.parametrize("outputs", [None, [InferRequestedOutput("images")]])
@pytest.mark.parametrize("coding", [None, "gzip", "deflate"])
def test_inference(
    triton: InferenceServerClient,
    latents: NDArray[np.float32],
    images: NDArray[np.uint8],
    version: str,
    outputs: list[InferRequestedOutput] | None,
    coding: str | None,
    tensor: MakeTensor,
) -> None:
    result = triton.infer(
        MODEL, [tensor(latents)], version, outputs, request_id="42", compression_algorithm=coding, timeout=10_000_000
    )
    np.testing.assert_array_equal(result.as_numpy("images"), images)
    response = result.get_response()
    assert (response.id, response.model_name, response.model_version) == ("42", MODEL, "1")


def test_a_thousand_images_are_more_than_a_message_by_default(
    served: Any, latents: NDArray[np.float32], tensor: MakeTensor
) -> None:
    many = np.tile(latents, (200, 1))
    result = served.triton.infer(MODEL, [tensor(many)])
    assert result.as_numpy("images").shape == (1000, 1, 2, 74)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "z"}, "inputs[0].name"),
        ({"datatype": "FP64"}, "inputs[0].datatype"),
        ({"shape": [5, 73]}, "inputs[0].shape: must be [n, 74]"),
        ({"shape": [6, 74]}, "inputs[0].data: must be 1776 bytes by its shape"),
        ({"shape": [5, 74, 1]}, "inputs[0].shape"),
    ],
)
def test_wrong_inputs(
    triton: InferenceServerClient,
    latents: NDArray[np.float32],
    change: dict[str, Any],
    message: str,
    tensor: MakeTensor,
) -> None:
    values = latents.astype(np.float64) if change.get("datatype") == "FP64" else latents
    with pytest.raises(InferenceServerException) as refused:
        triton.infer(MODEL, [tensor(values, **change)])
    assert message in refused.value.message()
    assert refused.value.status() == "StatusCode.INVALID_ARGUMENT"


def test_other_errors_have_the_status_that_grpc_has_for_them(
    triton: InferenceServerClient, latents: NDArray[np.float32], tensor: MakeTensor
) -> None:
    given, wrong = [tensor(latents)], InferRequestedOutput("z")
    classes = InferRequestedOutput("images", class_count=1)
    calls: list[tuple[str, str, Callable[[], Any]]] = [
        ("NOT_FOUND", "no such model", lambda: triton.infer("gone", given)),
        ("NOT_FOUND", "the only version", lambda: triton.infer(MODEL, given, "7")),
        ("NOT_FOUND", "no such model", lambda: triton.get_model_config("gone")),
        ("NOT_FOUND", "no such model", lambda: triton.get_inference_statistics("gone")),
        (
            "INVALID_ARGUMENT",
            "outputs[0].name",
            lambda: triton.infer(MODEL, given, outputs=[wrong]),
        ),
        ("INVALID_ARGUMENT", "classification", lambda: triton.infer(MODEL, given, outputs=[classes])),
        ("INVALID_ARGUMENT", "inputs", lambda: triton.infer(MODEL, given + given)),
        ("INVALID_ARGUMENT", "inputs", lambda: triton.infer(MODEL, [])),
        ("INVALID_ARGUMENT", "id", lambda: triton.infer(MODEL, given, request_id="x" * 257)),
        ("DEADLINE_EXCEEDED", "cannot be done within", lambda: triton.infer(MODEL, given, timeout=1)),
        ("UNIMPLEMENTED", "", lambda: triton.load_model(MODEL)),
    ]
    for status, message, call in calls:
        with pytest.raises(InferenceServerException) as refused:
            call()
        assert refused.value.status() == f"StatusCode.{status}"
        assert message in refused.value.message()


def test_requests_at_the_same_time(
    triton: InferenceServerClient, latents: NDArray[np.float32], images: NDArray[np.uint8], tensor: MakeTensor
) -> None:
    answers: Queue[tuple[Any, InferenceServerException | None]] = Queue()
    for i, row in enumerate(latents):
        triton.async_infer(
            MODEL, [tensor(row[None])], lambda result, error: answers.put((result, error)), request_id=str(i)
        )
    for _ in latents:
        result, error = answers.get(timeout=30)
        assert error is None
        i = int(result.get_response().id)
        np.testing.assert_array_equal(result.as_numpy("images"), images[i : i + 1])


def test_the_client_for_asyncio(
    served: Any, latents: NDArray[np.float32], images: NDArray[np.uint8], tensor: MakeTensor
) -> None:
    async def ask() -> Any:
        async with aio.InferenceServerClient(served.address) as triton:
            assert await triton.is_server_ready()
            with pytest.raises(InferenceServerException, match="no such model"):
                await triton.infer("gone", [tensor(latents)])
            return await triton.infer(MODEL, [tensor(latents)])

    np.testing.assert_array_equal(asyncio.run(ask()).as_numpy("images"), images)


def test_statistics(
    serve_grpc: Callable[..., Any], models: Path, latents: NDArray[np.float32], tensor: MakeTensor
) -> None:
    with serve_grpc(models=models) as served:
        for _ in range(3):
            served.triton.infer(MODEL, [tensor(latents)])
        (counts,) = served.triton.get_inference_statistics(MODEL, "1").model_stats
        everything = served.triton.get_inference_statistics().model_stats
        as_json = served.http.get(f"/v2/models/{MODEL}/stats").json()["model_stats"][0]
    assert (counts.name, counts.version, counts.inference_count) == (MODEL, "1", 15)
    assert counts.inference_stats.success.count == 3
    assert counts.inference_stats.compute_infer.ns > 0
    assert counts.last_inference == as_json["last_inference"]
    assert [entry.name for entry in everything] == ["colour", MODEL, "noise"]
