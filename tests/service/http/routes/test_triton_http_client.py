"""`/v2` as Triton's own client for HTTP uses it."""

from __future__ import annotations

import asyncio
import io
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput, InferResult, aio
from tritonclient.utils import InferenceServerException

from latent import LatentSpec
from latent.codes import draw
from service.http.auth import new_key
from service.settings import Settings

MODEL = "mnist-infogan"


@pytest.fixture(scope="module")
def triton(client: httpx.Client) -> Iterator[InferenceServerClient]:
    with InferenceServerClient(client.base_url.netloc.decode()) as triton:
        yield triton


@pytest.fixture(scope="module")
def latents(mnist: LatentSpec) -> NDArray[np.float32]:
    return draw(mnist, 3, range(5))


@pytest.fixture(scope="module")
def images(client: httpx.Client, latents: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What `/generate` answers for the same latents, uint8 `(n, 1, H, W)`."""
    answer = client.post("/generate", json={"codes": latents.astype(float).tolist(), "format": "npy"})
    rows: NDArray[np.uint8] = np.load(io.BytesIO(answer.content))[:, None]
    return rows


def tensor(
    values: NDArray[Any], name: str = "latent", datatype: str = "FP32", shape: list[int] | None = None, **options: bool
) -> InferInput:
    given = InferInput(name, list(values.shape), datatype)
    given.set_data_from_numpy(values, **options)
    return given.set_shape(shape) if shape else given


def test_health(triton: InferenceServerClient) -> None:
    assert triton.is_server_live()
    assert triton.is_server_ready()
    assert triton.is_model_ready(MODEL)
    assert triton.is_model_ready(MODEL, "1")
    assert not triton.is_model_ready(MODEL, "2")
    assert not triton.is_model_ready("gone")


def test_metadata_and_configuration(triton: InferenceServerClient) -> None:
    assert triton.get_server_metadata()["name"] == "inkcode"
    for version in ("", "1"):
        metadata = triton.get_model_metadata(MODEL, version)
        assert metadata["versions"] == ["1"]
        assert metadata["inputs"] == [{"name": "latent", "datatype": "FP32", "shape": [-1, 74]}]
        config = triton.get_model_config(MODEL, version)
        assert (config["name"], config["max_batch_size"]) == (MODEL, 1024)
        assert config["input"] == [{"name": "latent", "data_type": "TYPE_FP32", "dims": [74]}]
        assert config["output"] == [{"name": "images", "data_type": "TYPE_UINT8", "dims": [1, 2, 74]}]
        assert config["instance_group"][0]["kind"] == "KIND_CPU"


def test_the_repository_index(triton: InferenceServerClient) -> None:
    index = triton.get_model_repository_index()
    assert [(entry["name"], entry["state"]) for entry in index] == [
        ("colour", "READY"),
        (MODEL, "READY"),
        ("noise", "READY"),
    ]


@pytest.mark.parametrize("version", ["", "1"])
@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False, None])
def test_inference(
    triton: InferenceServerClient,
    latents: NDArray[np.float32],
    images: NDArray[np.uint8],
    version: str,
    binary_in: bool,
    binary_out: bool | None,
) -> None:
    outputs = None if binary_out is None else [InferRequestedOutput("images", binary_data=binary_out)]
    inputs = [tensor(latents, binary_data=binary_in)]
    result = triton.infer(MODEL, inputs, version, outputs, request_id="42")
    np.testing.assert_array_equal(result.as_numpy("images"), images)
    document = result.get_response()
    assert (document["id"], document["model_name"], document["model_version"]) == ("42", MODEL, "1")
    is_binary = "parameters" in result.get_output("images")
    assert is_binary == (binary_out is not False)  # asked for no outputs, the client asks for all in binary


@pytest.mark.parametrize("request_coding", [None, "gzip", "deflate"])
@pytest.mark.parametrize("response_coding", [None, "gzip", "deflate"])
@pytest.mark.parametrize("binary", [True, False])
def test_compression(
    triton: InferenceServerClient,
    latents: NDArray[np.float32],
    images: NDArray[np.uint8],
    monkeypatch: pytest.MonkeyPatch,
    request_coding: str | None,
    response_coding: str | None,
    binary: bool,
) -> None:
    codings: list[str | None] = []
    read = InferResult.__init__

    def recorded(self: InferResult, response: Any, verbose: bool) -> None:
        codings.append(response.get("Content-Encoding"))
        read(self, response, verbose)

    monkeypatch.setattr(InferResult, "__init__", recorded)
    many = np.tile(latents, (40, 1))  # large enough that the answer is worth compressing
    result = triton.infer(
        MODEL,
        [tensor(many, binary_data=binary)],
        outputs=[InferRequestedOutput("images", binary_data=binary)],
        request_compression_algorithm=request_coding,
        response_compression_algorithm=response_coding,
    )
    np.testing.assert_array_equal(result.as_numpy("images"), np.tile(images, (40, 1, 1, 1)))
    assert codings == [response_coding]


def test_requests_at_the_same_time(
    client: httpx.Client, latents: NDArray[np.float32], images: NDArray[np.uint8]
) -> None:
    with InferenceServerClient(client.base_url.netloc.decode(), concurrency=4) as triton:
        waiting = [triton.async_infer(MODEL, [tensor(row[None])], request_id=str(i)) for i, row in enumerate(latents)]
        for i, request in enumerate(waiting):
            result = request.get_result()
            assert result.get_response()["id"] == str(i)
            np.testing.assert_array_equal(result.as_numpy("images"), images[i : i + 1])


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
    triton: InferenceServerClient, latents: NDArray[np.float32], change: dict[str, Any], message: str
) -> None:
    values = latents.astype(np.float64) if change.get("datatype") == "FP64" else latents
    with pytest.raises(InferenceServerException) as refused:
        triton.infer(MODEL, [tensor(values, **change)])
    assert message in refused.value.message()
    assert refused.value.status() == "422"


def test_numbers_out_of_range_name_the_variable(triton: InferenceServerClient, latents: NDArray[np.float32]) -> None:
    for value in (np.nan, np.inf, 99.0):
        wrong = latents.copy()
        wrong[1, 73] = value
        with pytest.raises(InferenceServerException, match=r"inputs\[0\]\.data\[1\]\.c3"):
            triton.infer(MODEL, [tensor(wrong)])


def test_other_errors_are_read_by_the_client(triton: InferenceServerClient, latents: NDArray[np.float32]) -> None:
    given = [tensor(latents)]
    calls: list[tuple[str, Callable[[], Any]]] = [
        ("no such model", lambda: triton.infer("gone", given)),
        ("the only version", lambda: triton.infer(MODEL, given, "7")),
        ("outputs[0].name", lambda: triton.infer(MODEL, given, outputs=[InferRequestedOutput("z")])),
        ("classification", lambda: triton.infer(MODEL, given, outputs=[InferRequestedOutput("images", class_count=1)])),
        ("inputs", lambda: triton.infer(MODEL, given + given)),
        ("id", lambda: triton.infer(MODEL, given, request_id="x" * 257)),
        ("cannot be done within", lambda: triton.infer(MODEL, given, timeout=1)),
        ("no such model", lambda: triton.get_model_metadata("gone")),
        ("no such model", lambda: triton.get_model_config("gone", "1")),
        ("the only version", lambda: triton.get_inference_statistics(MODEL, "2")),
        ("Not Found", lambda: triton.load_model(MODEL)),
        ("Not Found", triton.get_system_shared_memory_status),
    ]
    for message, call in calls:
        with pytest.raises(InferenceServerException) as refused:
            call()
        assert message in refused.value.message()


def test_statistics(models: Path, serve: Callable[[Settings], Any], latents: NDArray[np.float32]) -> None:
    with serve(Settings(models=models)) as client, InferenceServerClient(client.base_url.netloc.decode()) as triton:
        (before,) = triton.get_inference_statistics(MODEL, "1")["model_stats"]
        assert (before["inference_count"], before["last_inference"]) == (0, 0)
        for _ in range(3):
            triton.infer(MODEL, [tensor(latents)])
        client.post("/generate", json={"n": 2})
        with pytest.raises(InferenceServerException, match="cannot be done within"):
            triton.infer(MODEL, [tensor(latents)], timeout=1)
        (after,) = triton.get_inference_statistics(MODEL)["model_stats"]
        everything = triton.get_inference_statistics()["model_stats"]
    assert (after["name"], after["version"]) == (MODEL, "1")
    assert (after["inference_count"], after["execution_count"]) == (17, 4)
    assert after["last_inference"] > 1_700_000_000_000
    counts = after["inference_stats"]
    assert (counts["success"]["count"], counts["fail"]["count"]) == (4, 1)
    assert counts["success"]["ns"] == counts["queue"]["ns"] + counts["compute_infer"]["ns"]
    assert counts["compute_infer"]["ns"] > 0
    assert [entry["name"] for entry in everything] == ["colour", MODEL, "noise"]


def test_a_key_is_sent_as_a_header(
    models: Path, serve: Callable[[Settings], Any], latents: NDArray[np.float32], tmp_path: Path
) -> None:
    key, digest = new_key()
    (tmp_path / "keys").write_text(f"{digest} mine\n")
    with (
        serve(Settings(models=models, keys_file=tmp_path / "keys")) as client,
        InferenceServerClient(client.base_url.netloc.decode()) as triton,
    ):
        assert triton.is_server_live()
        with pytest.raises(InferenceServerException, match="Authorization must be"):
            triton.infer(MODEL, [tensor(latents)])
        result = triton.infer(MODEL, [tensor(latents)], headers={"Authorization": f"Bearer {key}"})
        assert result.as_numpy("images").shape == (5, 1, 2, 74)


def test_statistics_are_those_of_all_workers(
    models: Path, start: Callable[..., Any], latents: NDArray[np.float32]
) -> None:
    process = start("serve", "--port", "0", "--workers", "2", INKCODE_MODELS=models)
    address = process.address()
    for _ in range(10):  # each on a connection of its own, which either worker may accept
        with InferenceServerClient(address) as triton:
            triton.infer(MODEL, [tensor(latents)])
    with InferenceServerClient(address) as triton:
        (counts,) = triton.get_inference_statistics(MODEL)["model_stats"]
    assert process.end(signal.SIGTERM)[0] == 0
    assert (counts["inference_count"], counts["inference_stats"]["success"]["count"]) == (50, 10)


def test_the_client_for_asyncio(client: httpx.Client, latents: NDArray[np.float32], images: NDArray[np.uint8]) -> None:
    async def ask() -> Any:
        async with aio.InferenceServerClient(client.base_url.netloc.decode()) as triton:
            assert await triton.is_server_ready()
            with pytest.raises(InferenceServerException, match="no such model"):
                await triton.infer("gone", [tensor(latents)])
            return await triton.infer(
                MODEL, [tensor(latents)], request_compression_algorithm="gzip", response_compression_algorithm="gzip"
            )

    np.testing.assert_array_equal(asyncio.run(ask()).as_numpy("images"), images)
