"""Property-based tests of the service against its OpenAPI document: `make fuzz`.

Schemathesis generates valid and invalid requests and checks each answer against the document: its status, media type,
headers and body, that valid requests are accepted and invalid ones refused.
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
    """Test each operation of the service at `url` with up to `cases` requests per phase; 0 if all checks passed."""
    with TemporaryDirectory() as folder:
        flags = {"checks": "all", "phases": phases, "max-examples": cases, "seed": seed}
        program = "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())"
        command = [sys.executable, "-c", program, "--config-file", str(CONFIG), "run", f"{url}/openapi.json"]
        command += [part for name, value in flags.items() for part in (f"--{name}", str(value))]
        return subprocess.run(command, cwd=folder).returncode


def main() -> None:
    """Start the service and test it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000, help="requests per operation and phase")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with serving() as server:
        sys.exit(fuzz(f"http://{server.host}:{server.port}", options.cases, options.seed))


if __name__ == "__main__":
    main()
