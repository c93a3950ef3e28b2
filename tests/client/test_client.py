"""What both clients do with every request: keys, headers, retries, errors, connections that are lost."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from inkcode_client import AsyncClient, Client, ProblemError, Retries

from service.http.auth import new_key
from service.settings import Settings
from tests.client.conftest import FAST, Call, ScriptedServer

MODELS = (200, {"Content-Type": "application/json"}, b'{"default": null, "models": []}')


def problem(status: int, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return status, headers, b'{"type": "urn:x", "title": "Busy", "detail": "later", "errors": []}'


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again_when_it_says(
    call_at: Callable[..., Call], scripted: ScriptedServer, status: int
) -> None:
    scripted.script = [problem(status, **{"Retry-After": "1"}), MODELS]
    began = time.monotonic()
    assert call_at(scripted.address, retries=FAST)("models") == []
    assert time.monotonic() - began >= 1
    assert len(scripted.requests) == 2


def test_the_attempts_are_bounded(call_at: Callable[..., Call], scripted: ScriptedServer) -> None:
    scripted.script = [problem(503)]
    with pytest.raises(ProblemError) as refused:
        call_at(scripted.address, retries=FAST)("models")
    assert (refused.value.status, refused.value.type, refused.value.title) == (503, "urn:x", "Busy")
    assert refused.value.field is refused.value.value is refused.value.expected is None
    assert len(scripted.requests) == FAST.attempts


def test_a_wait_that_is_too_long_is_not_waited_for(call_at: Callable[..., Call], scripted: ScriptedServer) -> None:
    scripted.script = [problem(429, **{"Retry-After": "3600"})]
    with pytest.raises(ProblemError):
        call_at(scripted.address)("models")
    assert len(scripted.requests) == 1


def test_other_errors_are_not_retried(call_at: Callable[..., Call], scripted: ScriptedServer) -> None:
    scripted.script = [(502, {}, b"<html>a proxy's page</html>")]
    with pytest.raises(ProblemError, match="502 Bad Gateway: <html>a proxy's page"):
        call_at(scripted.address, retries=FAST)("models")
    assert len(scripted.requests) == 1


def test_a_lost_connection_is_retried(call_at: Callable[..., Call], scripted: ScriptedServer) -> None:
    scripted.script = [None, MODELS]
    assert call_at(scripted.address, retries=FAST)("models") == []
    scripted.script = [None]
    with pytest.raises(httpx.RemoteProtocolError):
        call_at(scripted.address, retries=FAST)("models")
    assert len(scripted.requests) == 2 + FAST.attempts


def test_an_answer_that_does_not_come_is_a_timeout(call_at: Callable[..., Call]) -> None:
    with ScriptedServer() as silent, pytest.raises(httpx.ReadTimeout):
        call_at(silent.address, timeout=0.1)("models")


def test_a_prefix_a_key_and_a_deadline(call_at: Callable[..., Call], scripted: ScriptedServer) -> None:
    scripted.script = [MODELS]
    call_at(f"{scripted.address}/ink", api_key="k", deadline=2.5)("models")
    _, path, headers, _ = scripted.requests[0]
    assert path == "/ink/models"
    assert (headers["Authorization"], headers["Inkcode-Deadline"]) == ("Bearer k", "2.5")
    assert headers["User-Agent"].startswith("inkcode-client/")


def test_a_service_with_keys(
    call_at: Callable[..., Call], serve: Callable[..., Any], models: Path, tmp_path: Path
) -> None:
    key, digest = new_key()
    (tmp_path / "keys").write_text(f"{digest} a friend\n")
    with serve(Settings(models=models, keys_file=tmp_path / "keys")) as guarded:
        url = str(guarded.base_url)
        assert len(call_at(url, api_key=key)("generate", 2)) == 2
        with pytest.raises(ProblemError) as refused:
            call_at(url)("generate", 2)
    assert refused.value.status == 401


def test_the_methods_of_both_clients_are_documented_and_the_same() -> None:
    for name, method in inspect.getmembers(Client, inspect.isfunction):
        if not name.startswith("_") and name != "close":
            assert inspect.getdoc(method), name
            assert inspect.getdoc(getattr(AsyncClient, name)) == inspect.getdoc(method)
            assert inspect.signature(getattr(AsyncClient, name)) == inspect.signature(method)
            assert inspect.iscoroutinefunction(getattr(AsyncClient, name))


def test_the_wait_grows_and_dates_count() -> None:
    retries = Retries(attempts=4, backoff=1, longest=10)
    waits = [retries.wait(attempt, None) for attempt in (1, 2, 3, 4)]
    assert [low <= wait <= 2 * low for wait, low in zip(waits[:3], (0.5, 1, 2), strict=True)] == [True] * 3
    assert waits[3] is None
    for header in ("Wed, 21 Oct 2015 07:28:00 GMT", "soon"):
        assert retries.wait(1, httpx.Response(503, headers={"Retry-After": header})) <= 1
    later = httpx.Response(503, headers={"Retry-After": "Wed, 21 Oct 2065 07:28:00 GMT"})
    assert retries.wait(1, later) is None
