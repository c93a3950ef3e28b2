"""`/corpora`: texts of a client's own."""

from __future__ import annotations

import io
import signal
import socket
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import Settings

TEXT = {"Content-Type": "text/plain; charset=utf-8"}


def test_lines_of_a_data_set_are_written_of_it(client: httpx.Client) -> None:
    sent = client.post("/corpora", content="1,234\n2026-11-21\n\n1,234\n", headers=TEXT)
    assert sent.status_code == 201
    corpus = sent.json()
    assert (corpus["texts"], corpus["longest"], corpus["charset"]) == (2, 10, sorted(set("1,2342026-11-21")))
    kept = client.get(sent.headers["location"])
    assert kept.text == "1,234\n2026-11-21\n"
    assert client.get(sent.headers["location"], headers={"If-None-Match": kept.headers["etag"]}).status_code == 304
    assert client.post("/corpora", content=kept.content, headers=TEXT).json() == corpus
    query = {"corpus": corpus["id"], "n": 20, "size": 20}
    (shard,) = client.get("/datasets/mnist-infogan/index.json", params=query).json()["shards"]
    with tarfile.open(fileobj=io.BytesIO(client.get(shard["url"]).content)) as archive:
        texts = {archive.extractfile(name).read().decode() for name in archive.getnames() if name.endswith(".txt")}
    assert texts == {"1,234", "2026-11-21"}


@pytest.mark.parametrize(
    ("content", "kind", "status", "field"),
    [
        (b"", "text/plain", 422, "body"),
        (b"\xff", "text/plain", 422, "body"),
        (b"1" * 65, "text/plain", 422, "body"),
        (b"1\n" * 2**21 + b"1", "text/plain", 413, "body"),
        (b"{}", "application/json", 415, "Content-Type"),
    ],
)
def test_a_bad_corpus_is_refused(client: httpx.Client, content: bytes, kind: str, status: int, field: str) -> None:
    answer = client.post("/corpora", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["errors"][0]["field"] == field


def test_a_corpus_that_is_not_kept_is_told(client: httpx.Client) -> None:
    missing = "0" * 32
    assert client.get(f"/corpora/{missing}").status_code == 404
    assert client.get("/corpora/keys").status_code == 422  # an id is hexadecimal: no other file is read
    answer = client.get("/datasets/mnist-infogan/index.json", params={"corpus": missing})
    assert answer.status_code == 422
    assert "send it to /corpora" in answer.json()["detail"]


def test_a_large_corpus_is_kept_and_workers_share_it(models: Any, serve: Any, tmp_path: Any) -> None:
    large = "\n".join(map(str, range(100_000)))
    settings = Settings(models=models, corpora=tmp_path / "corpora")
    with serve(settings) as one, serve(settings) as other:
        corpus = one.post("/corpora", content=large, headers=TEXT).json()
        assert corpus["texts"] == 100_000
        urls = [
            client.get("/datasets/mnist-infogan/index.json", params={"corpus": corpus["id"], "n": 9}).json()["shards"]
            for client in (one, other)
        ]
    assert urls[0] == urls[1]


def test_several_workers_know_the_same_corpora(models: Path, start: Callable[..., Any]) -> None:
    process = start("serve", "--workers", "2", "--port", "0", INKCODE_MODELS=models, INKCODE_DRAIN=2)
    address = process.address()
    try:
        corpus = httpx.post(f"http://{address}/corpora", content="12", headers=TEXT).json()["id"]
        # On a new connection each time, to either worker.
        answers = {httpx.get(f"http://{address}/corpora/{corpus}").text for _ in range(20)}
    finally:
        process.end(signal.SIGTERM)  # SIGKILL would leave the workers behind
    assert answers == {"12\n"}


def test_fifteen_thousand_words_are_a_problem_that_leads_to_corpora(client: httpx.Client) -> None:
    words = ",".join(map(str, range(15_000)))
    with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
        connection.sendall(f"GET /datasets/mnist-infogan/index.json?words={words} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 414 ")
    assert b"application/problem+json" in answer
    assert b"can be sent to /corpora" in answer


def test_what_is_no_http_is_a_problem(client: httpx.Client) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
