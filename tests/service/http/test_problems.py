"""Problems as RFC 9457 has them, whatever stood in the request."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.http.problems import InvalidValue, TooManyRequests, invalid_values


def document(problem: Any) -> dict[str, Any]:
    content = bytes(problem.response().body)
    assert content.isascii()
    parsed: dict[str, Any] = json.loads(content, parse_constant=pytest.fail)  # NaN is no JSON
    return parsed


def test_a_problem_has_the_members_of_its_kind() -> None:
    problem = TooManyRequests(2.5)
    assert document(problem) == {
        "type": "urn:problem-type:inkcode:busy",
        "title": "Too many requests wait",
        "status": 429,
        "detail": "the queue is full; try again in 2.5 s",
        "errors": [],
    }
    response = problem.response()
    assert response.status_code == 429
    assert response.media_type == "application/problem+json"
    assert response.headers["retry-after"] == "3"


def test_extensions_stand_beside_the_members() -> None:
    assert document(InvalidValue("no", refused=[1]))["refused"] == [1]


@settings(deadline=None)
@given(st.text() | st.floats() | st.integers() | st.lists(st.floats()) | st.none() | st.booleans() | st.binary())
def test_any_value_can_be_shown(value: Any) -> None:
    (error,) = document(invalid_values([("field", value, "expected")]))["errors"]
    assert len(json.dumps(error["value"])) <= 6 * 80 + 2


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.5, 1.5),
        (True, True),
        (None, None),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        ("x" * 100, "x" * 77 + "..."),
        ([1, 2], "[1, 2]"),
    ],
)
def test_values_are_shown_as_they_were_where_json_can(value: Any, shown: Any) -> None:
    assert document(invalid_values([("field", value, "expected")]))["errors"][0]["value"] == shown


@pytest.mark.parametrize(
    ("method", "url", "body", "expected"),
    [
        (
            "POST",
            "/v2/models/mnist-infogan/infer",
            {"shape": [74]},
            "must have at least 2 items after validation, not 1",
        ),
        ("POST", "/v2/models/mnist-infogan/infer", {"shape": []}, "must have at least 2 items after validation, not 0"),
        ("POST", "/v2/models/mnist-infogan/infer", None, "must not be empty"),
        ("GET", "/lines?text=1&ink=red", None, "must match pattern '^#[0-9A-Fa-f]{6}$'"),
    ],
)
def test_what_was_expected_begins_with_must(
    client: httpx.Client, method: str, url: str, body: dict[str, Any] | None, expected: str
) -> None:
    tensor = {"name": "latent", "datatype": "FP32", "data": [0]}
    content = {"inputs": [{**tensor, **body}] if body else []} if method == "POST" else None
    (error,) = client.request(method, url, json=content).json()["errors"]
    assert error["expected"] == expected
