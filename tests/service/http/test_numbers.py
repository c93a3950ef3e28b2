"""A whole number is one however it is written: 7.0 is an integer in JSON Schema; "7" and true are none."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

VECTOR = [0.0] * 62 + [1.0] + [0.0] * 11


def tensor(shape: list[Any]) -> dict[str, Any]:
    return {"inputs": [{"name": "latent", "shape": shape, "datatype": "FP32", "data": VECTOR}]}


SAME = [
    ("/generate", {"n": 3, "seed": 5}, {"n": 3.0, "seed": 5.0}),
    (
        "/generate",
        {"n": 4, "seed": 2**53, "columns": 2, "scale": 3},
        {"n": 4e0, "seed": 2.0**53, "columns": 2.0, "scale": 3.0},
    ),
    ("/generate", {"n": 2, "seed": 1, "first": 100}, {"n": 2, "seed": 1.0, "first": 1e2}),
    ("/generate", {"codes": [{"c1": 7}], "seed": 1}, {"codes": [{"c1": 7.0}], "seed": 1}),
    ("/generate", {"fixed": {"c1": 0}, "seed": 1}, {"fixed": {"c1": -0.0}, "seed": 1}),
    (
        "/generate",
        {"model": "colour", "fixed": {"shape": 2}, "seed": 1},
        {"model": "colour", "fixed": {"shape": 2.0}, "seed": 1},
    ),
    ("/lines", {"texts": ["12"], "seed": 3, "height": 48}, {"texts": ["12"], "seed": 3.0, "height": 48.0}),
    ("/v2/models/mnist-infogan/infer", tensor([1, 74]), tensor([1.0, 74.0])),
]


@pytest.mark.parametrize(("path", "whole", "same"), SAME)
def test_a_float_without_a_fraction_is_the_integer(client: httpx.Client, path: str, whole: Any, same: Any) -> None:
    first, second = client.post(path, json=whole), client.post(path, json=same)
    assert (first.status_code, second.status_code) == (200, 200), second.text
    assert first.content == second.content
    assert first.headers.get("etag") == second.headers.get("etag")


WRONG: list[Any] = [1.5, "1", True, None, [1], {"a": 1}, 1e300, -1.0]


@pytest.mark.parametrize("value", WRONG)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/generate", lambda value: {"n": value}),
        ("/generate", lambda value: {"seed": value}),
        ("/generate", lambda value: {"first": value}),
        ("/generate", lambda value: {"columns": value}),
        ("/generate", lambda value: {"scale": value}),
        ("/generate", lambda value: {"fixed": {"c1": value}}),
        ("/generate", lambda value: {"codes": [{"c1": value}]}),
        ("/lines", lambda value: {"texts": ["1"], "seed": value}),
        ("/lines", lambda value: {"texts": ["1"], "height": value}),
        ("/v2/models/mnist-infogan/infer", lambda value: tensor([value, 74])),
    ],
)
def test_nothing_else_is_one(client: httpx.Client, path: str, body: Any, value: Any) -> None:
    content = body(value)
    allowed = value is None and any(name in content for name in ("n", "seed", "columns"))  # left out
    is_label = value == "1" and ("codes" in content or "fixed" in content)
    expected = 200 if (allowed and path == "/generate") or is_label else 422
    answer = client.post(path, json=content)
    assert answer.status_code == expected, answer.text


@pytest.mark.parametrize(
    "query",
    [
        "/traverse?dim=c2&steps=3.0&rows=2.0&seed=1.0&scale=1.0",
        "/traverse?dim=c2&steps=3&rows=2&seed=1&c1=7.0",
        "/interpolate?from=1.0&to=2.0&steps=3.0",
        "/lines?text=1&height=48.0&seed=1.0",
        "/datasets/mnist-infogan/index.json?n=3.0&size=1.0&seed=1.0",
    ],
)
def test_a_query_may_write_it_so_too(client: httpx.Client, query: str) -> None:
    assert client.get(query).content == client.get(query.replace(".0", "")).content


def test_an_index_of_the_noise_has_a_bound(client: httpx.Client) -> None:
    for digits in ("9" * 10, "9" * 5000, "0" * 5000):
        assert client.get("/traverse", params={"dim": f"z.{digits}"}).status_code == 422
        assert client.post("/generate", json={"fixed": {f"z.{digits}": 1}}).status_code == 422


@pytest.mark.parametrize(
    ("whole", "same"),
    [
        ("/traverse?dim=c2&steps=10&rows=2&seed=3", "/traverse?dim=c2&steps=1e1&rows=2.0&seed=3e0"),
        ("/interpolate?from=1&to=2000&steps=5", "/interpolate?from=1.0&to=2E3&steps=0.5e1"),
        ("/lines?text=12&height=32&seed=10", "/lines?text=12&height=3.2e1&seed=%2B1e%2B1"),
        (
            "/datasets/mnist-infogan/index.json?n=30&size=10&scale=2",
            "/datasets/mnist-infogan/index.json?n=3e1&size=1e1&scale=2e0",
        ),
        (
            "/datasets/mnist-infogan/shard-000000.tar?n=30&seed=1000",
            "/datasets/mnist-infogan/shard-000000.tar?n=3e1&seed=1e3",
        ),
        ("/traverse?dim=c2&c1=7&c3=0.5", "/traverse?dim=c2&c1=7e0&c3=5e-1"),
    ],
)
def test_a_query_may_write_a_whole_number_with_an_exponent(client: httpx.Client, whole: str, same: str) -> None:
    first, second = client.get(whole), client.get(same)
    assert (first.status_code, second.status_code) == (200, 200), second.text
    assert (first.content, first.headers["etag"]) == (second.content, second.headers["etag"])


@pytest.mark.parametrize(
    "value", ["1.5e0", "1e-1", "1e400", "1e", "e1", "1e1e1", "0x1e1", "nan", "1e99999", "9" * 30 + "e1"]
)
@pytest.mark.parametrize(
    "query", ["/traverse?dim=c2&steps=", "/lines?text=1&seed=", "/datasets/mnist-infogan/index.json?n="]
)
def test_other_texts_are_none(client: httpx.Client, query: str, value: str) -> None:
    assert client.get(query + value).status_code == 422
