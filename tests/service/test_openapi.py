"""The OpenAPI document: its paths, its examples, and what it says of answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from service.http import problems
from service.http.auth import new_key
from service.http.policies.access_log import PROBES
from service.http.problem_document import Problem
from service.settings import Settings


def operations(client: httpx.Client) -> list[tuple[str, str, dict[str, Any]]]:
    paths = client.get("/openapi.json").json()["paths"]
    return [(method, path, operation) for path, methods in paths.items() for method, operation in methods.items()]


def test_the_documentation_lists_every_path(client: httpx.Client) -> None:
    model_paths = ("/v2/models/{name}", "/v2/models/{name}/versions/{version}")
    of_model = (("get", ""), ("get", "/ready"), ("get", "/config"), ("get", "/stats"), ("post", "/infer"))
    assert {(method, path) for method, path, _ in operations(client)} == {
        ("post", "/generate"),
        ("post", "/encode"),
        ("get", "/traverse"),
        ("get", "/interpolate"),
        ("get", "/datasets"),
        ("get", "/datasets/{model}/index.json"),
        ("get", "/datasets/{model}/charset.txt"),
        ("get", "/datasets/{model}/wids.json"),
        ("get", "/datasets/{model}/shard-{shard}"),
        ("get", "/datasets/{model}/{options}/{file}"),
        ("post", "/corpora"),
        ("get", "/corpora/{id}"),
        ("get", "/lines"),
        ("post", "/lines"),
        ("post", "/pages"),
        ("get", "/models"),
        ("get", "/models/{name}"),
        ("get", "/livez"),
        ("get", "/readyz"),
        ("get", "/metrics"),
        ("get", "/v2"),
        ("get", "/v2/health/live"),
        ("get", "/v2/health/ready"),
        ("get", "/v2/models/stats"),
        ("post", "/v2/repository/index"),
        *((method, f"{model}{path}") for method, path in of_model for model in model_paths),
    }


def test_its_examples_work_when_tried(client: httpx.Client) -> None:
    tried = 0
    # The names of a set and of a corpus are digests, which the service itself tells.
    shard = client.get("/datasets/mnist-infogan/index.json").json()["shards"][0]["url"]
    corpus = client.post("/corpora", content="7", headers={"Content-Type": "text/plain"}).json()["id"]
    digests = {"file": shard.rpartition("/")[2], "options": shard.split("/")[3], "id": corpus}
    for method, path, operation in operations(client):
        examples = [
            (parameter["in"], parameter["name"], parameter["schema"]["example"])
            for parameter in operation.get("parameters", [])
            if "example" in parameter["schema"]
        ]
        query = {name: value for where, name, value in examples if where == "query"}
        url = path.format(**{name: value for where, name, value in examples if where == "path"} | digests)
        body = operation.get("requestBody", {"content": {"application/json": {"examples": {"none": {"value": None}}}}})
        for name, example in body["content"].get("application/json", {"examples": {}})["examples"].items():
            response = client.request(method, url, params=query, json=example["value"])
            assert response.status_code == 200, (path, name, response.text)
            media_type = response.headers["content-type"].partition(";")[0]
            assert media_type in operation["responses"]["200"]["content"]
            tried += 1
        if text := body["content"].get("text/plain"):
            response = client.request(method, url, content=text["example"], headers={"Content-Type": "text/plain"})
            assert response.status_code == 201
            assert response.headers["content-type"] in operation["responses"]["201"]["content"]
            tried += 1
    assert tried >= 18


UNSEEN = (
    problems.MethodNotAllowed,
    problems.PreflightRefused,
    problems.ClientDisconnected,
    problems.MissingKey,
    problems.UnknownKey,
)
"""What no documented operation answers, or only where keys are needed."""


def test_every_problem_is_documented_where_it_can_arise(client: httpx.Client) -> None:
    told = {
        (int(status), title)
        for _, _, operation in operations(client)
        for status, answer in operation["responses"].items()
        if "application/problem+json" in answer.get("content", {})
        for title in answer["description"].removesuffix(" (RFC 9457).").split("; ")
    }
    kinds = [kind for kind in vars(problems).values() if isinstance(kind, type) and issubclass(kind, Problem)]
    assert told == {(kind.status, kind.title) for kind in kinds if kind is not Problem and kind not in UNSEEN}


REFUSED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("422", "post", "/generate", {"json": {"n": 0}}),
    ("400", "post", "/generate", {"content": "{", "headers": {"Content-Type": "application/json"}}),
    ("404", "post", "/generate", {"json": {"model": "gone"}}),
    ("406", "post", "/generate", {"json": {}, "headers": {"Accept": "text/html"}}),
    ("413", "post", "/generate", {"content": b" " * (2**22 + 1)}),
    ("415", "post", "/generate", {"content": "{}", "headers": {"Content-Type": "text/plain"}}),
    ("504", "post", "/generate", {"json": {"n": 100}, "headers": {"Inkcode-Deadline": "1e-6"}}),
    ("406", "get", "/traverse", {"params": {"dim": "c2"}, "headers": {"Accept": "text/html"}}),
    ("404", "get", "/lines", {"params": {"text": "7", "model": "gone"}}),
    ("415", "post", "/lines", {"content": "{}", "headers": {"Content-Type": "text/plain"}}),
    ("400", "post", "/pages", {"content": "{", "headers": {"Content-Type": "application/json"}}),
    ("415", "post", "/encode", {"content": "{}", "headers": {"Content-Type": "text/html"}}),
    ("415", "post", "/corpora", {"content": "{}", "headers": {"Content-Type": "text/html"}}),
    ("404", "get", "/models/{name}", {}),
    ("404", "get", "/datasets/{model}/index.json", {}),
    ("422", "get", "/livez", {"headers": {"Inkcode-Deadline": "soon"}}),
    ("400", "post", "/v2/repository/index", {"content": "{"}),
    ("404", "get", "/v2/models/{name}/stats", {}),
    ("415", "post", "/v2/models/{name}/infer", {"content": "{}", "headers": {"Content-Type": "text/html"}}),
]


@pytest.mark.parametrize(("status", "method", "path", "request_"), REFUSED)
def test_a_refusal_is_as_documented(
    client: httpx.Client, status: str, method: str, path: str, request_: dict[str, Any]
) -> None:
    name = "mnist-infogan" if path.endswith("infer") else "gone"
    response = client.request(method, path.format(name=name, model=name), **request_)
    assert str(response.status_code) == status, response.text
    document = client.get("/openapi.json").json()
    answer = document["paths"][path][method]["responses"][status]["content"]["application/problem+json"]
    assert answer["schema"] == {"$ref": "#/components/schemas/Problem"}
    jsonschema_rs.validate(document["components"]["schemas"]["Problem"], response.json())


ANSWERED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("post", "/generate", "/generate", {"json": {"label": ["7", "3"], "n": 2, "format": "json"}}),
    ("post", "/generate", "/generate", {"json": {"model": "noise", "codes": [{}], "format": "json"}}),
    ("get", "/traverse", "/traverse?dim=c2&steps=3&format=json", {}),
    ("get", "/interpolate", "/interpolate?from=1&to=2&format=json", {}),
    ("get", "/lines", "/lines?text=73&format=json&masks=true", {}),
    ("post", "/lines", "/lines", {"json": {"texts": ["7", "3"], "paper": "photo", "format": "json"}}),
    ("post", "/pages", "/pages", {"json": {"texts": ["1 7"], "page_width": 2600, "margin": 0, "format": "json"}}),
    ("get", "/datasets", "/datasets", {}),
    ("get", "/datasets/{model}/index.json", "/datasets/mnist-infogan/index.json?n=20", {}),
    ("get", "/datasets/{model}/wids.json", "/datasets/mnist-infogan/wids.json?n=20", {}),
    ("post", "/corpora", "/corpora", {"content": "12\n345", "headers": {"Content-Type": "text/plain"}}),
    (
        "post",
        "/v2/models/{name}/infer",
        "/v2/models/noise/infer",
        {"json": {"inputs": [{"name": "latent", "shape": [1, 5], "datatype": "FP32", "data": [0.0] * 5}]}},
    ),
]


@pytest.mark.parametrize(("method", "path", "url", "request_"), ANSWERED)
def test_an_answer_is_as_documented_and_nothing_in_it_is_left_out(
    client: httpx.Client, method: str, path: str, url: str, request_: dict[str, Any]
) -> None:
    response = client.request(method, url, **request_).raise_for_status()
    answer = client.get("/openapi.json").json()["paths"][path][method]["responses"][str(response.status_code)]
    jsonschema_rs.validate(_closed(answer["content"]["application/json"]["schema"]), response.json())


def _closed(schema: Any) -> Any:
    """The schema with no room for members that it does not name."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    return {"additionalProperties": False, **closed} if "properties" in schema else closed


def test_a_deadline_is_a_number(client: httpx.Client) -> None:
    given = [parameter for _, _, operation in operations(client) for parameter in operation.get("parameters", [])]
    deadlines = [parameter for parameter in given if parameter["name"] == "Inkcode-Deadline"]
    assert len(deadlines) > 10
    for deadline in deadlines:
        assert deadline["schema"].items() >= {"type": "number", "exclusiveMinimum": 0}.items()
        assert not deadline["required"]


def test_without_keys_none_is_asked_for(client: httpx.Client) -> None:
    assert "securitySchemes" not in client.get("/openapi.json").json()["components"]
    for _, _, operation in operations(client):
        assert "security" not in operation
        assert "401" not in operation["responses"]


def test_keys_are_a_security_scheme_of_every_operation_but_probes(
    models: Path, serve: Callable[[Settings], Any], tmp_path: Path
) -> None:
    key, digest = new_key()
    (tmp_path / "keys").write_text(f"{digest}  mine\n")
    with serve(Settings(models=models, keys_file=tmp_path / "keys")) as client:
        assert client.get("/models").status_code == 401
        client.headers["Authorization"] = f"Bearer {key}"
        document = client.get("/openapi.json").json()
        ((name, scheme),) = document["components"]["securitySchemes"].items()
        assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
        for path, methods in document["paths"].items():
            for operation in methods.values():
                assert operation.get("security", []) == ([] if path in PROBES else [{name: []}])
                assert ("401" in operation["responses"]) is (path not in PROBES)
        assert client.get("/models").status_code == 200
