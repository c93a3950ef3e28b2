"""`generate`, `traverse`, `interpolate`: images from codes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkcode_client.calls import Call, Request, paged
from inkcode_client.connection import Connection, given
from inkcode_client.pictures import decode_base64, to_pil
from inkcode_client.problems import ModelChangedError

Value = float | str | Sequence[float]
"""The value of a code: a number, a label, or the numbers of a whole variable."""

Row = Mapping[str, Value] | Sequence[float]
"""The codes of one image: by name, `{"c1": 7, "c2": 0.5}`, or as a code vector or a full vector."""


@dataclass(frozen=True)
class Drawing:
    """Images, uint8 `(n, H, W)` or `(n, H, W, 3)`; 0 is black.

    `model` is the name of the model and the digest of its file, and `seed` the seed: with these, the same call gives
    the same images. `codes` and `labels` are those of each image, if they were asked for.
    """

    images: NDArray[np.uint8]
    model: str
    seed: int
    codes: tuple[dict[str, Any], ...] | None = None
    labels: tuple[str | None, ...] | None = None

    def __len__(self) -> int:
        return len(self.images)

    def to_pil(self) -> list[Image.Image]:
        """The images as PIL images."""
        return [to_pil(image) for image in self.images]


@dataclass(frozen=True)
class Traversal:
    """Images, uint8 `(rows, steps, H, W)` or `(rows, steps, H, W, 3)`, with the codes of each, `codes[row][step]`."""

    images: NDArray[np.uint8]
    model: str
    seed: int
    codes: tuple[tuple[dict[str, Any], ...], ...]

    def to_pil(self) -> list[list[Image.Image]]:
        """The images as PIL images."""
        return [[to_pil(image) for image in row] for row in self.images]


def generate(
    server: Connection,
    n: int | None = None,
    *,
    codes: Sequence[Row] | None = None,
    label: str | Sequence[str] | None = None,
    fixed: Mapping[str, Value] | None = None,
    seed: int | None = None,
    first: int = 0,
    truncation: float | None = None,
    model: str | None = None,
    with_codes: bool = False,
) -> Call[Drawing]:
    """Images for explicit `codes`, one each, or `n` drawn ones: of a label or of several in turn, with `fixed` codes.

    Sample i of a seed is always the same image. More images than the service gives at once take several requests, from
    `first` on. Without a seed, the service draws one. `truncation` bounds the noise, in standard deviations. With
    `with_codes`, the codes and the label of each image are fetched too, which takes longer.

    Raises:
        ValueError: no images are asked for.
        ProblemError: a value does not fit the model, or the service is busy for too long.
        ModelChangedError: between two requests, the model was replaced.
    """
    total = _number(n, codes, label)
    shared = given(label=label, fixed=fixed, truncation=truncation, model=model)

    def request(start: int, stop: int, before: httpx.Response | None) -> Request:
        rows = {"n": stop - start} if codes is None else {"codes": list(map(_plain, codes[start:stop])), **given(n=n)}
        known = seed if before is None else int(before.headers["Inkcode-Seed"])
        body = {**shared, **rows, **given(seed=known), "first": first + start}
        return Request("POST", "generate", json={**body, "format": "json" if with_codes else "npy"})

    responses = yield from paged(total, request, ("n", "codes", "scale"))
    return _drawing(responses, with_codes)


def traverse(
    server: Connection,
    dim: str,
    *,
    start: float | None = None,
    stop: float | None = None,
    steps: int | None = None,
    rows: int | None = None,
    seed: int = 0,
    label: str | None = None,
    fixed: Mapping[str, Value] | None = None,
    truncation: float | None = None,
    model: str | None = None,
) -> Call[Traversal]:
    """A walk along one variable, `c2` or one number of the noise, `z.17`, for each category or for samples of a seed.

    What is left out is the variable's range, 11 steps or a categorical's values, and a row for each category.

    Raises:
        ProblemError: a value does not fit the model.
    """
    query = {**given(start=start, stop=stop, steps=steps, rows=rows), "dim": dim, "seed": seed}
    response = yield _walk("traverse", {**query, **given(label=label, truncation=truncation, model=model)}, fixed)
    document = response.json()
    entries = document["images"]
    count = len({entry["index"] for entry in entries})
    images = np.stack([decode_base64(entry["png"]) for entry in entries])
    codes = [entry["codes"] for entry in entries]
    width = len(entries) // count
    return Traversal(
        images.reshape(count, width, *images.shape[1:]),
        document["model"],
        document["seed"],
        tuple(tuple(codes[first : first + width]) for first in range(0, len(codes), width)),
    )


def interpolate(
    server: Connection,
    start: int,
    stop: int,
    *,
    steps: int = 11,
    label: str | None = None,
    fixed: Mapping[str, Value] | None = None,
    truncation: float | None = None,
    model: str | None = None,
) -> Call[Drawing]:
    """`steps` images on a walk from the first sample of seed `start` to that of seed `stop`, both included.

    The drawing's `seed` is `start`.

    Raises:
        ProblemError: a value does not fit the model.
    """
    query = {"from": start, "to": stop, "steps": steps, **given(label=label, truncation=truncation, model=model)}
    response = yield _walk("interpolate", query, fixed)
    return _drawing([response], with_codes=True)


def _number(n: int | None, codes: Sequence[Row] | None, label: str | Sequence[str] | None) -> int:
    """How many images are asked for."""
    labels = 1 if label is None or isinstance(label, str) else len(label)
    number = len(codes) if codes is not None else labels if n is None else n
    if number < 1:
        raise ValueError(f"{number} images are asked for; at least 1 must be")
    return number


def _plain(row: Row) -> Mapping[str, Any] | list[float]:
    """A row as JSON can carry it; vectors may be arrays."""
    if isinstance(row, Mapping):
        return {name: value if isinstance(value, str | float | int) else list(value) for name, value in row.items()}
    return [float(number) for number in row]


def _walk(path: str, query: Mapping[str, Any], fixed: Mapping[str, Value] | None) -> Request:
    held = {name: _text(value) for name, value in (fixed or {}).items()}
    return Request("GET", path, {**held, **{name: str(value) for name, value in query.items()}, "format": "json"})


def _text(value: Value) -> str:
    return ",".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)


def _drawing(responses: Sequence[httpx.Response], with_codes: bool) -> Drawing:
    models = {response.headers["Inkcode-Model"] for response in responses}
    if len(models) > 1:
        raise ModelChangedError(f"the model changed between requests: {', '.join(sorted(models))}")
    seed = int(responses[0].headers["Inkcode-Seed"].partition(",")[0])
    if not with_codes:
        arrays = [np.load(io.BytesIO(response.content), allow_pickle=False) for response in responses]
        return Drawing(np.concatenate(arrays), models.pop(), seed)
    entries = [entry for response in responses for entry in response.json()["images"]]
    images = np.stack([decode_base64(entry["png"]) for entry in entries])
    codes, labels = (tuple(entry.get(name) for entry in entries) for name in ("codes", "label"))
    return Drawing(images, models.pop(), seed, codes, labels)
