"""The C library's memory allocator: freed memory is kept, because the next training step allocates the same again."""

from __future__ import annotations

import ctypes

# Parameters of glibc's mallopt(3), from malloc.h.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_LARGEST_MMAP_THRESHOLD = 2**25  # bytes: glibc's upper limit; larger blocks are still returned to the system
_NO_TRIM, _TOP_PAD = 2**31 - 1, 2**28


def disable_trimming() -> None:
    """Make glibc keep freed blocks instead of returning them to the system; no effect with another C library.

    The kernel zeroes returned memory and maps it again page by page at the next allocation. On a CPU that takes a
    considerable part of a training step.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        mallopt(_M_TRIM_THRESHOLD, _NO_TRIM)
        mallopt(_M_TOP_PAD, _TOP_PAD)
