"""The lowest versions that pyproject.toml declares, as constraints for pip: `make test-lowest`."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

_LOWER_BOUND = re.compile(r"(?P<name>[\w.-]+)(?:\[[\w,-]+\])?>=(?P<version>[\w.]+)")


def lowest(project: dict[str, object], extras: list[str]) -> list[str]:
    """A line `name==version` for each requirement of the project and of these extras that has a lower bound."""
    declared = list(project["dependencies"])  # type: ignore[call-overload]
    for extra in extras:
        declared += project["optional-dependencies"][extra]  # type: ignore[index]
    found = filter(None, map(_LOWER_BOUND.match, declared))
    return [f"{requirement['name']}=={requirement['version']}" for requirement in found]


def main() -> None:
    """Print the constraints of the service's dependencies and of the extras named in the arguments."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    print("\n".join(lowest(project, sys.argv[1:])))  # noqa: T201 - the command's output


if __name__ == "__main__":
    main()
