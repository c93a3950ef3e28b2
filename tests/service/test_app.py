"""The app as a whole: its documentation, its paths and what is none of them."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from onnxruntime import InferenceSession

from service.settings import Settings


def test_the_documentation_page_needs_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "//" not in "".join(re.findall(r"(?:src|href)=\"([^\"]*)\"", page.text))
    for asset in re.findall(r"(?:src|href)=\"(/[^\"]*)\"", page.text):
        assert client.get(asset).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/%ff%00", 404),
        ("GET", "/static-offline-docs/../../etc/passwd", 404),
        ("GET", "/static-offline-docs/%2e%2e/core.py", 404),
        ("GET", "/generate", 405),
        ("HEAD", "/generate", 405),
        ("POST", "/traverse", 405),
        ("DELETE", "/models", 405),
        ("PURGE", "/livez", 405),
    ],
)
def test_what_is_no_path_is_a_problem(client: httpx.Client, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    if method != "HEAD":
        problem = response.json()
        assert (problem["type"], problem["status"]) == ("about:blank", status)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/lines", "GET, HEAD, POST"), ("/generate", "POST"), ("/models/noise", "GET, HEAD"), ("/livez", "GET, HEAD")],
)
def test_a_method_too_many_is_told_which_there_are(client: httpx.Client, path: str, allowed: str) -> None:
    response = client.put(path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)


def test_head_works_wherever_get_does(client: httpx.Client) -> None:
    for path in ("/", "/livez", "/readyz", "/models", "/models/noise", "/metrics", "/docs", "/openapi.json"):
        response = client.head(path)
        assert response.status_code == 200
        assert response.content == b""
        assert int(response.headers["content-length"]) > 0


def test_a_fault_of_the_service_is_a_problem_that_tells_nothing(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: InferenceSession, *args: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(InferenceSession, "run", fail)
    # The short way, and the ordinary one.
    for body in ({}, {"n": 100}):
        caplog.clear()
        response = client.post("/generate", json=body)
        assert response.status_code == 500
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "secret" not in response.text
        assert "no answer to POST '/generate'" in caplog.text
        assert "RuntimeError: secret" in caplog.text
    monkeypatch.undo()
    assert client.post("/generate", json={}).status_code == 200
    assert 'inkcode_requests_total{path="fast",route="/generate",status="500"}' in client.get("/metrics").text


def test_two_services_in_one_process_do_not_mix(
    models: Path, serve: Callable[[Settings], Any], client: httpx.Client
) -> None:
    with serve(Settings(models=models, default_model="noise")) as other:
        assert other.get("/models").json()["default"] == "noise"
        assert client.get("/models").json()["default"] == "mnist-infogan"
        assert 'inkcode_images_total{model="noise"} 0.0' in other.get("/metrics").text


def test_what_stands_at_the_start_is_not_gone_through_again_while_it_serves(
    serve: Callable[[Settings], Any], models: Path
) -> None:
    gc.unfreeze()  # another test's service
    with serve(Settings(models=models)) as client:
        assert client.get("/livez").status_code == 200
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0


def test_the_documentations_files_name_their_methods(client: httpx.Client) -> None:
    for method in ("PUT", "POST", "OPTIONS"):
        answer = client.request(method, "/static-offline-docs/swagger-ui.css")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
