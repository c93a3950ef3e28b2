"""`POST /generate`: what it refuses, and that each refusal names the field and what would be right."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.batcher import Batcher
from service.engine.errors import QueueFullError
from service.settings import Settings


def refused(client: httpx.Client, status: int = 422, **body: Any) -> list[tuple[str, str]]:
    """The fields refused, and what was expected."""
    content = json.dumps(body)  # httpx' own would not send half a surrogate pair
    response = client.post("/generate", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["detail"]
    return [(error["field"], error["expected"]) for error in problem["errors"]]


UNKNOWN_LABEL = "the labels are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
LENGTHS = "must have 12 numbers (c1[10] + c2 + c3) or 74 numbers (z[62] + c1[10] + c2 + c3)"
CATEGORY = "must be a whole number from 0 to 9, or a label"
NUMBER = "must be a finite number from -3 to 3"
VARIABLES = "the variables are z, c1, c2, c3, z.0 to z.61"
KNOWN = "unknown; known are codes, n, label, fixed, seed, first, truncation, model, format, columns, scale"
VALUE = "must be a number, a label or a list of numbers"


@pytest.mark.parametrize(
    ("body", "field", "expected"),
    [
        ({"codes": [{"c1": 1}, [1.0, 2.0]]}, "codes[1]", LENGTHS),
        ({"codes": [[]]}, "codes[0]", LENGTHS),
        ({"codes": [{"c9": 1}]}, "codes[0].c9", VARIABLES),
        ({"codes": [{"z.62": 1}]}, "codes[0].z.62", VARIABLES),
        ({"codes": [{"\ud800": 1}]}, "codes[0].\ud800", VARIABLES),
        ({"fixed": {"c9": 1}}, "fixed.c9", VARIABLES),
        ({"codes": [{"c1": 10}]}, "codes[0].c1", CATEGORY),
        ({"codes": [{"c1": -1}]}, "codes[0].c1", CATEGORY),
        ({"codes": [{"c1": 1.5}]}, "codes[0].c1", CATEGORY),
        ({"codes": [{"c1": "x"}]}, "codes[0].c1", UNKNOWN_LABEL),
        ({"codes": [{"c1": True}]}, "codes[0].c1", VALUE),
        ({"codes": [{"c1": None}]}, "codes[0].c1", VALUE),
        ({"codes": [{"c1": {"a": 1}}]}, "codes[0].c1", VALUE),
        ({"codes": [{"z": [1, [2]]}]}, "codes[0].z", VALUE),
        ({"codes": [{"z": [1, 2]}]}, "codes[0].z", "must be 62 numbers, got 2"),
        ({"codes": [{"z.0": 11}]}, "codes[0].z.0", "must be a finite number from -10 to 10"),
        ({"codes": [{"c2": 3.1}]}, "codes[0].c2", NUMBER),
        ({"codes": [{"c2": 10**400}]}, "codes[0].c2", NUMBER),
        ({"codes": [{"c2": "wide"}]}, "codes[0].c2", NUMBER),
        ({"codes": [[0.0] * 12]}, "codes[0].c1", "must be one-hot (or a blend): 10 numbers from 0 to 1 that sum to 1"),
        ({"codes": [[1.0] + [0.0] * 10 + [-3.5]]}, "codes[0].c3", NUMBER),
        ({"codes": [[1.0] + ["0"] * 11]}, "codes[0][1]", "must be a valid number"),
        ({"codes": [[10**400] * 12]}, "codes[0][0]", "must be a valid number"),
        ({"codes": ["7"]}, "codes[0]", "must be an object of named codes or a list of numbers"),
        ({"codes": {"c1": 7}}, "codes", "must be a valid list"),
        ({"codes": [{"label": "x"}]}, "codes[0].label", UNKNOWN_LABEL),
        ({"codes": [{"label": 7}]}, "codes[0].label", "must be a string"),
        ({"codes": [{"label": "7", "c1": 7}]}, "codes[0].c1", "cannot be combined with `label`, which sets c1"),
        ({"label": "7", "fixed": {"c1": 7}}, "fixed.c1", "cannot be combined with `label`, which sets c1"),
        ({"codes": [{}], "n": 1}, "n", "cannot be combined with `codes`, which describe each image"),
        ({"codes": [{}], "label": "1"}, "label", "cannot be combined with `codes`, which describe each image"),
        ({"codes": [{}], "fixed": {}}, "fixed", "cannot be combined with `codes`, which describe each image"),
        ({"label": "ten"}, "label[0]", UNKNOWN_LABEL),
        ({"label": ["1", ""]}, "label[1]", UNKNOWN_LABEL),
        ({"label": ["1", 2]}, "label[1]", "must be a valid string"),
        ({"label": 7}, "label", "must be a valid list"),
        ({"label": "1", "model": "noise"}, "label[0]", "this model has no labels"),
        ({"n": 0}, "n", "must be greater than or equal to 1"),
        ({"n": -1}, "n", "must be greater than or equal to 1"),
        ({"n": 1025}, "n", "must be at most 1024 images a request"),
        ({"n": 10**30}, "n", "must be at most 1024 images a request"),
        ({"n": "5"}, "n", "must be a valid integer"),
        ({"n": 5.5}, "n", "must be a valid integer"),
        ({"n": True}, "n", "must be a valid integer"),
        ({"label": ["1"] * 1025}, "label", "must be at most 1024 images a request"),
        ({"codes": [{}] * 1025}, "codes", "must be at most 1024 images a request"),
        ({"seed": -1}, "seed", "must be greater than or equal to 0"),
        ({"seed": 2**64}, "seed", f"must be less than or equal to {2**64 - 1}"),
        ({"first": 2**60}, "first", f"must be less than or equal to {2**52}"),
        ({"truncation": 0}, "truncation", "must be greater than 0"),
        ({"truncation": 11}, "truncation", "must be less than or equal to 10"),
        ({"columns": 0}, "columns", "must be greater than or equal to 1"),
        ({"scale": 17}, "scale", "must be less than or equal to 16"),
        ({"format": "gif"}, "format", "must be 'png', 'json', 'zip' or 'npy'"),
        ({"format": ["png"]}, "format", "must be 'png', 'json', 'zip' or 'npy'"),
        ({"count": 3}, "count", KNOWN),
        ({"": 3}, "", KNOWN),
        ({"codes": []}, "codes", "must not be empty"),
        ({"label": []}, "label", "must not be empty"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_would_be_right(
    client: httpx.Client, body: dict[str, Any], field: str, expected: str
) -> None:
    assert refused(client, **body) == [(field, expected)]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"codes": [{"c2": %s}]}', "codes[0].c2"),
        ('{"codes": [{"z": [%s]}]}', "codes[0].z"),
        ('{"codes": [[%s]]}', "codes[0][0]"),
        ('{"fixed": {"c2": %s}}', "fixed.c2"),
        ('{"truncation": %s}', "truncation"),
        ('{"n": %s}', "n"),
        ('{"count": %s}', "count"),
    ],
)
def test_nan_and_infinity_are_refused(client: httpx.Client, body: str, field: str, number: str) -> None:
    response = client.post("/generate", content=body % number, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_an_unknown_model_is_named_with_those_there_are(client: httpx.Client) -> None:
    expected = "the models are colour, mnist-infogan, noise"
    assert refused(client, 404, model="gone") == [("model", expected)]
    assert refused(client, 404, model="\udcff") == [("model", expected)]
    assert refused(client, 404, model="../../etc/passwd") == [("model", expected)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"seed=1",
        b"\xff\xfe",
        b'{"n": 1} x',
        b'"\xc3"',
        b"[" * 100_000,
        b'{"codes": [' + b'{"c1": ' * 50_000,
        b'{"seed": ' + b"9" * 5000 + b"}",
        b"[]",
        b"3",
        b"null",
        b'"text"',
        b'{"codes": [{"c1": ' + b"[" * 900 + b"]" * 900 + b"}]}",
    ],
)
def test_a_body_that_is_no_json_object_is_a_problem(client: httpx.Client, body: bytes) -> None:
    response = client.post("/generate", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"
    (error,) = response.json()["errors"]
    assert error["field"].partition("[")[0] in ("body", "codes")
    assert error["expected"]


@pytest.mark.parametrize("body", [{"x" * 100_000: 1}, {"model": "x" * 100_000}, {"codes": [{"x" * 100_000: 1}]}])
def test_a_problem_does_not_echo_a_long_body(client: httpx.Client, body: dict[str, Any]) -> None:
    response = client.post("/generate", json=body)
    assert response.status_code in (404, 422)
    assert len(response.content) < 2000


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/xml", ";"])
def test_another_content_type_is_refused(client: httpx.Client, kind: str | None) -> None:
    response = client.post("/generate", content=b'{"n": 1}', headers={"Content-Type": kind} if kind else {})
    assert response.status_code == 415
    assert response.json()["errors"][0]["expected"] == "must be application/json"


def test_a_charset_in_the_content_type_is_fine(client: httpx.Client) -> None:
    kind = "Application/JSON; charset=utf-8"
    assert client.post("/generate", content=b'{"n": 1}', headers={"Content-Type": kind}).status_code == 200


def test_query_parameters_are_refused(client: httpx.Client) -> None:
    problem = client.post("/generate?n=3", json={}).json()
    assert problem["errors"] == [
        {"field": "n", "value": "3", "expected": "unknown; this path takes no query parameters"}
    ]


def test_an_accept_that_nothing_fits_is_refused(client: httpx.Client) -> None:
    response = client.post("/generate", json={}, headers={"Accept": "text/html, image/gif"})
    assert response.status_code == 406
    (error,) = response.json()["errors"]
    assert error["field"] == "Accept"
    assert error["expected"].endswith("offers image/png, application/json, application/zip, application/x-npy")


def test_more_pixels_than_an_answer_may_hold_are_refused(models: Any, serve: Callable[[Settings], Any]) -> None:
    with serve(Settings(models=models, max_pixels=10 * 74 * 2)) as client:
        assert client.post("/generate", json={"n": 10}).status_code == 200
        assert refused(client, n=11)[0][0] == "scale"
        assert refused(client, n=3, scale=2)[0][0] == "scale"


def test_a_full_queue_is_429_with_when_to_come_back(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Batcher) -> None:
        raise QueueFullError(2.3)

    monkeypatch.setattr(Batcher, "is_full", True)
    monkeypatch.setattr(Batcher, "check_capacity", refuse)
    response = client.post("/generate", json={})
    assert response.status_code == 429
    assert response.headers["retry-after"] == "3"
    assert response.json()["detail"] == "the queue is full; try again in 2.3 s"
    # What could not be let in is not even read.
    unread = client.post("/generate", content=b"{", headers={"Content-Type": "application/json"})
    assert unread.status_code == 429
    assert client.post("/generate", json={"model": "mnist-infogan"}).status_code == 429


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["codes", "n", "label", "fixed", "seed", "model", "c1", "c2", "z", "z.1", "x"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_no_json_is_a_fault_of_the_service(client: httpx.Client, body: Any) -> None:
    content = json.dumps(body)
    response = client.post("/generate", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in (200, 400, 404, 422), response.text
