import re
import shutil
import subprocess
from importlib import metadata

import pytest

from trainer.training import lineage


@pytest.fixture(autouse=True)
def asked_anew():
    lineage.code_version.cache_clear()
    yield
    lineage.code_version.cache_clear()


def test_the_code_version_names_the_commit():
    assert re.fullmatch(r"\d+\.\d+\.\d+\+g[0-9a-f]{40}(\.dirty)?", lineage.code_version())


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A git repository of someone else's, in which the package is not tracked."""
    monkeypatch.setattr(lineage, "__file__", str(tmp_path / "lineage.py"))
    (tmp_path / "lineage.py").touch()
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def test_a_package_that_git_does_not_track_has_no_commit(elsewhere):
    assert lineage.code_version() == metadata.version("inkcode")


def test_without_git_there_is_no_commit(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert lineage.code_version() == metadata.version("inkcode")
