"""What no schema can check: a body's type; query parameters that are unknown, repeated, or codes by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import Request

from latent import CodeError, LatentSpec, codes
from latent.codes import Value
from service.errors import NotJsonType, field_error


def json_alone(request: Request) -> None:
    """Refuse a body that does not say it is JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        expected = "must be application/json"
        raise NotJsonType(f"Content-Type {expected}", [field_error("Content-Type", kind, expected)])


def none(request: Request) -> None:
    """Refuse every query parameter."""
    for name, value in request.query_params.items():
        raise CodeError(name, value, "unknown; this path takes no query parameters")


def once(request: Request) -> None:
    """Refuse a query parameter given twice: which one is meant?"""
    for name in request.query_params:
        values = request.query_params.getlist(name)
        if len(values) > 1:
            raise CodeError(name, values, "must be given once")


def held(spec: LatentSpec, label: str | None, extra: Mapping[str, str], parameters: Sequence[str]) -> dict[str, Value]:
    """The codes that a query holds: `label`, and every parameter that no schema names, `c3=0.5` or `z=0.1,-2,...`.

    `parameters` are the names the schema does know.

    Raises:
        CodeError: no such parameter and no such variable.
    """
    values: dict[str, Value] = {}
    for name, text in extra.items():
        try:
            codes.columns(spec, name, name)
        except CodeError:
            known = f"the parameters are {', '.join(parameters)}, and the variables {', '.join(codes.dims(spec))}"
            raise CodeError(name, text, f"unknown; {known}") from None
        values[name] = _value(text)
    meant = {} if label is None else codes.label(spec, label)
    refuse_both(values, meant)
    return {**values, **meant}


def refuse_both(values: Mapping[str, Value], meant: Mapping[str, Value], prefix: str = "") -> None:
    """Refuse a variable given by name where a label, which means the values `meant`, gives it too."""
    for name in values:
        if name in meant:
            raise CodeError(f"{prefix}{name}", values[name], f"must be left out beside `label`, which is {name}")


def _value(text: str) -> Value:
    """A number or a list of numbers where it reads as one, else a label."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return text
    if len(numbers) > 1:
        return numbers
    return int(numbers[0]) if numbers[0].is_integer() else numbers[0]
