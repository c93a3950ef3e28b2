"""The bodies of all requests together are bounded, and refused before they are read."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable
from contextlib import ExitStack
from http.client import parse_headers
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import Settings

Serve = Callable[[Settings], Any]

MIB = 2**20
BODY = b'{"texts": ["12"]}'
PATHS = {
    "/generate": "application/json",
    "/lines": "application/json",
    "/v2/models/mnist-infogan/infer": "application/json",
    "/encode": "image/png",
}


def begin(stack: ExitStack, client: httpx.Client, path: str, length: str, body: bytes) -> socket.socket:
    """A connection that sends the head of an upload, and this much of its body."""
    address = (client.base_url.host, client.base_url.port)
    connection = stack.enter_context(socket.create_connection(address, timeout=20))
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {PATHS[path]}\r\n{length}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def status(connection: socket.socket, timeout: float) -> int | None:
    """The status of the response; None where there is none yet."""
    connection.settimeout(timeout)
    try:
        with connection.makefile("rb") as stream:
            status = int(stream.readline().split()[1])
            headers = parse_headers(stream)
            problem = json.loads(stream.read(int(headers["Content-Length"])))
    except TimeoutError:
        return None
    if status == 429:
        assert problem["type"] == "urn:problem-type:inkcode:busy"
        assert headers["Retry-After"] == "1"
    return status


@pytest.mark.parametrize("path", PATHS)
def test_130_slow_uploads_are_admitted_by_what_they_announce(models: Path, serve: Serve, path: str) -> None:
    with serve(Settings(models=models, max_bodies=64 * MIB)) as client, ExitStack() as stack:
        slow = [begin(stack, client, path, f"Content-Length: {4 * MIB}", 200_000 * b" ") for _ in range(130)]
        assert client.get("/livez").status_code == 200
        answers = [status(connection, 0.02) for connection in slow]
        assert answers.count(None) == 14  # seven eighths of 64 MiB
        assert answers.count(429) == 116
        # The small ones of others still have room.
        assert client.post("/generate", json={}).status_code == 200
        assert client.post("/lines", content=BODY, headers={"Content-Type": "application/json"}).status_code == 200
        for connection in slow:
            connection.close()
        for _ in range(100):
            if client.post(path, content=b" " * 4 * MIB, headers={"Content-Type": PATHS[path]}).status_code != 429:
                break
        else:
            pytest.fail("what was held by those who left was not given back")


def test_bodies_that_announce_nothing_count_as_they_come(models: Path, serve: Serve) -> None:
    chunk = b"%x\r\n%b\r\n" % (MIB, MIB * b" ")
    with serve(Settings(models=models, max_bodies=8 * MIB)) as client, ExitStack() as stack:
        slow = [begin(stack, client, "/lines", "Transfer-Encoding: chunked", b"1\r\n \r\n") for _ in range(12)]
        assert [status(connection, 0.02) for connection in slow] == [None] * 12
        answers = []
        for connection in slow:
            connection.sendall(chunk)
            answers.append(status(connection, 0.5))
        assert answers == [None] * 6 + [429] * 6


def test_a_compressed_body_counts_as_it_is_decoded(models: Path, serve: Serve) -> None:
    content = gzip.compress(MIB * b" ")
    piece = b"%x\r\n%b\r\n" % (len(content), content)
    coded = "Transfer-Encoding: chunked\r\nContent-Encoding: gzip"
    with serve(Settings(models=models, max_bodies=8 * MIB)) as client, ExitStack() as stack:
        slow, answers = [], []
        for path in 3 * [path for path in PATHS if path != "/generate"]:  # the fast path decodes whole bodies alone
            slow.append(begin(stack, client, path, coded, piece))
            answers.append(status(slow[-1], 0.5))
        assert answers == [None] * 6 + [429] * 3
        for connection in slow:
            connection.close()
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        for _ in range(100):  # the server sees a moment later that the clients are gone
            answer = client.post("/generate", content=gzip.compress(4 * MIB * b" "), headers=headers)
            if answer.status_code != 429:
                break
        assert answer.status_code == 400


def test_small_bodies_that_come_in_pieces_count_too(models: Path, serve: Serve) -> None:
    with serve(Settings(models=models, max_bodies=MIB)) as client, ExitStack() as stack:
        slow = [begin(stack, client, "/generate", "Content-Length: 60000", 55_000 * b" ") for _ in range(24)]
        assert [status(connection, 0.05) for connection in slow] == [None] * 19 + [429] * 5
        # What comes in one piece is answered before the next is read.
        assert client.post("/generate", json={}).status_code == 200
        assert status_of_chunked(client) == 200


def status_of_chunked(client: httpx.Client) -> int:
    headers = {"Content-Type": "application/json"}
    return client.post("/generate", content=iter([b'{"n"', b": 1}"]), headers=headers).status_code
