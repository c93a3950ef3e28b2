"""What one connection can hold and how long it may take, as a hostile client sees it."""

from __future__ import annotations

import gc
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import parse_headers
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import httpx
import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service.server.connection_limits import MAX_FIELDS
from service.server.guarded_protocol import GuardedProtocol, Phase
from service.settings import Settings

T = TypeVar("T")

Serve = Callable[[Settings], Any]

BODY = b'{"n": 2, "seed": 7}'
GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)
UPLOAD = b"POST /encode HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n"
LINES = b"POST /lines HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"


@contextmanager
def connected(client: httpx.Client) -> Iterator[tuple[socket.socket, BinaryIO]]:
    with socket.socket() as connection, connection.makefile("rb") as stream:
        connection.settimeout(20)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**14)  # little is on the way to a client at a time
        connection.connect((client.base_url.host, client.base_url.port))
        yield connection, stream


def answer(stream: BinaryIO) -> tuple[int, bytes]:
    status = int(stream.readline().split()[1])
    headers = parse_headers(stream)
    return status, stream.read(int(headers["Content-Length"]))


def kind(body: bytes) -> str:
    found: str = json.loads(body)["type"]
    return found.rpartition(":")[2]


def living(kind: type[T]) -> list[T]:
    """The objects of a class; by their type alone, since some of other packages' objects warn when looked at."""
    return [found for found in gc.get_objects() if issubclass(type(found), kind)]


def refused(client: httpx.Client, reason: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    name = f'inkcode_refused_connections_total{{reason="{reason}"}} '
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


@pytest.mark.parametrize("request_", [POST, GET], ids=["fast path", "ASGI"])
def test_a_client_that_never_reads_is_not_read_either(client: httpx.Client, request_: bytes) -> None:
    with connected(client) as (connection, _):
        connection.settimeout(1)
        sent = 0
        with suppress(TimeoutError):
            while sent < 20 * 2**20:
                sent += connection.send(100 * request_)
        assert sent < 20 * 2**20  # what the sockets of both ends hold
        assert len([cycle for cycle in living(RequestResponseCycle) if not cycle.response_complete]) < 100
        assert max(len(found._received) for found in living(GuardedProtocol)) < 2**19
        assert client.post("/generate", json={}).status_code == 200


def test_a_client_that_reads_late_gets_every_response(client: httpx.Client) -> None:
    n = 1000
    with connected(client) as (connection, stream):
        connection.setblocking(False)
        rest = memoryview(n * POST)
        for _ in range(200):
            try:
                rest = rest[connection.send(rest) :]
            except BlockingIOError:
                time.sleep(0.005)
        connection.setblocking(True)
        connection.settimeout(60)
        answers = set()
        for i in range(n):
            answers.add(answer(stream))
            if i % 50 == 0 and rest:
                rest = rest[connection.send(rest[: 50 * len(POST)]) :]
        assert not rest
    assert [status for status, _ in answers] == [200]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"GET /livez HTTP/1.1\r\nHost: x\r\nA: " + 70_000 * b"a", (431, "head-too-large")),
        (b"GET /livez HTTP/1.1\r\n" + (MAX_FIELDS + 1) * b"A: b\r\n" + b"\r\n", (431, "head-too-large")),
        (b"GET /livez?" + 70_000 * b"a" + b" HTTP/1.1\r\n\r\n", (414, "uri-too-long")),
        (LINES.replace(b"Content-Length: 100", b"Transfer-Encoding: chunked")[:-1] + b"1;" + 70_000 * b"a", (400, "")),
        (
            LINES.replace(b"Content-Length: 100", b"Transfer-Encoding: chunked")[:-1]
            + b"1\r\na\r\n0\r\nTrailer: "
            + 70_000 * b"a",
            (400, ""),
        ),
    ],
    ids=["a long field", "many fields", "a long URL", "a long chunk extension", "a long trailer"],
)
def test_whatever_surrounds_a_body_is_bounded(client: httpx.Client, sent: bytes, expected: tuple[int, str]) -> None:
    with connected(client) as (connection, stream):
        connection.sendall(sent)
        status, body = answer(stream)
        assert (status, kind(body)) == (expected[0], expected[1] or "malformed-request")
        assert stream.read() == b""


def test_a_long_head_within_the_limits_and_trailers_are_taken(client: httpx.Client) -> None:
    trailers = b"POST /generate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Type: no\r\n\r\n"
    with connected(client) as (connection, stream):
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nA: " + 60_000 * b"a" + b"\r\n\r\n" + GET + trailers)
        assert [answer(stream)[0] for _ in range(3)] == [200, 200, 415]


@pytest.mark.parametrize("broken", [b"broken\r\n\r\n", b"CONNECT x:1 HTTP/1.1\r\n\r\n", b"GET x:// HTTP/1.1\r\n\r\n"])
@pytest.mark.parametrize("first", [POST, POST.replace(b'"n": 2,', b'"n":99,'), GET])
def test_a_refusal_comes_after_the_responses_before_it(client: httpx.Client, first: bytes, broken: bytes) -> None:
    with connected(client) as (connection, stream):
        connection.sendall(first + GET + first + broken + GET)
        assert [answer(stream)[0] for _ in range(3)] == [200, 200, 200]
        status, body = answer(stream)
        assert (status, json.loads(body)["status"]) in {(400, 400), (405, 405)}
        assert stream.read() == b""


def test_a_broken_body_is_refused_and_an_early_answer_stands(client: httpx.Client) -> None:
    chunks = b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    for path in (b"/lines", b"/generate", b"/v2/models/noise/infer"):
        with connected(client) as (connection, stream):
            connection.sendall(GET + b"POST " + path + chunks + b"1\r\n{\r\n")
            assert answer(stream)[0] == 200
            time.sleep(0.05)
            connection.sendall(b"no size\r\n")
            assert answer(stream)[0] == 400
            assert stream.read() == b""


@pytest.fixture(scope="module")
def impatient(models: Path, serve: Serve) -> Iterator[httpx.Client]:
    """A service that waits half a second for whatever a client should send or read."""
    with serve(Settings(models=models, head_timeout=0.5, body_timeout=0.5, send_timeout=0.5)) as client:
        yield client


@pytest.mark.parametrize(
    ("first", "more", "part"),
    [
        (b"GET /livez HTTP/1.1\r\nHost: x\r\n", b"A: b\r\n", "head"),
        (b"GET /", b"a", "head"),
        (POST[:-10], b"", "body"),
        (LINES, b" ", "body"),
        (UPLOAD % 4_000_000, 1000 * b"x", "body"),
    ],
    ids=["a field at a time", "a letter at a time", "fast path", "JSON", "upload"],
)
def test_a_request_that_comes_slowly_is_given_up(impatient: httpx.Client, first: bytes, more: bytes, part: str) -> None:
    before = refused(impatient, "request-timeout")
    with connected(impatient) as (connection, stream):
        connection.sendall(GET + first)
        assert answer(stream)[0] == 200
        connection.settimeout(0.1)
        began, received = time.monotonic(), b""
        while not received and time.monotonic() - began < 20:
            connection.sendall(more)
            try:
                received = connection.recv(2**16)
            except TimeoutError:
                continue
        assert received.startswith(b"HTTP/1.1 408 ")
        assert f"the {part} of a request must be sent within 0.5 s".encode() in received
    assert refused(impatient, "request-timeout") == before + 1


def test_a_client_that_does_not_read_is_cut(impatient: httpx.Client) -> None:
    before = refused(impatient, "send-timeout")
    with connected(impatient) as (connection, _):
        connection.settimeout(0.1)
        end = time.monotonic() + 30
        picture = b"GET /traverse?dim=c2&scale=9&format=npy HTTP/1.1\r\nHost: x\r\n\r\n"
        while refused(impatient, "send-timeout") == before and time.monotonic() < end:
            with suppress(TimeoutError, ConnectionError):
                connection.send(picture)
    assert refused(impatient, "send-timeout") == before + 1


def test_an_early_answer_to_a_body_that_never_comes_ends_the_connection(impatient: httpx.Client) -> None:
    with connected(impatient) as (connection, stream):
        connection.sendall(LINES.replace(b"/lines", b"/nothing"))
        assert answer(stream)[0] == 404
        assert stream.read() == b""


def reach(connection: socket.socket, phase: Phase) -> None:
    """Wait until the service's end of a connection is in this phase."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        ends = [other for other in living(GuardedProtocol) if other.client == connection.getsockname()]
        if [other.phase for other in ends] == [phase]:
            return
        time.sleep(0.05)
    pytest.fail(f"not in {phase}")


def test_one_connection_too_many_takes_the_place_of_an_idle_one(models: Path, serve: Serve) -> None:
    with serve(Settings(models=models, connections=3)) as client, ExitStack() as stack:
        idle, half, working = (stack.enter_context(connected(client)) for _ in range(3))
        reach(idle[0], Phase.IDLE)
        working[0].sendall(LINES)
        reach(working[0], Phase.BODY)
        half[0].sendall(GET[:9])
        reach(half[0], Phase.HEAD)
        for place in (idle, half):
            new, stream = stack.enter_context(connected(client))
            new.sendall(LINES)
            assert place[1].read() == b""
            reach(new, Phase.BODY)
        _, stream = stack.enter_context(connected(client))
        status, body = answer(stream)
        assert (status, kind(body)) == (503, "too-many-connections")
        working[0].sendall(b'"texts": ["12"]}'.ljust(99))
        assert answer(working[1])[0] == 200
        reach(working[0], Phase.IDLE)
        assert client.get("/livez").status_code == 200  # in its place
        assert refused(client, "evicted") == 3
