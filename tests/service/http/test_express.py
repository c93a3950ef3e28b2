"""The short way answers as the documented route does."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latent import LatentSpec
from latent.codes import draw

SHORT, LONG = "application/json", "application/json; charset=utf-8"  # a parameter is nothing to take at a glance


def ask(client: httpx.Client, body: bytes, kind: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    response = client.post("/generate", content=body, headers={"Content-Type": kind, **headers})
    fields = {name: value for name, value in response.headers.items() if name not in ("date", "server-timing")}
    return response.status_code, response.content, fields


def same(client: httpx.Client, body: Any, **headers: str) -> int:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    short, long = ask(client, content, SHORT, **headers), ask(client, content, LONG, **headers)
    assert short == long
    return short[0]


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


def test_both_are_counted_as_one_route(client: httpx.Client) -> None:
    before = client.get("/metrics").text
    same(client, {"seed": 1})
    after = client.get("/metrics").text

    def count(text: str) -> float:
        prefix = 'inkcode_requests_total{route="/generate",status="200"} '
        return float(next((line for line in text.splitlines() if line.startswith(prefix)), "0").rpartition(" ")[2])

    assert count(after) - count(before) == 2
