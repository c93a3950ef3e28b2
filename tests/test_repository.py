"""Rules for all committed files."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")[:-1]
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_every_file_is_small_enough_to_clone() -> None:
    assert TRACKED
    assert [path for path in TRACKED if path.stat().st_size > 9 * 2**20] == []


def test_every_module_has_at_most_300_lines() -> None:
    modules = [path for path in TRACKED if path.suffix == ".py"]
    assert modules
    assert [path for path in modules if len(path.read_text().splitlines()) > 300] == []


@pytest.mark.parametrize("path", TRACKED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_contains_an_absolute_home_path(path: Path) -> None:
    assert re.findall(rb"(?<![\w.])/(?:home|root|work|Users)/\S*", path.read_bytes()) == []


def test_the_changelog_s_latest_release_is_this_version() -> None:
    releases = re.findall(r"^## \[(\d[^]]*)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert releases[0] == PROJECT["version"]


def test_the_licence_is_the_unchanged_text_of_apache_2() -> None:
    assert PROJECT["license"] == "Apache-2.0"
    digest = hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest()
    assert digest == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
