"""How long a client waits, and whether it still does."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import Message

from service.__main__ import UVICORN
from service.app import create_app
from service.engine.errors import DeadlineError
from service.engine.inference_request import InferenceRequest
from service.http.disconnect import DisconnectWatcher
from service.http.problems import ClientDisconnected
from service.http.request_context import RequestContext
from service.http.request_head import RequestHead
from service.server.choose_protocol import choose_protocol
from service.settings import Settings


class Connection:
    """A request's messages: the rest of its body, and the client's end when told."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[Message] = asyncio.Queue()
        self.messages.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    async def receive(self) -> Message:
        return await self.messages.get()

    def hang_up(self) -> None:
        self.messages.put_nowait({"type": "http.disconnect"})


def context(receive: Any, within: float) -> RequestContext:
    made = RequestContext("POST", "/generate", RequestHead.parse([]), "asgi")
    made.time_limit = within
    made.watch(receive, DisconnectWatcher())
    return made


def test_work_is_done_while_the_client_waits() -> None:
    async def scenario() -> None:
        assert await context(Connection().receive, 1).cancel_on_disconnect(asyncio.sleep(0.2, "done")) == "done"
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())


def test_work_stops_when_the_client_hangs_up() -> None:
    async def scenario() -> None:
        connection, stopped = Connection(), asyncio.Event()

        async def work() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                stopped.set()

        asking = asyncio.create_task(context(connection.receive, 1).cancel_on_disconnect(work()))
        await asyncio.sleep(0.01)
        connection.hang_up()
        with pytest.raises(ClientDisconnected):
            await asking
        assert stopped.is_set()
        assert not asking.cancelled()
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())


def test_work_that_watches_no_clock_is_cancelled_in_time() -> None:
    async def scenario() -> None:
        with pytest.raises(DeadlineError, match=r"within 0\.05 s"):
            await context(Connection().receive, 0.05).finish_in_time(asyncio.sleep(60))
        assert await context(Connection().receive, 60).finish_in_time(asyncio.sleep(0, "done")) == "done"

    asyncio.run(scenario())


def test_a_cancellation_from_elsewhere_is_none_of_the_clients() -> None:
    async def scenario() -> None:
        asking = asyncio.create_task(context(Connection().receive, 1).cancel_on_disconnect(asyncio.sleep(60)))
        await asyncio.sleep(0.1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(scenario())


def test_a_hundred_clients_that_hang_up_leave_nothing(models: Path) -> None:
    body = b'{"n": 1024}'
    request = b"POST /generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"

    async def scenario() -> None:
        # One row a batch: what the hundred ask for would take many times as long as the test waits.
        app = create_app(Settings(models=models, batch_rows=1, queue_rows=200_000))
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, http=choose_protocol(), **UVICORN))
        serving = asyncio.create_task(server.serve([listening]))
        address = listening.getsockname()[:2]
        async with httpx.AsyncClient(base_url=f"http://{address[0]}:{address[1]}") as client:
            assert (await client.post("/generate", json={})).status_code == 200
            idle = len(asyncio.all_tasks())
            clients = [await asyncio.open_connection(*address) for _ in range(100)]
            for _, writer in clients:
                writer.write(request % (len(body), body))
            await asyncio.sleep(0.3)
            for i, (_, writer) in enumerate(clients):
                if i % 2:
                    writer.transport.abort()
                else:
                    writer.close()
            for _ in range(100):
                await asyncio.sleep(0.05)
                gc.collect()
                tasks = len(server.server_state.tasks), len(asyncio.all_tasks()) - idle
                jobs = sum(type(thing) is InferenceRequest for thing in gc.get_objects())
                if not any((*tasks, jobs)):
                    break
            assert (*tasks, jobs) == (0, 0, 0)
            metrics = (await client.get("/metrics")).text
            assert 'inkcode_queue_rows{model="mnist-infogan"} 0.0' in metrics
            assert 'inkcode_dropped_requests_total{model="mnist-infogan",reason="abandoned"}' in metrics
            assert 'inkcode_requests_total{path="asgi",route="/generate",status="499"}' in metrics
            assert (await client.post("/generate", json={})).status_code == 200
        server.should_exit = True
        await serving

    asyncio.run(scenario())


def test_what_cannot_be_in_time_is_504(models: Path, serve: Callable[[Settings], Any]) -> None:
    with serve(Settings(models=models, batch_rows=1, deadline=1e-6)) as client:
        for response in (client.post("/generate", json={"n": 9}), client.get("/traverse?dim=c2")):
            assert response.status_code == 504
            assert response.json()["type"] == "urn:problem-type:inkcode:deadline-passed"
            assert response.json()["detail"] == "it cannot be done within 1e-06 s"
        longer = client.post("/generate", json={}, headers={"Inkcode-Deadline": "60"})
        assert longer.status_code == 504  # a client cannot ask for more than the operator gives


def test_a_client_may_wait_less(client: httpx.Client) -> None:
    headers = {"Inkcode-Deadline": "0.0000001"}
    for response in (
        client.post("/generate", json={"n": 9}, headers=headers),
        client.get("/traverse?dim=c2", headers=headers),
        client.get("/interpolate?from=1&to=2", headers=headers),
    ):
        assert response.status_code == 504
    assert client.get("/traverse?dim=c2", headers={"Inkcode-Deadline": "20"}).status_code == 200


def test_a_deadline_that_is_none_is_named(client: httpx.Client) -> None:
    response = client.get("/traverse?dim=c2", headers={"Inkcode-Deadline": "-1"})
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error == {"field": "Inkcode-Deadline", "value": "-1", "expected": "must be a number of seconds above 0"}


@pytest.mark.parametrize("kind", ["Content-Length: 9", "Transfer-Encoding: chunked"])
def test_a_client_that_hangs_up_within_its_body_is_no_fault(
    client: httpx.Client, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    taking = {
        path: next(iter(methods["post"]["requestBody"]["content"]))
        for path, methods in paths.items()
        if "post" in methods
    }
    del taking["/generate"]  # begun by the fast path, once it is whole
    assert len(taking) >= 5
    for path, media_type in taking.items():
        url = path.format(name="mnist-infogan", version="1")
        with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
            head = f"POST {url} HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\n{kind}\r\n\r\n"
            connection.sendall(f"{head}1".encode())
            time.sleep(0.05)
        for _ in range(100):
            if f'route="{path}",status="499"' in (metrics := client.get("/metrics").text):
                break
            time.sleep(0.02)
        assert f'route="{path}",status="499"' in metrics
        assert f'route="{path}",status="500"' not in metrics
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
