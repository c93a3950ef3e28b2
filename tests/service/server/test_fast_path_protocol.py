"""The fast path as a connection sees it: order, pieces, ends and keys."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import parse_headers
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import httpx
import numpy as np
import pytest
from onnxruntime import InferenceSession

from service.http.auth import new_key
from service.settings import Settings

BODY = b'{"n": 2, "seed": 7}'
OTHER = b'{"n": 2, "seed": 8}'  # as long as BODY
PNG, PROBLEM = "image/png", "application/problem+json"


def post(body: bytes = BODY, *lines: bytes, version: bytes = b"1.1") -> bytes:
    length = b"Content-Length: %d" % len(body)
    head = (b"POST /generate HTTP/" + version, b"Host: x", b"Content-Type: application/json", length, *lines)
    return b"\r\n".join(head) + b"\r\n\r\n" + body


GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def connected(client: httpx.Client) -> Iterator[socket.socket]:
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=20) as connection:
        yield connection


def answers(connection: socket.socket, many: int) -> list[tuple[int, str, bytes]]:
    """Status, type and body of the next answers, in order."""
    with connection.makefile("rb") as stream:
        return [_answer(stream) for _ in range(many)]


def _answer(stream: BinaryIO) -> tuple[int, str, bytes]:
    status = int(stream.readline().split()[1])
    headers = parse_headers(stream)
    return status, headers["Content-Type"], stream.read(int(headers["Content-Length"]))


def kinds(found: list[tuple[int, str, bytes]]) -> list[tuple[int, str]]:
    return [(status, kind.partition(";")[0]) for status, kind, _ in found]


def test_requests_that_come_together_are_answered_in_order(client: httpx.Client) -> None:
    picture = client.post("/generate", content=BODY, headers={"Content-Type": "application/json"}).content
    with connected(client) as connection:
        connection.sendall(post() + GET + post(b"{") + post() + post(b'{"n": 100}') + post())
        found = answers(connection, 6)
        assert kinds(found) == [
            (200, PNG),
            (200, "application/json"),
            (400, PROBLEM),
            (200, PNG),
            (200, PNG),
            (200, PNG),
        ]
        assert [found[i][2] == picture for i in (0, 3, 4, 5)] == [True, True, False, True]
        connection.sendall(post())
        assert answers(connection, 1)[0][2] == picture


@pytest.mark.parametrize("body", [BODY, b'{"n": 100}', b'{"n": -1}', b"{" + b" " * 200_000 + b"}"])
def test_a_request_in_pieces_is_answered_as_a_whole_one(client: httpx.Client, body: bytes) -> None:
    whole = post(body)
    with connected(client) as connection:
        connection.sendall(whole)
        expected = kinds(answers(connection, 1))
        cuts = [0, 10, len(whole) - len(body), len(whole) - len(body) + 1, len(whole) - 1, len(whole)]
        for start, stop in pairwise(cuts):
            connection.sendall(whole[start:stop])
            time.sleep(0.02)
        assert kinds(answers(connection, 1)) == expected


def test_a_body_in_chunks_is_read_to_its_end(client: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        yield BODY[:5]
        yield BODY[5:]

    headers = {"Content-Type": "application/json"}
    chunked = client.post("/generate", content=chunks(), headers=headers)
    assert chunked.content == client.post("/generate", content=BODY, headers=headers).content


@pytest.mark.parametrize("request_", [post(BODY, b"Connection: close"), post(version=b"1.0")])
def test_a_connection_that_is_not_to_stay_ends(client: httpx.Client, request_: bytes) -> None:
    with connected(client) as connection:
        connection.sendall(request_)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in received.lower()


def test_who_expects_100_is_told_to_go_on(client: httpx.Client) -> None:
    whole = post(BODY, b"Expect: 100-continue")
    with connected(client) as connection:
        connection.sendall(whole[: -len(BODY)])
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(BODY)
        assert kinds(answers(connection, 1)) == [(200, PNG)]


def test_a_client_that_leaves_is_counted_and_not_computed(
    models: Path, serve: Callable[[Settings], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    run = InferenceSession.run

    def slow(self: InferenceSession, names: Any, inputs: dict[str, Any]) -> Any:
        batches.append(len(inputs["latent"]))
        time.sleep(0.5)
        return run(self, names, inputs)

    with serve(Settings(models=models, threads=1)) as client:
        monkeypatch.setattr(InferenceSession, "run", slow)
        assert client.post("/generate", json={}).status_code == 200  # too slow for the loop, as is known from now on
        with connected(client) as first:
            first.sendall(post(b'{"n": 3}'))
            time.sleep(0.2)
            with connected(client) as second:
                second.sendall(post(b'{"n": 5}'))
                time.sleep(0.1)
            assert kinds(answers(first, 1)) == [(200, PNG)]
        metrics = client.get("/metrics").text
    assert 'inkcode_requests_total{path="fast",route="/generate",status="499"} 1.0' in metrics
    assert 'inkcode_dropped_requests_total{model="mnist-infogan",reason="abandoned"} 1.0' in metrics
    assert 'inkcode_queue_rows{model="mnist-infogan"} 0.0' in metrics
    assert batches == [1, 3]


@pytest.mark.parametrize("first", [b'{"n": 3}', b'{"n": 3, "format": "json"}'], ids=["fast", "asgi"])
@pytest.mark.parametrize("second", [post(b'{"n": 5}'), GET], ids=["generate", "livez"])
def test_a_client_that_leaves_abandons_what_it_pipelined(
    models: Path, serve: Callable[[Settings], Any], monkeypatch: pytest.MonkeyPatch, first: bytes, second: bytes
) -> None:
    batches: list[int] = []
    run = InferenceSession.run

    def slow(self: InferenceSession, names: Any, inputs: dict[str, Any]) -> Any:
        batches.append(len(inputs["latent"]))
        time.sleep(0.5)
        return run(self, names, inputs)

    with serve(Settings(models=models, threads=1)) as client:
        monkeypatch.setattr(InferenceSession, "run", slow)
        assert client.post("/generate", json={}).status_code == 200
        with connected(client) as other:
            other.sendall(post(b'{"n": 2}'))
            time.sleep(0.1)
            with connected(client) as leaving:
                leaving.sendall(post(first) + second + second)
                time.sleep(0.1)
            assert kinds(answers(other, 1)) == [(200, PNG)]
        time.sleep(0.2)
        assert client.post("/generate", json={"n": 4}).status_code == 200
        metrics = client.get("/metrics").text
    assert 'reason="abandoned"} 1.0' in metrics
    assert 'route="/generate",status="499"} 1.0' in metrics
    assert 'inkcode_queue_rows{model="mnist-infogan"} 0.0' in metrics
    assert batches == [1, 2, 4]


@pytest.mark.parametrize("lines", [b"", b"Host: a\r\nHost: b\r\n", b"Host: a, b\r\n"], ids=["none", "two", "a list"])
@pytest.mark.parametrize("request_", [b"POST /generate", b"GET /livez", b"GET /nothing"])
def test_http_1_1_needs_one_host(client: httpx.Client, request_: bytes, lines: bytes) -> None:
    head = b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    with connected(client) as connection:
        connection.sendall(request_ + b" HTTP/1.1\r\n" + lines + head)
        connection.sendall(GET)
        refused, answered = answers(connection, 2)
        assert kinds([refused, answered]) == [(400, PROBLEM), (200, "application/json")]
        assert json.loads(refused[2])["type"] == "urn:problem-type:inkcode:no-host"


def test_an_empty_host_is_one_and_http_1_0_needs_none(client: httpx.Client) -> None:
    for request_ in (b"GET /livez HTTP/1.1\r\nHost:\r\n\r\n", b"GET /livez HTTP/1.0\r\n\r\n"):
        with connected(client) as connection:
            connection.sendall(request_)
            assert kinds(answers(connection, 1)) == [(200, "application/json")]


def test_a_key_is_asked_for_here_too(models: Path, serve: Callable[[Settings], Any], tmp_path: Path) -> None:
    key, digest = new_key()
    (tmp_path / "keys").write_text(digest)
    with serve(Settings(models=models, keys_file=tmp_path / "keys")) as client:
        asked = [
            client.post("/generate", json={}, headers=headers).status_code
            for headers in ({}, {"Authorization": "Bearer no"}, {"Authorization": f"Bearer {key}"})
        ]
    assert asked == [401, 401, 200]


def test_pages_of_allowed_origins_are_told_so(models: Path, serve: Callable[[Settings], Any]) -> None:
    with serve(Settings(models=models, origins=("https://a.example",))) as client:
        response = client.post("/generate", json={}, headers={"Origin": "https://a.example"})
        assert response.headers["access-control-allow-origin"] == "https://a.example"
        assert client.post("/generate", json={}).status_code == 200


@pytest.mark.parametrize("seed", range(8))
def test_however_requests_are_cut_they_are_answered_in_order(client: httpx.Client, seed: int) -> None:
    rng = np.random.default_rng(seed)
    chunked = (
        b"POST /generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunked += b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    known = [
        (post(BODY), (200, PNG)),
        (post(OTHER), (200, PNG)),
        (post(b'{"n": 2, "sed":  7}'), (422, PROBLEM)),
        (post(b'{"n": 90, "seed":7}'), (200, PNG)),
        (chunked, (200, PNG)),
        (GET, (200, "application/json")),
    ]
    asked = [known[i] for i in rng.integers(len(known), size=40)]
    stream = b"".join(whole for whole, _ in asked)
    # Cut between requests, mostly; and anywhere.
    ends = np.cumsum([0, *(len(whole) for whole, _ in asked)])
    cuts = {0, len(stream), *rng.choice(ends, 30).tolist(), *rng.integers(len(stream), size=6).tolist()}
    with connected(client) as connection:
        for start, stop in pairwise(sorted(cuts)):
            connection.sendall(stream[start:stop])
            time.sleep(0.005)
        assert kinds(answers(connection, len(asked))) == [answer for _, answer in asked]
