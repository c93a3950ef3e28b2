"""The number format the networks run in while they learn."""

from __future__ import annotations

from functools import cache

import torch


def autocast(device: torch.device) -> torch.autocast:
    """bfloat16 where `device` computes it natively, float32 elsewhere.

    It halves the time of a step on CPUs with AVX512-BF16 and on recent GPUs; emulated, it only loses digits.
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=_computes_bfloat16(device.type))


@cache
def _computes_bfloat16(kind: str) -> bool:
    if kind == "cuda":
        native: bool = torch.cuda.is_bf16_supported(including_emulation=False)
        return native
    able = torch.cpu.get_capabilities()
    return any(able.get(name) for name in ("avx512_bf16", "amx_bf16", "arm_bf16"))
