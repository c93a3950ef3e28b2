"""Memory between steps: kept, because the next step asks for the same again."""

from __future__ import annotations

import ctypes

# Of glibc's mallopt(3), from malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_LARGEST = 2**25  # bytes: glibc refuses a higher threshold; larger blocks go back as ever
_NEVER, _AHEAD = 2**31 - 1, 2**28


def keep() -> None:
    """Have the C library keep the blocks a step frees; nothing where it is not glibc.

    Given back, each of a step's maps is fetched again page by page, and zeroed by the kernel: on a CPU a good part of
    the step.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGEST)
        mallopt(_TRIM_THRESHOLD, _NEVER)
        mallopt(_TOP_PAD, _AHEAD)
