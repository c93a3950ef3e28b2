"""The walls between the parts. Those that are import-linter's contracts stand in pyproject.toml."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import grimp
from importlinter.cli import lint_imports

from trainer import losses, recipe

ROOT = Path(__file__).parent.parent


def test_contracts_between_the_packages_are_kept() -> None:
    assert lint_imports(str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True) == 0


def test_latent_stands_on_numpy_and_pydantic_alone() -> None:
    graph = grimp.build_graph("latent", include_external_packages=True, cache_dir=None)
    outside = {module for module in graph.modules if module.partition(".")[0] != "latent"}
    assert outside - sys.stdlib_module_names == {"numpy", "pydantic"}


def test_the_running_service_has_not_loaded_torch() -> None:
    # What a library imports on the quiet is no import of ours, and would still be loaded.
    loaded = "import sys, service.app; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "onnxruntime" in modules
    assert "torch" not in modules


def test_the_loop_names_no_gan() -> None:
    kinds = {get_args(loss.model_fields["kind"].annotation)[0] for loss in get_args(get_args(losses.Loss)[0])}
    names = {*recipe.names(), *kinds}
    assert {"infogan", "information"} <= names
    words = (ROOT / "trainer" / "loop.py").read_text().replace("_", "-")
    assert [name for name in names if re.search(rf"(?<![a-z]){name}(?![a-z])", words)] == []
