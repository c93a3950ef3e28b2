"""What holds for every call: keys, deadlines, ids, metrics, the access log, and what the client takes back."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from numpy.typing import NDArray
from tritonclient.grpc import service_pb2
from tritonclient.grpc.service_pb2_grpc import GRPCInferenceServiceStub
from tritonclient.utils import InferenceServerException

from service.engine.session import GeneratorSession
from service.http.auth import new_key

MODEL = "mnist-infogan"
INFER = "/inference.GRPCInferenceService/ModelInfer"


def call(
    address: str, latents: NDArray[np.float32], metadata: dict[str, str], timeout: float | None = None
) -> tuple[Any, dict[str, str]]:
    """The response of a call by Triton's stub, or the error it ended with; and the metadata that came behind it."""
    given = service_pb2.ModelInferRequest(model_name=MODEL, raw_input_contents=[latents.tobytes()])
    given.inputs.add(name="latent", datatype="FP32", shape=latents.shape)
    with grpc.insecure_channel(address) as channel:
        infer = GRPCInferenceServiceStub(channel).ModelInfer
        try:
            response, done = infer.with_call(given, metadata=tuple(metadata.items()), timeout=timeout)
        except grpc.RpcError as error:
            response = done = error
        return response, dict(done.trailing_metadata() or ())


def test_a_key_is_needed_where_there_are_keys(
    serve_grpc: Callable[..., Any], models: Path, latents: NDArray[np.float32], tensor: Any, tmp_path: Path
) -> None:
    key, digest = new_key()
    (tmp_path / "keys").write_text(f"{digest} mine\n")
    with serve_grpc(models=models, keys_file=tmp_path / "keys") as served:
        triton, given = served.triton, [tensor(latents)]
        assert triton.is_server_live()
        assert triton.is_server_ready()
        with pytest.raises(InferenceServerException) as refused:
            triton.infer(MODEL, given)
        assert refused.value.status() == "StatusCode.UNAUTHENTICATED"
        _, metadata = call(served.address, latents, {})
        assert metadata["www-authenticate"].startswith("Bearer")
        with pytest.raises(InferenceServerException, match="not known here"):
            triton.infer(MODEL, given, headers={"authorization": "Bearer x"})
        assert triton.infer(MODEL, given, headers={"authorization": f"Bearer {key}"}).as_numpy("images").shape[0] == 5


def test_deadlines_are_those_of_the_header_and_of_grpc(served: Any, latents: NDArray[np.float32]) -> None:
    late, _ = call(served.address, latents, {"inkcode-deadline": "1e-9"})
    assert (late.code(), late.details()) == (grpc.StatusCode.DEADLINE_EXCEEDED, "it cannot be done within 1e-09 s")
    wrong, _ = call(served.address, latents, {"inkcode-deadline": "soon"})
    assert wrong.code() == grpc.StatusCode.INVALID_ARGUMENT
    in_time, _ = call(served.address, latents, {"inkcode-deadline": "10"}, timeout=10)
    assert in_time.model_name == MODEL


def test_the_id_of_a_request_comes_back(served: Any, latents: NDArray[np.float32]) -> None:
    assert call(served.address, latents, {"x-request-id": "mine"})[1]["x-request-id"] == "mine"
    assert call(served.address, latents, {"x-request-id": "mine", "inkcode-deadline": "x"})[1]["x-request-id"] == "mine"
    assert call(served.address, latents, {})[1]["x-request-id"]


def test_calls_are_counted_and_logged(
    serve_grpc: Callable[..., Any],
    models: Path,
    latents: NDArray[np.float32],
    tensor: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "inkcode.access"), serve_grpc(models=models) as served:
        caplog.clear()
        assert served.triton.is_server_live()
        served.triton.infer(MODEL, [tensor(latents)])
        with pytest.raises(InferenceServerException):
            served.triton.infer("gone", [tensor(latents)])
        counts = served.http.get("/metrics").text
        lines = [json.loads(record.message) for record in caplog.records if record.name == "inkcode.access"]
    assert f'inkcode_requests_total{{path="grpc",route="{INFER}",status="200"}} 1.0' in counts
    assert f'inkcode_requests_total{{path="grpc",route="{INFER}",status="404"}} 1.0' in counts
    assert f'inkcode_model_requests_total{{model="{MODEL}",outcome="answered"}} 1.0' in counts
    answered, refused = (line for line in lines if line["path"] == "grpc")
    assert (answered["route"], answered["status"], answered["rows"], answered["model"]) == (INFER, 200, 5, MODEL)
    assert answered["bytes"] > 5 * 2 * 74
    assert refused["status"] == 404


def test_a_call_that_is_taken_back_is_not_computed(
    serve_grpc: Callable[..., Any],
    models: Path,
    latents: NDArray[np.float32],
    tensor: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = GeneratorSession.run
    monkeypatch.setattr(GeneratorSession, "run", lambda self, rows: time.sleep(0.002) or run(self, rows))
    with serve_grpc(models=models, batch_rows=1) as served:
        many = np.tile(latents, (200, 1))
        waiting = f'inkcode_queue_rows{{model="{MODEL}"}} '
        cancelled = served.triton.async_infer(MODEL, [tensor(many)], lambda result, error: None)
        until = time.monotonic() + 10
        while f"{waiting}0.0" in served.http.get("/metrics").text and time.monotonic() < until:
            time.sleep(0.01)
        cancelled.cancel()
        while 'status="499"' not in (text := served.http.get("/metrics").text) and time.monotonic() < until:
            time.sleep(0.01)
        assert 'status="499"' in text
        assert f"{waiting}0.0" in text
        late, _ = call(served.address, many, {}, timeout=0.005)
        assert late.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_full_queue_is_told_with_when_to_come_back(
    serve_grpc: Callable[..., Any], models: Path, latents: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.engine.batcher.Batcher.is_full", True)
    with serve_grpc(models=models) as served:
        refused, metadata = call(served.address, latents, {})
    assert refused.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert int(metadata["retry-after"]) >= 1


def test_a_message_is_bounded_as_a_body_is(serve_grpc: Callable[..., Any], models: Path) -> None:
    with serve_grpc(models=models, max_body=2048) as served:
        large = np.zeros((10, 74), np.float32)  # 2,960 bytes, which gzip would hide
        refused, _ = call(served.address, large, {})
        assert refused.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        with grpc.insecure_channel(served.address, compression=grpc.Compression.Gzip) as channel:
            given = service_pb2.ModelInferRequest(model_name=MODEL, raw_input_contents=[bytes(2**22)])
            with pytest.raises(grpc.RpcError) as bomb:
                GRPCInferenceServiceStub(channel).ModelInfer(given)
        assert bomb.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_fault_of_the_service_tells_nothing(
    served: Any, latents: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("service.grpc.servicer.make_response", fail)
    error, _ = call(served.address, latents, {})
    assert (error.code(), error.details()) == (
        grpc.StatusCode.INTERNAL,
        "see the log of the service for the cause",
    )
    assert "RuntimeError: secret" in caplog.text
