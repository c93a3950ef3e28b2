"""The fast path and the ASGI route answer alike."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from latent import LatentSpec
from latent.codes import draw
from service.http.json_body import parse_json
from service.http.policies.policy import Policy
from service.http.problems import InvalidValue
from service.http.request_context import RequestContext
from service.http.request_head import Headers
from service.settings import Settings
from tests.conftest import running

VARYING = ("date", "server-timing", "x-request-id", "connection")


def ask(client: httpx.Client, body: bytes, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    response = client.post("/generate", content=body, headers={"Content-Type": "application/json", **headers})
    fields = {name: value for name, value in response.headers.items() if name not in VARYING}
    return response.status_code, response.content, fields


def same(client: httpx.Client, body: Any, **headers: str) -> int:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fast, asgi = ask(client, content, **headers), ask(client, content, **headers, Connection="close")
    assert fast == asgi
    return fast[0]


@pytest.mark.parametrize("form", ["png", "json", "zip", "npy"])
def test_every_form_of_every_kind_of_request(client: httpx.Client, mnist: LatentSpec, form: str) -> None:
    full = draw(mnist, 3, range(40)).tolist()
    for body in (
        {"n": 3, "label": "7"},
        {"n": 200, "columns": 20},
        {"codes": full[:1]},
        {"codes": full},
        {"codes": [full[0], full[1][62:], {"label": "3", "z.1": 2}], "first": 9},
        {"n": 2, "truncation": 0.5, "scale": 3, "model": "colour", "fixed": {"tone": 1}},
    ):
        assert same(client, {"seed": 5, "format": form, **body}) == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Accept": "application/json"}, 200),
        ({"Accept": "image/*;q=0.5, application/zip"}, 200),
        ({"Accept": "text/html"}, 406),
        ({"Accept": "x" * 5000 + ", */*"}, 200),
        ({"Inkcode-Deadline": "20"}, 200),
        ({"Inkcode-Deadline": "0"}, 422),
        ({"Inkcode-Deadline": "nan"}, 422),
        ({"Inkcode-Deadline": "inf"}, 422),
        ({"Inkcode-Deadline": "soon"}, 422),
    ],
)
def test_headers_mean_the_same(client: httpx.Client, headers: dict[str, str], status: int) -> None:
    assert same(client, {"seed": 1}, **headers) == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'\xef\xbb\xbf{"seed": 1}',
        b'{"seed": 1, "seed": 2}',
        b'{"seed": 1, "n": NaN}',
        b'{"seed": 1, "model": "\\udcff"}',
        b'{"seed": 1, "model": "\xff"}',
        b'{"seed": ' + b"9" * 5000 + b"}",
        b'{"seed": 1, "columns": ' + b"9" * 5000 + b"}",
        b'{"seed": 1, "codes": [{"c1": ' + b"9" * 5000 + b"}]}",
        b"[" * 100_000,
        b'{"seed": 1, "model": "gone"}',
    ],
)
def test_what_is_refused_is_refused_in_the_same_words(client: httpx.Client, body: bytes) -> None:
    same(client, body)


VALUES = st.none() | st.booleans() | st.integers(-2, 12) | st.floats() | st.sampled_from(["7", "png", "noise", ""])
NAMED = st.dictionaries(st.sampled_from(["c1", "c2", "z.3", "z", "label", "x"]), VALUES | st.lists(VALUES), max_size=3)
BODIES = st.fixed_dictionaries(
    {"seed": st.integers(0, 9)},
    optional={
        "codes": st.lists(NAMED | st.lists(VALUES, max_size=13), max_size=3),
        "n": VALUES,
        "label": VALUES | st.lists(VALUES, max_size=3),
        "fixed": NAMED,
        "format": VALUES,
        "model": VALUES,
        "first": VALUES,
        "columns": VALUES,
        "x": VALUES,
    },
)


@settings(max_examples=100, deadline=None)
@given(BODIES)
def test_no_body_is_answered_otherwise(client: httpx.Client, body: dict[str, Any]) -> None:
    assert same(client, body) in (200, 404, 422)


def counts(client: httpx.Client, name: str) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
        if sample.name == name
    }


def test_requests_are_counted_by_the_path_that_served_them(client: httpx.Client) -> None:
    before = counts(client, "inkcode_requests_total")
    same(client, {"seed": 1})
    after = counts(client, "inkcode_requests_total")
    for path in ("fast", "asgi"):
        key = (path, "/generate", "200")
        assert after[key] - before.get(key, 0) == 1
    timed = counts(client, "inkcode_request_seconds_count")
    assert all(timed[path, "/generate"] > 0 for path in ("fast", "asgi"))


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        ({"n": 100}, {}, "rows"),
        ({"n": 2, "format": "zip"}, {}, "encoding"),
        ({"n": 2, "label": ["7"] * 40_000}, {}, "body"),
        ({}, {"Connection": "close"}, "close"),
        ({}, {"Expect": "100-continue"}, "expect"),
    ],
)
def test_what_the_fast_path_declines_is_counted_by_reason(
    client: httpx.Client, body: dict[str, Any], headers: dict[str, str], reason: str
) -> None:
    name = "inkcode_fast_path_declined_total"
    before = counts(client, name)
    client.post("/generate", json=body, headers=headers)
    after = counts(client, name)
    assert {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)} == {
        (reason,): 1
    }


@pytest.mark.parametrize("body", [b"{", b'{"n": -1}', b'{"n": 100}', b'{"n": 2, "format": "zip"}', b'{"n": 1}'])
def test_a_body_is_parsed_once_whichever_path_answers(
    client: httpx.Client, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []

    def parse(schema: Any, content: bytes) -> Any:
        parsed.append(content)
        return parse_json(schema, content)

    monkeypatch.setattr("service.http.prepare_generate.parse_json", parse)
    client.post("/generate", content=body, headers={"Content-Type": "application/json"})
    assert parsed == [body]


def test_an_accept_on_two_lines_is_one_list(client: httpx.Client) -> None:
    for connection in ("keep-alive", "close"):
        headers = [("Accept", "text/html"), ("Accept", "application/x-npy"), ("Connection", connection)]
        response = client.post("/generate", json={}, headers=headers)
        assert response.headers["content-type"] == "application/x-npy"


class Teapot(Policy):
    """Refuses one seed's requests, marks every response and records every end."""

    headers = ((b"x-constant", b"1"),)

    def __init__(self) -> None:
        self.ended: list[tuple[str, int | None, int]] = []

    def on_request(self, context: RequestContext) -> None:
        if context.head.accept == "image/teapot":
            raise InvalidValue("no teapots")

    def response_headers(self, context: RequestContext) -> Headers:
        return ((b"x-of-this-one", context.request_id.encode()),)

    def on_end(self, context: RequestContext) -> None:
        if context.path == "/generate":
            self.ended.append((context.served_by, context.status, context.rows))


class BreaksOne(Policy):
    """Raises at the end of some requests, as no policy should."""

    def on_end(self, context: RequestContext) -> None:
        if context.head.accept == "image/png, image/teapot":
            raise RuntimeError("broken")


def test_a_request_that_cannot_be_ended_leaves_the_others_of_its_batch_alone(models: Path) -> None:
    with running(Settings(models=models), BreaksOne()) as client, ThreadPoolExecutor(8) as threads:

        def ask_on_its_own_connection(i: int) -> int:
            accept = "image/png, image/teapot" if i % 4 == 0 else "image/png"
            url = client.base_url.join("/generate")
            return httpx.post(url, json={"n": 2}, headers={"Accept": accept}, timeout=20).status_code

        assert set(threads.map(ask_on_its_own_connection, range(40))) == {200}


def test_a_policy_that_is_added_once_holds_on_both_paths(models: Path) -> None:
    policy = Teapot()
    with running(Settings(models=models), policy) as client:
        for connection in ("keep-alive", "close"):
            headers = {"Connection": connection, "X-Request-ID": f"mine-{connection}"}
            response = client.post("/generate", json={"n": 3}, headers=headers)
            assert response.status_code == 200
            assert response.headers["x-constant"] == "1"
            assert response.headers["x-of-this-one"] == response.headers["x-request-id"] == f"mine-{connection}"
            refused = client.post("/generate", json={}, headers=headers | {"Accept": "image/teapot"})
            assert (refused.status_code, refused.json()["detail"]) == (422, "no teapots")
            assert refused.headers["x-constant"] == "1"
        client.post("/generate", json={"n": 100})  # handed on: the policies are asked once all the same
    assert policy.ended == [
        ("fast", 200, 3),
        ("fast", 422, 0),
        ("asgi", 200, 3),
        ("asgi", 422, 0),
        ("asgi", 200, 100),
    ]
