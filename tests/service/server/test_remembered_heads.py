"""Heads that a connection has said before: read once, and never mistaken for another."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from httptools import HttpRequestParser

from service.http.auth import new_key
from service.settings import Settings
from tests.service.server.test_http_protocol import BODY, GET, PNG, PROBLEM, answers, connected, kinds, post

OTHER = b'{"n": 2, "seed": 8}'  # as long as BODY


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the servers of this process had to parse."""
    seen: list[bytes] = []

    class Parser:
        def __init__(self, protocol: Any) -> None:
            self._parser = HttpRequestParser(protocol)

        def feed_data(self, data: bytes) -> None:
            seen.append(data)
            self._parser.feed_data(data)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._parser, name)

    monkeypatch.setattr("httptools.HttpRequestParser", Parser)
    return seen


def test_a_head_is_read_once(client: httpx.Client, parsed: list[bytes]) -> None:
    line = b"X-Said: here alone"  # others ask the same server
    with connected(client) as first, connected(client) as second:
        for connection in (first, second, first):
            for body in (BODY, OTHER):
                connection.sendall(post(body, line))
                assert kinds(answers(connection, 1)) == [(200, PNG)]
    assert parsed == [post(BODY, line)]


def test_the_body_is_each_request_s_own(client: httpx.Client) -> None:
    with connected(client) as connection:
        pictures = []
        for body in (BODY, OTHER, BODY, OTHER):
            connection.sendall(post(body))
            pictures.append(answers(connection, 1)[0][2])
    assert pictures[0] == pictures[2] != pictures[1] == pictures[3]


@pytest.mark.parametrize(
    "body", [b'{"n": 2, "seed": -', b'{"n": 2, "seed": x}', b'{"n": 2, "sed":  7}', b'{"n": 99, "seed":7}']
)
def test_what_is_wrong_or_large_is_answered_as_ever(client: httpx.Client, body: bytes) -> None:
    with connected(client) as connection:
        connection.sendall(post(body))
        expected = kinds(answers(connection, 1))
        connection.sendall(post(b'{"seed": 7, "n":2}'[: len(body)].ljust(len(body))))
        answers(connection, 1)
        connection.sendall(post(body))
        assert kinds(answers(connection, 1)) == expected


def test_a_head_that_carries_a_key_is_not_kept(
    models: Path, serve: Callable[[Settings], Any], tmp_path: Path, parsed: list[bytes]
) -> None:
    key, digest = new_key()
    (tmp_path / "keys").write_text(digest)
    whole = post(BODY, b"Authorization: Bearer " + key.encode())
    with serve(Settings(models=models, keys_file=tmp_path / "keys")) as client, connected(client) as connection:
        for _ in range(2):
            connection.sendall(whole)
            assert kinds(answers(connection, 1)) == [(200, PNG)]
        connection.sendall(post(BODY))
        assert kinds(answers(connection, 1)) == [(401, PROBLEM)]
    assert parsed == [whole, whole, post(BODY)]


def test_heads_without_end_are_not_kept_without_end(client: httpx.Client, parsed: list[bytes]) -> None:
    with connected(client) as connection:
        for i in range(300):
            connection.sendall(post(BODY, b"Traceparent: %d" % i))
            answers(connection, 1)
        for i in (299, 0):
            connection.sendall(post(BODY, b"Traceparent: %d" % i))
            answers(connection, 1)
    assert len(parsed) == 301


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
