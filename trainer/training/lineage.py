"""What a run was trained on and by: the `Lineage` of the card, as a run begins and as it goes on."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path

from latent.card import Extension, Lineage


def begin(data_sha256: str) -> Lineage:
    """The lineage of a run that begins now, with this code."""
    return Lineage(data_sha256=data_sha256, code_versions=(code_version(),))


def resume(lineage: Lineage, extension: Extension | None) -> Lineage:
    """The lineage of a run that goes on with this code, its length changed by `extension` if any."""
    versions = lineage.code_versions
    if versions[-1:] != (code_version(),):
        versions = (*versions, code_version())
    extensions = (*lineage.extensions, extension) if extension else lineage.extensions
    return lineage.model_copy(update={"code_versions": versions, "extensions": extensions})


@cache
def code_version() -> str:
    """The package's version, and the git commit where it runs from a checkout: `0.1.0+g<commit>[.dirty]` (PEP 440)."""
    version = metadata.version("inkcode")
    if not _git("ls-files", "--", Path(__file__).name):  # installed, or under another project's version control
        return version
    changed = _git("status", "--porcelain", "--", ":/latent", ":/trainer")
    return f"{version}+g{_git('rev-parse', 'HEAD')}{'.dirty' if changed else ''}"


def _git(*arguments: str) -> str:
    """What git prints, run in this folder; empty where there is no git or it fails."""
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "--no-optional-locks", *arguments]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)  # noqa: S603 - all constants
    return done.stdout.strip() if done.returncode == 0 else ""
