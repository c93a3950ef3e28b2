"""The service under a prefix, behind reverse proxies that strip it or keep it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from service.http.auth import new_key
from service.settings import Settings
from tests.conftest import served

PREFIX = "/ink"
_HOP_BY_HOP = {b"host", b"connection", b"transfer-encoding", b"content-length"}


class ReverseProxy:
    """Publishes a service under `PREFIX`, which it strips or keeps, and adds the headers in `sent`."""

    def __init__(self, service: httpx.URL, strips: bool, sent: dict[str, str]) -> None:
        self._service, self._strips, self._sent = service, strips, sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if path != PREFIX and not path.startswith(f"{PREFIX}/"):
            await send({"type": "http.response.start", "status": 502, "headers": []})
            return await send({"type": "http.response.body"})
        headers = [(name, value) for name, value in scope["headers"] if name not in _HOP_BY_HOP]
        headers += [(name.lower().encode(), value.encode()) for name, value in self._sent.items()]
        raw_path = (path.removeprefix(PREFIX) or "/") if self._strips else path
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        url = self._service.copy_with(raw_path=raw_path.encode() + query)
        async with httpx.AsyncClient(timeout=60) as client:
            answer = await client.request(scope["method"], url, headers=headers, content=body)
        raw = [(name, value) for name, value in answer.headers.raw if name.lower() not in _HOP_BY_HOP]
        raw = [(name, value) for name, value in raw if name.lower() != b"content-encoding"]  # httpx has decoded it
        await send({"type": "http.response.start", "status": answer.status_code, "headers": raw})
        return await send({"type": "http.response.body", "body": answer.content})


def proxied(service: httpx.Client, strips: bool, **sent: str) -> AbstractContextManager[httpx.Client]:
    """A client of the proxy in front of a service."""
    return served(uvicorn.Config(ReverseProxy(service.base_url, strips, sent), lifespan="off", log_config=None))


@pytest.fixture(scope="module")
def service(models: Path, serve: Callable[[Settings], Any]) -> Iterator[httpx.Client]:
    """A service that is told of its prefix."""
    with serve(Settings(models=models, root_path=PREFIX)) as client:
        yield client


@pytest.fixture(scope="module", params=[True, False], ids=["strips", "keeps"])
def published(service: httpx.Client, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """A client of a proxy that publishes it."""
    with proxied(service, request.param) as client:
        yield client


def links(text: str) -> list[str]:
    """The addresses in a page."""
    return re.findall(r"""(?:src|href|url)(?:=|: )["']([^"']+)["']""", text)


def test_every_path_answers(published: httpx.Client) -> None:
    for path in ("/", "/livez", "/readyz", "/metrics", "/models", "/models/noise", "/docs", "/datasets", "/v2"):
        assert published.get(PREFIX + path).status_code == 200, path
    assert published.get(f"{PREFIX}/nothing").json()["status"] == 404
    assert published.get(PREFIX).text == published.get(f"{PREFIX}/").text
    assert published.head(f"{PREFIX}/models").status_code == 200
    assert published.put(f"{PREFIX}/lines").headers["allow"] == "GET, HEAD, POST"
    error = published.get(f"{PREFIX}/v2/models/gone").json()
    assert error["error"] == error["detail"]


def test_the_documentation_leads_back(published: httpx.Client) -> None:
    page = published.get(f"{PREFIX}/docs").text
    found = [link for link in links(page) if link.startswith("/")]
    assert f"{PREFIX}/openapi.json" in found
    assert len(found) >= 4
    for link in found:
        assert link.startswith(f"{PREFIX}/")
        assert published.get(link).status_code == 200
    document = published.get(f"{PREFIX}/openapi.json").json()
    assert document["servers"] == [{"url": PREFIX}]
    assert "/generate" in document["paths"]


def test_the_playground_leads_back(published: httpx.Client) -> None:
    page = published.get(PREFIX).text
    assert f'<base href="{PREFIX}/">' in page
    assert "location.origin" not in page
    base = httpx.URL(str(published.base_url)).join(f"{PREFIX}/")
    for link in re.findall(r"""(?:fetch\(|href=)["'`]([a-z]\w*)["'`]""", page):
        assert published.get(base.join(link)).status_code == 200


def test_an_index_leads_to_its_shards(published: httpx.Client) -> None:
    (first, *_) = published.get(f"{PREFIX}/datasets").json()["datasets"]
    assert first["index"].startswith(f"{PREFIX}/datasets/")
    index = published.get(first["index"], params={"n": 30, "size": 10}).json()
    assert index["charset_url"].startswith(f"{PREFIX}/")
    assert published.get(index["charset_url"]).text.splitlines() == index["charset"]
    for shard in index["shards"]:
        assert shard["url"].startswith(f"{PREFIX}/")
        answer = published.get(shard["url"])
        assert answer.status_code == 200
        held = {"If-None-Match": answer.headers["etag"]}
        assert published.get(shard["url"], headers=held).status_code == 304


def test_a_corpus_leads_back(published: httpx.Client) -> None:
    sent = published.post(f"{PREFIX}/corpora", content="12\n", headers={"Content-Type": "text/plain"})
    assert sent.headers["location"] == f"{PREFIX}/corpora/{sent.json()['id']}"
    assert published.get(sent.headers["location"]).text == "12\n"


def test_a_redirect_leads_back(published: httpx.Client) -> None:
    answer = published.get(f"{PREFIX}/models/?x=1")
    assert (answer.status_code, answer.headers["location"]) == (307, f"{PREFIX}/models?x=1")
    assert published.get(f"{PREFIX}/models/", follow_redirects=True).json()["default"] == "mnist-infogan"


def test_a_redirect_never_leads_to_another_host(service: httpx.Client) -> None:
    answer = service.get(f"{PREFIX}/models/", headers={"Host": "evil.example"})
    assert answer.headers["location"] == f"{PREFIX}/models"
    assert service.get(f"{PREFIX}/models/", headers={"Host": "x/../y"}).status_code == 400


def test_the_fast_path_works_under_the_prefix(published: httpx.Client, service: httpx.Client) -> None:
    def fast() -> float:
        found = re.search(
            r'inkcode_requests_total\{path="fast",route="/generate",status="200"\} (\S+)', service.get("/metrics").text
        )
        return float(found[1]) if found else 0.0

    before = fast()
    answer = published.post(f"{PREFIX}/generate", json={"n": 3, "seed": 1})
    assert answer.status_code == 200
    assert answer.content == service.post("/generate", json={"n": 3, "seed": 1}).content
    assert published.post(f"{PREFIX}/generate", json={"n": 100}).status_code == 200
    assert published.post(f"{PREFIX}/generate", json={"n": -1}).status_code == 422
    assert fast() == before + 2


def test_policies_know_paths_without_the_prefix(models: Path, serve: Callable[[Settings], Any], tmp_path: Path) -> None:
    key, digest = new_key()
    (tmp_path / "keys").write_text(digest)
    settings = Settings(models=models, keys_file=tmp_path / "keys", root_path=PREFIX)
    with serve(settings) as service, ExitStack() as stack:
        for strips in (True, False):
            client = stack.enter_context(proxied(service, strips))
            assert client.get(f"{PREFIX}/livez").status_code == 200
            assert client.get(f"{PREFIX}/models").status_code == 401
            assert client.get(f"{PREFIX}/models", headers={"Authorization": f"Bearer {key}"}).status_code == 200


FORWARDED = {"X-Forwarded-Prefix": "/ink", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("trusted", "sent", "prefix"),
    [
        ((), FORWARDED, ""),
        (("10.0.0.0/8", "::1"), FORWARDED, ""),
        (("127.0.0.1",), FORWARDED, "/ink"),
        (("127.0.0.0/8",), FORWARDED | {"X-Forwarded-Prefix": "/ink/"}, "/ink"),
        (("127.0.0.0/8",), FORWARDED | {"X-Forwarded-Prefix": "//evil.example"}, ""),
        (("127.0.0.0/8",), FORWARDED | {"X-Forwarded-Prefix": "/a<b>"}, ""),
        (("127.0.0.0/8",), FORWARDED | {"X-Forwarded-Prefix": "/x" * 2500}, ""),
        (("127.0.0.0/8",), {}, ""),
    ],
)
def test_only_trusted_proxies_are_believed(
    models: Path, serve: Callable[[Settings], Any], trusted: tuple[str, ...], sent: dict[str, str], prefix: str
) -> None:
    networks = tuple(map(ip_network, trusted))
    with serve(Settings(models=models, trusted_proxies=networks)) as service, proxied(service, True, **sent) as client:
        assert client.get(f"{PREFIX}/datasets").json()["datasets"][0]["index"].startswith(f"{prefix}/datasets/")
        assert client.get(f"{PREFIX}/models/").headers["location"] == f"{prefix}/models"
        assert f'"{prefix}/openapi.json"' in client.get(f"{PREFIX}/docs").text.replace("'", '"')


def test_the_settings_know_every_path_of_the_app(client: httpx.Client) -> None:
    from service.settings import OWN_PATHS

    paths = {path[1:].partition("/")[0] for path in client.get("/openapi.json").json()["paths"]}
    assert paths | {"docs", "openapi.json", "static-offline-docs"} == OWN_PATHS
