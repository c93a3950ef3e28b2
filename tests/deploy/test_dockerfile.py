"""The Dockerfile agrees with the service."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from service.settings import Settings
from tests.deploy.conftest import ROOT, STAGES, instructions


def test_service_is_the_default_image() -> None:
    assert list(STAGES)[-1] == "service"


@pytest.mark.parametrize("image", ["service", "trainer"])
def test_images_run_as_an_unprivileged_user_and_receive_signals(image: str) -> None:
    (user,) = instructions(image, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)  # numeric: Kubernetes cannot check whether a name is root
    (entrypoint,) = instructions(image, "ENTRYPOINT")
    assert json.loads(entrypoint) == ["python3", "-m", image]  # a list: no shell that would keep SIGTERM from it


def test_the_image_s_settings_agree_with_the_service(settings: Settings) -> None:
    assert settings.host == "0.0.0.0"  # noqa: S104 - inside a container it must listen on all interfaces
    assert instructions("service", "EXPOSE") == [str(settings.port)]
    assert any(rest.split()[-2:] == ["models", str(settings.models)] for rest in instructions("service", "COPY"))


def test_no_extra_of_the_service_s_image_brings_torch() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (install,) = [rest for rest in instructions("service-builder", "RUN") if "--no-deps" not in rest]
    assert '".[${ENGINE},datasets]"' in install
    assert not any("torch" in requirement for extra in ("cpu", "gpu", "datasets") for requirement in extras[extra])


@pytest.mark.parametrize("stage", STAGES)
def test_dockerignore_allows_everything_that_is_copied(stage: str) -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = [word for rest in instructions(stage, "COPY") if "--from" not in rest for word in _words(rest)[:-1]]
    assert [source for source in sources if source not in kept or not (ROOT / source).exists()] == []


def _words(rest: str) -> list[str]:
    return [word for word in rest.split() if not word.startswith("--")]


@contextmanager
def _respond(status: int) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield server.server_port
        thread.join()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_reports_readiness(status: int, healthy: bool) -> None:
    (check,) = instructions("service", "HEALTHCHECK")
    command = json.loads(check.partition("CMD")[2])
    with _respond(status) as port:
        done = subprocess.run(
            [sys.executable, *command[1:]], env={"INKCODE_PORT": str(port)}, capture_output=True, check=False
        )
    assert (done.returncode == 0) is healthy
