"""The client's README: its snippets run, against a service of the bundled models."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from inkcode_client import VERSION

from service.settings import Settings

ROOT = Path(__file__).parents[2]
README = ROOT / "client" / "README.md"
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def address(serve: Callable[[Settings], Any]) -> Iterator[str]:
    with serve(Settings(models=ROOT / "models")) as client:
        yield str(client.base_url).rstrip("/")


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_a_snippet_runs(snippet: str, address: str, tmp_path: Path) -> None:
    program = snippet.replace("http://127.0.0.1:8000", address)
    path = os.pathsep.join([str(ROOT), str(ROOT / "client")])
    environment = {**os.environ, "PYTHONPATH": path, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout or "Stream" in snippet


def test_the_snippets_use_all_methods_and_both_readers() -> None:
    text = README.read_text("utf-8")
    for name in ("generate", "traverse", "lines", "models", "dataset", "encode", "pages"):
        assert f"client.{name}(" in text, name
    assert len(SNIPPETS) == 6


def test_the_version_and_the_needs_are_those_of_the_service_s_distribution() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    own = tomllib.loads((ROOT / "client" / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
    assert set(own["dependencies"]) <= {*project["dependencies"], *project["optional-dependencies"]["client"]}
    assert own["requires-python"] == project["requires-python"]
