"""Integers in JSON: 1.0 is one too, as in JSON Schema (2020-12, core, section 4.2.3)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


AcceptIntegralFloat = BeforeValidator(_whole)
"""To be the last of an integer's annotations."""

Integer = Annotated[int, AcceptIntegralFloat]
