"""API keys: in the file, and in a request."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.http.auth import KeyStore, new_key, read_key_file
from service.settings import Settings

KEY, DIGEST = new_key()


@pytest.fixture(scope="module")
def guarded(
    models: Path, serve: Callable[[Settings], Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A service that lets `KEY` in."""
    file = tmp_path_factory.mktemp("keys") / "keys"
    file.write_text(f"{'0' * 64}\n{DIGEST}  a friend\n")
    with serve(Settings(models=models, keys_file=file)) as client:
        yield client


def test_a_new_key_is_random_and_told_by_its_digest_alone() -> None:
    other, digest = new_key()
    assert other != KEY
    assert len(other) >= 43  # 256 bits in base64
    assert digest == hashlib.sha256(other.encode()).hexdigest()


def test_a_file_has_a_digest_a_line_and_what_people_add(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"# ours\n\n{DIGEST}  a friend # since May\n{'0' * 64}\n")
    assert read_key_file(tmp_path / "keys") == {DIGEST: "a friend", "0" * 64: ""}


@pytest.mark.parametrize(
    "line",
    [KEY, DIGEST.upper().replace("0", "A"), DIGEST[:-1], f"name {DIGEST}"],
    ids=["the key", "in capitals", "too short", "the name first"],
)
def test_a_line_without_a_digest_is_refused_and_not_shown(tmp_path: Path, line: str) -> None:
    (tmp_path / "keys").write_text(f"{DIGEST}\n{line}\n")
    with pytest.raises(ValueError, match="line 2 of keys must begin with a SHA-256") as error:
        read_key_file(tmp_path / "keys")
    assert line not in str(error.value)


def test_keys_come_and_go_with_the_file_and_stay_when_it_breaks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "keys"
    file.write_text(DIGEST)
    keys = KeyStore(file)
    assert keys.find(KEY.encode()) == ""
    assert keys.find(DIGEST.encode()) is None
    for broken, told in (("broken", 1), ("broken", 1), ("\nbroken", 2), (None, 3), (None, 3)):
        file.unlink(missing_ok=True)
        if broken:
            file.write_text(broken)
        keys.refresh()
        assert [record.exc_info for record in caplog.records] == [None] * told  # a line each, once until it changes
        assert keys.find(KEY.encode()) == ""
    assert [record.getMessage().splitlines()[1:] for record in caplog.records] == [[], [], []]
    assert "refused keys: line 2 of keys must begin with a SHA-256 digest" in caplog.text
    file.write_text("")
    keys.refresh()
    assert keys.find(KEY.encode()) is None


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": f"Basic {KEY}"}, {"Authorization": "Bearer"}, {"Key": KEY}],
    ids=["none", "basic", "no key", "another header"],
)
def test_without_a_key_it_is_401(guarded: httpx.Client, headers: dict[str, str]) -> None:
    for response in (
        guarded.post("/generate", json={}, headers=headers),
        guarded.get("/nothing", headers=headers),
        guarded.get("/docs", headers=headers),
    ):
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["errors"][0]["field"] == "Authorization"


@pytest.mark.parametrize(
    "key",
    ["x", KEY[:-1], DIGEST, KEY + "x", "\xff"],
    ids=["short", "a letter less", "the digest", "a letter more", "no ASCII"],
)
def test_with_another_key_it_is_401_too(guarded: httpx.Client, key: str) -> None:
    response = guarded.post("/generate", json={}, headers={"Authorization": f"Bearer {key}".encode("latin-1")})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert response.json()["type"] == "urn:problem-type:inkcode:unknown-key"
    assert "x" * 40 not in response.text


def test_with_the_key_it_answers(guarded: httpx.Client) -> None:
    for scheme in ("Bearer", "bearer"):
        headers = {"Authorization": f"{scheme} {KEY}"}
        assert guarded.post("/generate", json={}, headers=headers).status_code == 200
        assert guarded.get("/traverse?dim=c2", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/traverse?dim=c2",
        "/interpolate?from=1&to=2&format=json",
        "/lines?text=1",
        "/datasets/mnist-infogan/index.json?n=3&size=1",
        "/datasets/mnist-infogan/charset.txt",
        "/datasets/mnist-infogan/shard-000000.tar?n=3&size=3",
        "/models",
        "/docs",
    ],
)
def test_answers_to_keyed_requests_are_private(guarded: httpx.Client, client: httpx.Client, path: str) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = guarded.get(path, headers=headers)
    assert answer.status_code == 200
    assert "private" in answer.headers["cache-control"]
    assert "public" not in answer.headers["cache-control"]
    open_to_all = client.get(path).headers.get("cache-control", "")
    assert "private" not in open_to_all
    rest = open_to_all.removeprefix("public, ")
    assert answer.headers["cache-control"] == (f"{rest}, private" if rest else "private")
    if etag := answer.headers.get("etag"):
        again = guarded.get(path, headers=headers | {"If-None-Match": etag})
        assert again.status_code == 304
        assert again.headers["cache-control"] == answer.headers["cache-control"]


def test_draws_for_a_key_are_private_on_both_paths(guarded: httpx.Client) -> None:
    for connection in ("keep-alive", "close"):
        headers = {"Authorization": f"Bearer {KEY}", "Connection": connection}
        answer = guarded.post("/generate", json={}, headers=headers)
        assert answer.headers["cache-control"] == "no-store, private"


def test_a_corpus_for_a_key_is_private(guarded: httpx.Client) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "text/plain"}
    sent = guarded.post("/corpora", content="12\n", headers=headers)
    answer = guarded.get(sent.headers["location"], headers=headers)
    assert (sent.status_code, answer.status_code) == (201, 200)
    assert answer.headers["cache-control"] == "max-age=31536000, immutable, private"


def test_probes_and_metrics_need_none(guarded: httpx.Client) -> None:
    for path in ("/livez", "/readyz", "/metrics"):
        assert guarded.get(path).status_code == 200
