"""Query parameters: those that are unknown or repeated are refused, and codes are read by name, `c3=0.5`."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fastapi import Request

from latent import CodeError, LatentSpec, codes
from latent.codes import Value


def no_query_parameters(request: Request) -> None:
    """A route's dependency: refuse every query parameter.

    Raises:
        CodeError: there is one.
    """
    for name, value in request.query_params.items():
        raise CodeError(name, value, "unknown; this path takes no query parameters")


def unique_query_parameters(request: Request) -> None:
    """A route's dependency: refuse a query parameter that is given twice.

    Raises:
        CodeError: one is.
    """
    values: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in values:
            raise CodeError(name, [values[name], value], "must be given once")
        values[name] = value


def held_codes(
    spec: LatentSpec, label: str | None, extra: Mapping[str, str], parameters: Collection[str]
) -> dict[str, Value]:
    """The codes that a query holds fixed: `label`, and all parameters beside the schema's, `c3=0.5` or `z=0.1,-2,...`.

    `parameters` are the names that the schema knows.

    Raises:
        CodeError: no such parameter and no such variable, or a variable that `label` gives too.
    """
    values: dict[str, Value] = {}
    for name, text in extra.items():
        try:
            codes.columns(spec, name, name)
        except CodeError:
            known = f"the parameters are {', '.join(parameters)}, and the variables {', '.join(codes.dim_names(spec))}"
            raise CodeError(name, text, f"unknown; {known}") from None
        values[name] = _value(text)
    labelled = {} if label is None else codes.label(spec, label)
    codes.refuse_label_conflict(values, labelled)
    return {**values, **labelled}


def _value(text: str) -> Value:
    """A number or a list of numbers where it reads as one, else a label."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return text
    if len(numbers) > 1:
        return numbers
    return int(numbers[0]) if numbers[0].is_integer() else numbers[0]
