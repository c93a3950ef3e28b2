"""The C library's allocator with and without trimming, in processes of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Prints how many of 16 megabytes the process still holds after freeing them.
_SCRIPT = """
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


def megabytes_held(how: str) -> float:
    done = subprocess.run([sys.executable, "-c", _SCRIPT, how], capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="needs glibc")
def test_freed_memory_is_kept_when_trimming_is_disabled() -> None:
    assert megabytes_held("trimmed") < 2 < 14 < megabytes_held("kept")
