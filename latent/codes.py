"""Named values, vectors or a seed -> float32 latents `(n, dim)`.

A variable that a request omits is drawn from its prior, determined by (seed, sample index). Each sample is drawn
completely first and the requested values are then written over it, so that setting one code never changes another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from latent import philox
from latent.spec import BLEND_TOLERANCE, NOISE_LIMIT, Categorical, Continuous, LatentSpec, Noise, nfc

Latents = NDArray[np.float32]
"""Full vectors, `(n, dim)`."""

Value = int | float | str | Sequence[float]
"""A value of one variable: a number, a label, or all numbers of a noise."""

_MAX_INDEX_DIGITS = 9  # of `z.17`: Python refuses to convert a text of thousands of digits


class CodeError(ValueError):
    """A request's value that is invalid for the latent.

    `field` is its path in the request (`codes[3].c1`), `value` the invalid value, `expected` a description of valid
    ones.
    """

    def __init__(self, field: str, value: object, expected: str) -> None:
        super().__init__(f"{field}: got {_abbreviated(value)}; {expected}")
        self.field, self.value, self.expected = field, value, expected


def _abbreviated(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def draw(spec: LatentSpec, seed: int, indices: Sequence[int], truncation: float | None = None) -> Latents:
    """Latents from the prior, float32 `(len(indices), dim)`: row `k` is sample `indices[k]` of `seed`.

    `truncation` is the largest absolute value of the noise, in standard deviations; it does not affect the codes.
    """
    u = philox.uniforms(seed, indices, sum(v.size if isinstance(v, Noise) else 1 for v in spec))
    latents = np.zeros((len(u), spec.dim), np.float32)
    column = 0
    for variable in spec:
        at = spec.slices[variable.name]
        match variable:
            case Noise():
                latents[:, at] = philox.normals(u[:, column : column + variable.size], truncation)
                column += variable.size
            case Categorical():
                values = (u[:, column] * variable.size).astype(np.intp)
                latents[np.arange(len(u)), at.start + values] = 1.0
                column += 1
            case Continuous():
                latents[:, at.start] = variable.low + u[:, column] * (variable.high - variable.low)
                column += 1
    return latents


def assign(spec: LatentSpec, latents: Latents, values: Mapping[str, Value], field: str) -> None:
    """Write named values over every row of `latents`, float32 `(n, dim)`, in place.

    A categorical variable takes an index or a label; a continuous one a number within its `limits`; a noise a list
    of `size` numbers, and `"z.17"` one of them. `field` is the path of the mapping in the request.

    Raises:
        CodeError: an unknown name or an invalid value; its field is `field.name`.
    """
    for name, value in values.items():
        where = f"{field}.{name}" if field else name
        at = columns(spec, name, where)
        variable = spec[name.partition(".")[0]]
        match variable:
            case Categorical():
                latents[:, at] = 0.0
                latents[:, at.start + category(variable, value, where)] = 1.0
            case Continuous():
                latents[:, at] = _number(value, where, *variable.limits)
            case Noise():
                latents[:, at] = check_noise(value, where, at.stop - at.start)


def columns(spec: LatentSpec, name: str, field: str) -> slice:
    """The columns of a full vector that `name` means: a variable's, or one number of a noise (`z.17`).

    Raises:
        CodeError: no such variable; the message lists the valid names.
    """
    if name in spec:
        return spec.slices[name]
    base, _, index = name.partition(".")
    is_index = index.isascii() and index.isdecimal() and len(index) <= _MAX_INDEX_DIGITS
    for noise in spec.noises:
        if base == noise.name and is_index and int(index) < noise.size:
            start = spec.slices[base].start + int(index)
            return slice(start, start + 1)
    raise CodeError(field, name, f"the variables are {', '.join(dim_names(spec))}")


def dim_names(spec: LatentSpec) -> list[str]:
    """The names that `columns` takes, for an error message: a noise's numbers as a range, `z.0 to z.61`."""
    names = [variable.name for variable in spec]
    return names + [f"{noise.name}.0 to {noise.name}.{noise.size - 1}" for noise in spec.noises]


def category(variable: Categorical, value: object, field: str) -> int:
    """The index of a categorical variable's value, from 0 to `size - 1`; `value` is that index or a label.

    A float that is a whole number is an index too: in JSON, 7.0 and 7 are the same number.

    Raises:
        CodeError: out of range, or no such label; the message lists the valid ones.
    """
    if isinstance(value, str):
        if (composed := nfc(value)) in variable.labels:
            return variable.labels.index(composed)
        known = f"the labels are {', '.join(variable.labels)}" if variable.labels else "this model has no labels"
        raise CodeError(field, value, known)
    if isinstance(value, int | float) and not isinstance(value, bool) and value in range(variable.size):
        return int(value)
    raise CodeError(field, value, f"must be a whole number from 0 to {variable.size - 1}, or a label")


def label(spec: LatentSpec, value: str, field: str = "label") -> dict[str, Value]:
    """A label as a named value of the labelled variable: `"7"` -> `{"c1": 7}`.

    Raises:
        CodeError: the model has no labels, or no such label; the message lists the valid ones.
    """
    if spec.labelled is None:
        raise CodeError(field, value, "this model has no labels")
    return {spec.labelled.name: category(spec.labelled, value, field)}


def refuse_label_conflict(values: Mapping[str, Value], labelled: Mapping[str, Value], prefix: str = "") -> None:
    """Check that no variable is given both by name, in `values`, and by a label, which `label` made `labelled` of.

    Raises:
        CodeError: one is.
    """
    for name in values:
        if name in labelled:
            raise CodeError(f"{prefix}{name}", values[name], f"cannot be combined with `label`, which sets {name}")


def from_vectors(spec: LatentSpec, rows: Sequence[Sequence[float]], base: Latents, field: str) -> Latents:
    """Code vectors or full vectors -> latents; row `i` of a code vector takes its noise from row `i` of `base`.

    The numbers of a categorical variable are one-hot or a blend: none negative, sum 1 within `BLEND_TOLERANCE`.
    Shapes: each row has `code_dim` or `dim` numbers, and both may occur in one request; `base` and the result are
    float32 `(n, dim)`.

    Raises:
        CodeError: a wrong length, or a number that is not finite or out of range; its field is `field[row]`, and the
            variable where one is wrong.
    """
    if all(len(row) == spec.dim for row in rows):
        return from_full(spec, rows, field)
    latents = base.astype(np.float64)  # checked in float64: in float32 a large number would overflow
    is_code = np.concatenate([np.full(v.width, not isinstance(v, Noise)) for v in spec])
    for i, row in enumerate(rows):
        where = f"{field}[{i}]"
        if len(row) == spec.dim:
            latents[i] = row
        elif len(row) == spec.code_dim:
            latents[i, is_code] = row
        else:
            raise CodeError(where, f"{len(row)} numbers", f"must have {_lengths(spec)}")
        _check_row(spec, latents[i], where)
    return latents.astype(np.float32)


def from_full(spec: LatentSpec, rows: Sequence[Sequence[float]] | NDArray[np.floating], field: str) -> Latents:
    """Full vectors `(n, dim)` -> latents float32 `(n, dim)`; otherwise as `from_vectors`, but all rows at once.

    Raises:
        CodeError: see `from_vectors`.
    """
    low, high = spec.bounds
    vectors = np.empty((len(rows), spec.dim))  # float64: in float32 a large number would overflow
    vectors[:] = rows
    in_range = np.count_nonzero((low <= vectors) & (vectors <= high)) == vectors.size
    # Summed only where all are finite, since numpy warns of infinity times 0.
    sums = vectors.dot(spec.categorical_mask).ravel().tolist() if in_range else []
    if not in_range or any(abs(total - 1) >= BLEND_TOLERANCE for total in sums):
        for i, row in enumerate(vectors):  # the slow check finds the field to report
            _check_row(spec, row, f"{field}[{i}]")
    return vectors.astype(np.float32)


def _lengths(spec: LatentSpec) -> str:
    full = f"{spec.dim} numbers ({spec.layout()})"
    return f"{spec.code_dim} numbers ({spec.layout(noise=False)}) or {full}" if 0 < spec.code_dim < spec.dim else full


def _check_row(spec: LatentSpec, row: NDArray[np.float64], field: str) -> None:
    for variable in spec:
        part = row[spec.slices[variable.name]]
        where = f"{field}.{variable.name}"
        match variable:
            case Noise():
                check_noise(part.tolist(), where, variable.size)
            case Continuous():
                _number(part.item(), where, *variable.limits)
            case Categorical():
                if not (np.all(part >= 0) and abs(part.sum() - 1) < BLEND_TOLERANCE):
                    expected = f"must be one-hot (or a blend): {variable.size} numbers from 0 to 1 that sum to 1"
                    raise CodeError(where, part.tolist(), expected)


def _number(value: object, field: str, low: float, high: float) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
        return float(value)
    raise CodeError(field, value, f"must be a finite number from {low:g} to {high:g}")


def check_noise(value: object, field: str, size: int) -> NDArray[np.float64]:
    """The numbers of a noise, or of a part of it, float64 `(size,)`; `value` may be one number if `size` is 1.

    Raises:
        CodeError: another length, or a number out of range.
    """
    numbers = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    if len(numbers) != size:
        raise CodeError(field, value, f"must be {size} numbers, got {len(numbers)}")
    return np.array([_number(number, field, -NOISE_LIMIT, NOISE_LIMIT) for number in numbers])
