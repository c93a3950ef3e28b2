"""The import rules between the packages; import-linter's contracts are in pyproject.toml."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import get_args

import grimp
import pytest

from trainer import losses
from trainer.config import recipe

ROOT = Path(__file__).parent.parent


def test_contracts_between_the_packages_are_kept() -> None:
    # In a process of its own, because import-linter disables the loggers of the other tests.
    script = (
        "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "client")}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _libraries(*packages: str) -> set[str]:
    graph = grimp.build_graph(*packages, include_external_packages=True, cache_dir=None)
    return {module for module in graph.modules if module.partition(".")[0] not in {*packages, *sys.stdlib_module_names}}


def test_latent_depends_on_numpy_and_pydantic_only() -> None:
    assert _libraries("latent") == {"numpy", "pydantic"}


def test_the_service_imports_only_its_declared_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    required = [*project["dependencies"], *extras["cpu"], *extras["gpu"], *extras["datasets"], *extras["grpc"]]
    required += extras["ray"]
    declared = {re.match(r"[\w-]+", requirement)[0] for requirement in required}
    indirect = {"starlette", "pydantic-core"}  # dependencies of fastapi and pydantic
    distributions = packages_distributions()
    distributions.setdefault("ray", ["ray"])  # not installed in this environment
    imported = {distributions[module][0].replace("_", "-").lower() for module in _libraries("latent", "service")}
    assert imported - declared - indirect == set()


def test_the_running_service_has_not_loaded_torch() -> None:
    # The import graph does not show what a library loads dynamically.
    program = "import sys, service.app; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "onnxruntime" in modules
    assert "torch" not in modules


@pytest.mark.parametrize("module", ["service.app", "trainer.metrics.onnx_generator"])
def test_onnx_runtime_telemetry_is_disabled(module: str) -> None:
    program = f"import {module}, os, sys; print('onnxruntime' in sys.modules, os.environ['ORT_DISABLE_TELEMETRY'])"
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    command = [sys.executable, "-c", program]
    output = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    assert output.split() == ["True", "1"]


def test_the_loop_names_no_gan() -> None:
    kinds = {get_args(loss.model_fields["kind"].annotation)[0] for loss in get_args(get_args(losses.Loss)[0])}
    names = {*recipe.names(), *kinds}
    assert {"infogan", "information"} <= names
    source = (ROOT / "trainer" / "training" / "loop.py").read_text().replace("_", "-")
    assert [name for name in names if re.search(rf"(?<![a-z]){name}(?![a-z])", source)] == []
