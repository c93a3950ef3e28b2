"""Everything the OpenAPI document promises, tried with what it allows and what it forbids: `make fuzz`.

Schemathesis makes the requests and checks every answer against the document: statuses, media types, headers and bodies,
that what is refused is refused and what is allowed is not.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.serving import serving

CONFIG = Path(__file__).with_name("schemathesis.toml")


def fuzz(url: str, cases: int, seed: int, phases: str = "examples,coverage,fuzzing,stateful") -> int:
    """Put so many cases a phase on each operation of the service at `url`; 0 where none failed."""
    with TemporaryDirectory() as folder:
        options = {"checks": "all", "phases": phases, "max-examples": cases, "seed": seed}
        program = "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())"
        command = [sys.executable, "-c", program, "--config-file", str(CONFIG), "run", f"{url}/openapi.json"]
        command += [part for name, value in options.items() for part in (f"--{name}", str(value))]
        return subprocess.run(command, cwd=folder).returncode


def main() -> None:
    """Start the service and fuzz it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000, help="cases an operation and phase")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with serving() as server:
        sys.exit(fuzz(f"http://{server.host}:{server.port}", given.cases, given.seed))


if __name__ == "__main__":
    main()
