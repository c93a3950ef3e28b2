"""The clients against a running service, and against servers that answer what a test wants."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from inkcode_client import AsyncClient, Client, Retries

Call = Callable[..., Any]

FAST = Retries(attempts=3, backoff=0.01)


@pytest.fixture(scope="session")
def address(client: httpx.Client) -> str:
    """The address of the service of the models in `models`."""
    return str(client.base_url)


@pytest.fixture(params=["waiting", "awaited"])
def call_at(request: pytest.FixtureRequest) -> Callable[..., Call]:
    """Makes, for an address and options, a function that calls a method of a client by name; for both clients."""

    def at(url: str, **options: Any) -> Call:
        def call(name: str, *args: Any, **kwargs: Any) -> Any:
            with Client(url, **options) as client:
                return getattr(client, name)(*args, **kwargs)

        async def await_call(name: str, *args: Any, **kwargs: Any) -> Any:
            async with AsyncClient(url, **options) as client:
                return await getattr(client, name)(*args, **kwargs)

        return call if request.param == "waiting" else lambda *args, **kwargs: asyncio.run(await_call(*args, **kwargs))

    return at


@pytest.fixture
def call(call_at: Callable[..., Call], address: str) -> Call:
    """Calls a method of a client of the service by its name."""
    return call_at(address)


class ScriptedServer(ThreadingHTTPServer):
    """A server that gives the answers in `script` in turn, then the last one again; it keeps the requests.

    An answer is a status, headers and content, or None: close the connection instead.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: list[tuple[int, dict[str, str], bytes] | None] = []
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedServer

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        script, requests = self.server.script, self.server.requests
        requests.append((self.command, self.path, dict(self.headers), body))
        answer = script.pop(0) if len(script) > 1 else script[0]
        if answer is None:
            self.close_connection = True
            return
        status, headers, content = answer
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _answer  # noqa: N815 - names of the standard library

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Write no log."""


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """A server that gives the answers of its `script`."""
    with ScriptedServer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
