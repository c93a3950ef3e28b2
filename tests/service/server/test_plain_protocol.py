"""Upgrade offers are ignored, and the server's own refusals are problems, with the fast path and without."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import parse_headers
from pathlib import Path
from typing import Any, BinaryIO

import httpx
import pytest

from service.settings import Settings

BODY = b'{"n": 2, "seed": 7}'
JSON = b"Content-Type: application/json"
# What java.net.http's client sends with each request until a server takes the offer.
H2C = (
    b"Connection: Upgrade, HTTP2-Settings",
    b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    b"Upgrade: h2c",
)
OFFERS = [
    H2C,
    (b"Connection: upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: AAAAAAAAAAA="),
    (b"Connection: Upgrade", b"Upgrade: TLS/1.0"),
    (b"Connection: keep-alive, Upgrade", b"Upgrade: foo/2, bar"),
]


def ask(method: bytes, target: bytes, body: bytes = b"", *fields: bytes) -> bytes:
    length = (b"Content-Length: %d" % len(body),) if body else ()
    return b"\r\n".join((b"%b %b HTTP/1.1" % (method, target), b"Host: x", *length, *fields)) + b"\r\n\r\n" + body


def chunked(target: bytes, body: bytes, *fields: bytes) -> bytes:
    head = (b"POST %b HTTP/1.1" % target, b"Host: x", b"Transfer-Encoding: chunked", *fields)
    return b"\r\n".join(head) + b"\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def answer(stream: BinaryIO) -> tuple[int, str, bytes]:
    """Status, media type and body of the next response."""
    status = int(stream.readline().split()[1])
    headers = parse_headers(stream)
    return status, headers["Content-Type"].partition(";")[0], stream.read(int(headers["Content-Length"]))


@pytest.fixture(scope="module", params=["fast path", "without"])
def address(
    request: pytest.FixtureRequest, models: Path, serve: Callable[[Settings], Any]
) -> Iterator[tuple[str, int]]:
    """The service, with the fast path's protocol and with the one that stands in for it."""
    with pytest.MonkeyPatch.context() as patched:
        if request.param == "without":
            patched.setattr("service.server.uvicorn_internals.missing", lambda: ["flow"])
        with serve(Settings(models=models)) as client:
            yield client.base_url.host, client.base_url.port


@contextmanager
def connected(address: tuple[str, int]) -> Iterator[tuple[socket.socket, BinaryIO]]:
    with socket.create_connection(address, timeout=20) as connection, connection.makefile("rb") as stream:
        yield connection, stream


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer[-1].decode())
def test_an_offer_to_upgrade_is_ignored_on_every_path(address: tuple[str, int], offer: tuple[bytes, ...]) -> None:
    asked = [
        (b"POST", b"/generate", BODY, 200, "image/png"),
        (b"POST", b"/generate", b'{"n": 100}', 200, "image/png"),
        (b"POST", b"/lines", b'{"texts": ["12"]}', 200, "image/png"),
        (b"POST", b"/encode", b"no picture", 422, "application/problem+json"),
        (b"GET", b"/traverse?dim=c2", b"", 200, "image/png"),
        (b"GET", b"/livez", b"", 200, "application/json"),
        (b"POST", b"/nothing", BODY, 404, "application/problem+json"),
        (b"DELETE", b"/models", b"", 405, "application/problem+json"),
    ]
    types = {b"/encode": b"Content-Type: image/png"}
    with connected(address) as (connection, stream):
        plain = []
        for method, target, body, _, _ in asked:
            connection.sendall(ask(method, target, body, types.get(target, JSON)))
            plain.append(answer(stream))
        assert [found[:2] for found in plain] == [(status, kind) for *_, status, kind in asked]
        # The body is kept, and what follows on the connection is read as requests of their own.
        for (method, target, body, status, kind), expected in zip(asked, plain, strict=True):
            connection.sendall(ask(method, target, body, types.get(target, JSON), *offer))
            found = answer(stream)
            assert found[:2] == (status, kind)
            if b"100" not in body:  # of no seed
                assert found == expected
        connection.sendall(b"".join(ask(m, t, b, types.get(t, JSON), *offer) for m, t, b, _, _ in asked))
        assert [answer(stream)[:2] for _ in asked] == [found[:2] for found in plain]


@pytest.mark.parametrize("cut", [1, 20, 150, 7000])
def test_an_offer_in_pieces_and_in_chunks_is_ignored_too(address: tuple[str, int], cut: int) -> None:
    whole = b"".join((chunked(b"/generate", BODY, JSON, *H2C), ask(b"POST", b"/generate", BODY, JSON, *H2C)))
    with connected(address) as (connection, stream):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(whole), cut):
            connection.sendall(whole[start : start + cut])
        first, second = answer(stream), answer(stream)
    assert first == second
    assert first[:2] == (200, "image/png")


@pytest.mark.parametrize(
    ("sent", "status", "kind"),
    [
        (b"hello\r\n\r\n", 400, "malformed-request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "malformed-request"),  # TLS
        (b"GET /livez HTTP/9.9\r\n\r\n", 400, "malformed-request"),
        (b"GET /livez HTTP/1.1\r\nHost : x\r\n\r\n", 400, "malformed-request"),
        (b"POST /generate HTTP/1.1\r\nHost: x\r\nContent-Length: one\r\n\r\n", 400, "malformed-request"),
        (b"POST /lines HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "malformed-request"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed-request"),
        (b"CONNECT example:443 HTTP/1.1\r\nHost: example:443\r\n\r\n", 405, "method-not-allowed"),
    ],
)
def test_what_the_server_itself_refuses_is_a_problem(
    address: tuple[str, int], sent: bytes, status: int, kind: str
) -> None:
    with connected(address) as (connection, stream):
        connection.sendall(sent)
        found = answer(stream)
        assert found[:2] == (status, "application/problem+json")
        problem = json.loads(found[2])
        assert (problem["type"], problem["status"]) == (f"urn:problem-type:inkcode:{kind}", status)
        assert stream.read() == b""  # and the connection ends


def test_others_are_served_after_all_that(address: tuple[str, int]) -> None:
    assert httpx.get(f"http://{address[0]}:{address[1]}/readyz").status_code == 200
