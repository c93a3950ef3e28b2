"""`--latent`: the variables of a generator's input, one word each, as in `z:100 c1:10=0,1,2,3,4,5,6,7,8,9 c2:-1..1`."""

from __future__ import annotations

import argparse
import csv
import re
from pathlib import Path

from pydantic import ValidationError

from latent.spec import Categorical, Continuous, LatentSpec, Noise, Variable

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})")


def variable(text: str) -> Variable:
    """A type for argparse: one variable of the latent.

    `z:100` is noise, 100 numbers from the normal distribution; `c1:10` a categorical code of 10 values, one-hot, and
    `c1:10=0,1,2,...` one with labels, in quotation marks where they contain a comma, or `@FILE` with a label per line;
    `c2:-1..1` a continuous code with its range. The first letter decides between noise (`z`, or the name `noise`) and a
    code.

    Raises:
        ArgumentTypeError: it is none of these.
    """
    name, colon, value = text.partition(":")
    size, equals, labels = value.partition("=")
    try:
        if bounds := _RANGE.fullmatch(value):
            return Continuous(name=name, low=float(bounds[1]), high=float(bounds[2]))
        if colon and size.isdecimal() and name.startswith(("z", "noise")) and not equals:
            return Noise(name=name, size=int(size))
        if colon and size.isdecimal():
            return Categorical(name=name, size=int(size), labels=_labels(labels) if equals else ())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise argparse.ArgumentTypeError(f"{text!r}: {place + ': ' if place else ''}{first['msg']}") from None
    raise argparse.ArgumentTypeError(f"{text!r}: give noise as z:100, labels as c1:10=0,1,2,..., a range as c2:-1..1")


def spec(variables: list[Variable]) -> LatentSpec:
    """The latent of these variables, in their order.

    Raises:
        ArgumentTypeError: two have the same name, or two are noise.
    """
    try:
        return LatentSpec(variables=tuple(variables))
    except ValidationError as error:
        raise argparse.ArgumentTypeError(f"--latent: {error.errors()[0]['msg']}") from None


def _labels(text: str) -> tuple[str, ...]:
    if text.startswith("@"):
        try:
            return tuple(Path(text[1:]).read_text("utf-8").splitlines())
        except (OSError, UnicodeDecodeError) as error:
            raise argparse.ArgumentTypeError(f"{text[1:]}: not UTF-8 text ({error})") from None
    return tuple(next(csv.reader([text]), []))
