"""Lists in one parameter: `3,8`. As in CSV (RFC 4180), an item that has a comma stands in quotes: `"1,234",5`."""

from __future__ import annotations

import csv
import math

from latent import CodeError


def split(text: str, field: str) -> list[str]:
    """The items of a list; within quotes, a quote is written twice.

    Raises:
        CodeError: a quote that is not closed, or text after a closing quote.
    """
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise CodeError(field, text, f'must be items separated by commas, `"1,234",5`: {error}') from None


def weights(text: str, field: str, expected: str) -> dict[str, float]:
    """The weights of a list of items, `7:2,1:0.5`, by item.

    Raises:
        CodeError: a weight below 0 or not finite, or an item that is empty or repeated; `expected` is what it says.
    """
    found: dict[str, float] = {}
    for part in split(text, field):
        item, _, number = part.rpartition(":")
        try:
            weight = float(number)
        except ValueError:
            weight = math.nan
        if not item or item in found or not 0 <= weight < math.inf:
            raise CodeError(field, text, expected)
        found[item] = weight
    return found
