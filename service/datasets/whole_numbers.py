"""Integers that a query writes with an exponent: `n=1e3`, as JSON has them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from pydantic import BaseModel

_WITH_EXPONENT = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?[eE][+-]?\d{1,3}", re.ASCII)


def read_exponents(cls: type[BaseModel], content: Any) -> Any:
    """A query's content, with integers for the texts of the integer fields of `cls` that mean one.

    For `model_validator(mode="before")`; pydantic reads `1000` and `1000.0` itself. Content that is not a query's, or
    of a strict model, is left as it is.
    """
    if not isinstance(content, dict) or cls.model_config.get("strict"):
        return content
    return content | {
        name: int(float(value))
        for name in _integer_fields(cls) & content.keys()
        if isinstance(value := content[name], str) and _WITH_EXPONENT.fullmatch(value) and float(value).is_integer()
    }


@cache
def _integer_fields(model: type[BaseModel]) -> frozenset[str]:
    fields = model.model_fields.items()
    return frozenset(field.alias or name for name, field in fields if field.annotation in (int, int | None))
