"""Lists in one parameter: `3,8`. As in CSV (RFC 4180), an item that has a comma stands in quotes: `"1,234",5`."""

from __future__ import annotations

import csv

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
