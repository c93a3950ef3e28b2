"""A service that serves gRPC, too, and Triton's client of it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from tritonclient.grpc import InferenceServerClient, InferInput

from latent import LatentSpec
from latent.codes import draw
from service.settings import Settings


class Served(NamedTuple):
    """A service: a client of its HTTP, Triton's client of its gRPC, and gRPC's `host:port`."""

    http: httpx.Client
    triton: InferenceServerClient
    address: str


def free_port() -> int:
    """A port that nothing listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _tensor(
    values: NDArray[Any], name: str = "latent", datatype: str = "FP32", shape: list[int] | None = None
) -> InferInput:
    given = InferInput(name, list(values.shape), datatype)
    given.set_data_from_numpy(values)
    return given.set_shape(shape) if shape else given


@pytest.fixture(scope="session")
def tensor() -> Callable[..., InferInput]:
    """Makes an input of these values, described as it is asked for."""
    return _tensor


@pytest.fixture(scope="session")
def serve_grpc(serve: Callable[[Settings], Any]) -> Callable[..., AbstractContextManager[Served]]:
    """A context manager that runs a service with these settings, and gRPC on a free port."""

    @contextmanager
    def run(**settings: Any) -> Iterator[Served]:
        port = free_port()
        address = f"127.0.0.1:{port}"
        with serve(Settings(grpc_port=port, **settings)) as http:
            http.get("/livez")  # it is up
            with InferenceServerClient(address) as triton:
                yield Served(http, triton, address)

    return run


@pytest.fixture(scope="module")
def served(serve_grpc: Callable[..., AbstractContextManager[Served]], models: Path) -> Iterator[Served]:
    """A service of the models in `models`."""
    with serve_grpc(models=models) as served:
        yield served


@pytest.fixture(scope="module")
def triton(served: Served) -> InferenceServerClient:
    """Triton's client of `served`."""
    return served.triton


@pytest.fixture(scope="session")
def latents(mnist: LatentSpec) -> NDArray[np.float32]:
    """Five full vectors, float32 `(5, 74)`."""
    return draw(mnist, 3, range(5))
