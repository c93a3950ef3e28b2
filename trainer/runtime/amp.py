"""Automatic mixed precision: the number format in which the networks are computed during training."""

from __future__ import annotations

from functools import cache

import torch


def autocast(device: torch.device) -> torch.autocast:
    """Autocast to bfloat16 where `device` computes it natively; disabled (float32) elsewhere.

    bfloat16 halves the time of a step on CPUs with AVX512-BF16 and on recent GPUs. Where it is emulated, it is not
    faster and only loses precision.
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=_supports_bfloat16(device.type))


@cache
def _supports_bfloat16(device_type: str) -> bool:
    if device_type == "cuda":
        native: bool = torch.cuda.is_bf16_supported(including_emulation=False)
        return native
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16", "arm_bf16"))
