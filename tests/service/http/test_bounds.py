"""Whatever a client can make arbitrarily long has a bound: no fault, and a problem of at most 16 KiB."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.http.problem_document import MAX_PROBLEM, Problem
from service.http.problems import invalid_values

LONG = 5000  # Python converts texts of up to 4,300 digits to integers
TEXTS = {
    "nines": "9" * LONG,
    "zeros": "0" * LONG,
    "a number": "0." + "9" * LONG,
    "an exponent": "1e" + "9" * LONG,
    "minus": "-" + "9" * LONG,
    "letters": "x" * LONG,
    "commas": "," * LONG,
    "numbers": "1," * (LONG // 2),
    "an index": "z." + "9" * LONG,
    "a range": "9" * LONG + ".." + "9" * LONG,
    "a shard": "0" * LONG + ".tar",
    "weights": "7:" + "9" * LONG,
    "a corpus": "corpus:" + "".join(map(chr, range(0x4E00, 0x4E00 + LONG // 2))),
    "signs": "".join(map(chr, range(0x4E00, 0x4E00 + LONG // 2))),
    "signs beyond 16 bits": "\U0001f600" * (LONG // 2),
    "quotes": '"\\\n' * (LONG // 3),
    "brackets": "[" * LONG,
}


def check(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text[:500]
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) <= MAX_PROBLEM
        answer.json()


def operations(client: httpx.Client) -> list[tuple[str, str, dict[str, Any]]]:
    paths = client.get("/openapi.json").json()["paths"]
    return [(method, path, operation) for path, methods in paths.items() for method, operation in methods.items()]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_parameter_may_be_long(client: httpx.Client, text: str) -> None:
    tried = 0
    for method, path, operation in operations(client):
        parameters = operation.get("parameters", [])
        defaults = {
            "name": "mnist-infogan",
            "model": "mnist-infogan",
            "shard": "000000.tar",
            "options": "n=3,size=3",
            "file": "0123456789abcdef-000000.tar",
            "id": "0123456789abcdef",
            "version": "1",
        }
        required = [p for p in parameters if p.get("required") and p["in"] == "query"]
        known = {p["name"]: p["schema"].get("example", "0") for p in required}
        known |= {"n": "3", "size": "3"} if {"n", "size"} <= {p["name"] for p in parameters} else {}  # small shards
        for parameter in parameters:
            where, name = parameter["in"], parameter["name"]
            query = known | ({name: text} if where == "query" else {})
            url = path.format(**{**defaults, **({name: quote(text, safe="")} if where == "path" else {})})
            headers = {name: text.encode("utf-8").replace(b"\n", b"")} if where == "header" else {}
            check(client.request(method, url, params=query, headers=headers, json={} if method == "post" else None))
            tried += 1
        for extra in ("c1", "c2", "z", "z.17", text):  # held codes, ranges, and what is none of them
            check(client.request(method, path.format(**defaults), params=known | {extra: text}))
    assert tried > 60


HEADERS = {
    "accept": ("", "image/png;q="),
    "accept-encoding": ("", "gzip;q="),
    "authorization": ("", "Bearer "),
    "content-encoding": ("", "gzip, "),
    "content-type": ("", "multipart/form-data; boundary=", "application/json; charset="),
    "host": ("",),
    "if-none-match": ("", 'W/"'),
    "if-range": ("", '"'),
    "inkcode-deadline": ("", "1"),
    "origin": ("",),
    "range": ("bytes=", "bytes=0-", "bytes=-"),
    "x-forwarded-prefix": ("/",),
    "x-request-id": ("",),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_header_may_be_long(client: httpx.Client, text: str) -> None:
    for name, prefixes in HEADERS.items():
        for prefix in prefixes:
            headers = {"Content-Type": "application/json", name: prefix.encode() + text.encode().replace(b"\n", b"")}
            check(client.get("/datasets/mnist-infogan/shard-000000.tar?n=3&size=3", headers=headers))
            check(client.get("/traverse?dim=c2&rows=1&steps=2", headers=headers))
            check(client.post("/generate", content=b"{}", headers=headers))
            check(client.post("/encode", content=b"{}", headers=headers))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_value_of_a_body_may_be_long(client: httpx.Client, text: str) -> None:
    digits: Any = int("9" * 4000)
    for path, valid in (
        ("/generate", {"n": 1, "codes": [{}], "label": "1", "fixed": {}, "seed": 1, "first": 0, "truncation": 1}),
        ("/generate", {"model": "", "format": "png", "columns": 1, "scale": 1, "x": 1}),
        ("/lines", {"texts": ["1"], "seed": 1, "height": 32, "spacing": 0, "kerning": 0, "slant": 0, "jitter": 0}),
        ("/lines", {"texts": ["1"], "ink": "#000000", "paper": "#000000", "truncation": 1, "model": "", "format": ""}),
        ("/encode", {"images": []}),
        ("/v2/models/mnist-infogan/infer", {"id": "", "inputs": [], "outputs": [], "parameters": {}}),
    ):
        for name in valid:
            for value in (text, [text], {text: text}, [{text: text}], [[text] * 100], digits, [digits], {"c1": digits}):
                check(client.post(path, json={"texts": ["1"], name: value} if path == "/lines" else {name: value}))
        many = {f"{i}{text}": text for i in range(20)}
        check(client.post(path, json=many))
        numbers = b'{"seed": ' + b"9" * 100_000 + b"}"
        check(client.post(path, content=numbers, headers={"Content-Type": "application/json"}))
    for name in ("c1", "c2", "z", "z.3", "label", text):
        for value in (text, digits, [digits] * 62, [text]):
            check(client.post("/generate", json={"codes": [{name: value}]}))
            check(client.post("/generate", json={"fixed": {name: value}}))
    check(client.post("/generate", json={"codes": [[digits] * 12, [1e308] * 74]}))


@pytest.mark.parametrize("first", [0x100, 0x4E00, 0x10000])
def test_a_pattern_of_many_characters_gets_a_short_refusal(client: httpx.Client, first: int) -> None:
    classes = "".join(f"[{chr(first + 4096 * i)}-{chr(first + 4096 * i + 4095)}]" for i in range(8))
    began = time.perf_counter()
    answer = client.get("/datasets/mnist-infogan/index.json", params={"pattern": classes})
    assert answer.status_code == 422
    assert len(answer.content) <= MAX_PROBLEM
    assert answer.json()["errors"][0]["expected"].startswith("nothing here draws '")
    assert time.perf_counter() - began < 5


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.text(max_size=200), st.text() | st.integers() | st.floats(), st.text()), max_size=30),
    st.integers(1, 3000),
)
def test_any_problem_has_a_bound(errors: list[tuple[str, object, str]], times: int) -> None:
    problem: Problem = invalid_values([(field * times, value, expected * times) for field, value, expected in errors])
    for path in ("/generate", "/v2/models"):
        content = bytes(problem.response(path).body)
        assert len(content) <= MAX_PROBLEM
        document = json.loads(content)
        assert document["status"] == 422
        assert ("error" in document) == path.startswith("/v2")


@pytest.mark.parametrize(
    ("asked", "status", "content_range"),
    [
        ("0-" + "9" * LONG, 206, "bytes 0-{last}/{size}"),
        ("5-" + "0" * LONG + "9", 206, "bytes 5-9/{size}"),
        ("-" + "9" * LONG, 206, "bytes 0-{last}/{size}"),
        ("0" * LONG + "-" + "0" * LONG, 206, "bytes 0-0/{size}"),
        ("9" * LONG + "-", 416, "bytes */{size}"),
        ("9" * LONG + "-1", 200, None),
    ],
)
def test_a_range_of_many_digits_is_a_number(
    client: httpx.Client, asked: str, status: int, content_range: str | None
) -> None:
    url = "/datasets/mnist-infogan/shard-000000.tar?n=3&size=3"
    whole = client.get(url).content
    answer = client.get(url, headers={"Range": f"bytes={asked}"})
    assert answer.status_code == status
    expected = content_range and content_range.format(size=len(whole), last=len(whole) - 1)
    assert answer.headers.get("content-range") == expected
