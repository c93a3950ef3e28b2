"""What the C library does with freed blocks."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Megabytes that the process still holds of 16, once they are freed.
_HELD = """
import sys
from pathlib import Path
import torch
from trainer.runtime import allocator
if sys.argv[1] == "kept":
    allocator.disable_trimming()
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
torch.ones(1)
before = resident()
block = torch.ones(2**22)
assert resident() - before > 14e6
del block
print((resident() - before) / 1e6)
"""


def held(how: str) -> float:
    done = subprocess.run([sys.executable, "-c", _HELD, how], capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_what_a_step_frees_stays_for_the_next() -> None:
    assert held("given back") < 2 < 14 < held("kept")
