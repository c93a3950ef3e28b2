"""What the tests of the deployment share: the Dockerfile's instructions, and the service's settings in its image."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from service.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
Stage = list[tuple[str, str]]


def needs(program: str) -> pytest.MarkDecorator:
    """Skips a test where the program is not installed; under CI the test fails there instead."""
    missing = not shutil.which(program) and not os.environ.get("CI")
    return pytest.mark.skipif(missing, reason=f"{program} is not installed")


def _stages() -> dict[str, Stage]:
    """The Dockerfile's instructions by stage, as `(name, rest of the line)`; the first is the stage's FROM."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = [line.split(maxsplit=1) for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    stages: dict[str, Stage] = {}
    for name, rest in lines:
        if name == "FROM":
            stage = stages.setdefault(rest.split()[-1], [])
        if stages:
            stage.append((name, rest.strip()))
    return stages


STAGES = _stages()


def instructions(stage: str, instruction: str) -> list[str]:
    """The arguments of every such instruction of a stage of the Dockerfile."""
    return [rest for name, rest in STAGES[stage] if name == instruction]


def environment(stage: str) -> dict[str, str]:
    """The variables that a stage of the Dockerfile sets."""
    return dict(pair.split("=", 1) for rest in instructions(stage, "ENV") for pair in shlex.split(rest))


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The service's settings inside its image."""
    for name, value in environment("service").items():
        if name.startswith("INKCODE_"):
            monkeypatch.setenv(name, value)
    return Settings()
