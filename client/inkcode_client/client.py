"""The clients: `Client` waits, `AsyncClient` is awaited; both have the same methods, which `calls` describe."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, Unpack

import httpx

from inkcode_client import catalogue, drawing, reading, writing
from inkcode_client.calls import Call, Pause, Request, steps
from inkcode_client.connection import Connection, Options, connection

P = ParamSpec("P")
T = TypeVar("T")


def _waiting(describe: Callable[Concatenate[Connection, P], Call[T]]) -> Callable[Concatenate[Client, P], T]:
    """The method of `Client` that completes a call."""

    @wraps(describe)
    def method(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._complete(describe(self.connection, *args, **kwargs))

    return method


def _awaited(
    describe: Callable[Concatenate[Connection, P], Call[T]],
) -> Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, T]]:
    """The method of `AsyncClient` that completes a call."""

    @wraps(describe)
    async def method(self: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._complete(describe(self.connection, *args, **kwargs))

    return method


class Client:
    """A client of the service at `url`, which `Connection` describes, as its options; threads may share it.

    Every method raises `ProblemError` where the service refuses a request, and `httpx.TransportError` where the service
    cannot be reached.
    """

    generate = _waiting(drawing.generate)
    traverse = _waiting(drawing.traverse)
    interpolate = _waiting(drawing.interpolate)
    encode = _waiting(reading.encode)
    lines = _waiting(writing.lines)
    pages = _waiting(writing.pages)
    models = _waiting(catalogue.models)
    datasets = _waiting(catalogue.datasets)
    dataset = _waiting(catalogue.dataset)
    send_corpus = _waiting(catalogue.send_corpus)
    shard = _waiting(catalogue.shard)

    def __init__(self, url: str | Connection, **options: Unpack[Options]) -> None:
        self.connection = connection(url, **options)
        self._http = httpx.Client(**self.connection.httpx_options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _complete(self, call: Call[T]) -> T:
        progress = steps(call, self.connection.retries)
        try:
            step = next(progress)
            while True:
                if isinstance(step, Pause):
                    time.sleep(step.seconds)
                    step = next(progress)
                    continue
                try:
                    response = self._http.request(**_arguments(step))
                except httpx.TransportError as error:
                    step = progress.throw(error)
                else:
                    step = progress.send(response)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]


class AsyncClient:
    """The same as `Client`, for asyncio: `await client.generate(100)`."""

    generate = _awaited(drawing.generate)
    traverse = _awaited(drawing.traverse)
    interpolate = _awaited(drawing.interpolate)
    encode = _awaited(reading.encode)
    lines = _awaited(writing.lines)
    pages = _awaited(writing.pages)
    models = _awaited(catalogue.models)
    datasets = _awaited(catalogue.datasets)
    dataset = _awaited(catalogue.dataset)
    send_corpus = _awaited(catalogue.send_corpus)
    shard = _awaited(catalogue.shard)

    def __init__(self, url: str | Connection, **options: Unpack[Options]) -> None:
        self.connection = connection(url, **options)
        self._http = httpx.AsyncClient(**self.connection.httpx_options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _complete(self, call: Call[T]) -> T:
        progress = steps(call, self.connection.retries)
        try:
            step = next(progress)
            while True:
                if isinstance(step, Pause):
                    await asyncio.sleep(step.seconds)
                    step = next(progress)
                    continue
                try:
                    response = await self._http.request(**_arguments(step))
                except httpx.TransportError as error:
                    step = progress.throw(error)
                else:
                    step = progress.send(response)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]


def _arguments(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "url": request.path,
        "params": request.params,
        "json": request.json,
        "content": request.content,
        "headers": request.headers,
    }
