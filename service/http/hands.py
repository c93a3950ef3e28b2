"""Whose hand lines are written in: a style as numbers, or read by the model's encoder off pictures of characters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, FiniteFloat

from latent import CodeError, Continuous, LatentSpec
from latent.codes import Value, check_noise
from latent.encoder import LOG_VARIANCE
from latent.spec import STYLE
from service.engine.repository.models import Model
from service.http.app_context import AppContext
from service.http.encode_request import decode_text
from service.http.encoding import encode_images, require_encoder
from service.http.request_context import RequestContext
from service.imaging.arrays import Images
from service.imaging.decode import FORMATS, decode_images, decode_inks
from service.imaging.frame_fit import frame_candidates

MAX_PICTURES = 20

_STYLE_LIMIT = 3.0  # standard deviations: hands beyond it are not in the data

_Picture = Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]


class HandParameters(BaseModel):
    """The hand of a request's lines; left out, each line has a hand of its own."""

    style: Annotated[list[FiniteFloat], Field(fail_fast=True)] | None = Field(
        None, description="One hand for all lines: the numbers of the model's noise `style`."
    )
    hand: Annotated[list[_Picture], Field(min_length=1, max_length=MAX_PICTURES)] | None = Field(
        None,
        description=(
            f"One hand for all lines, read off 1 to {MAX_PICTURES} pictures of single characters, cut out with some "
            f"paper around: files in base64 or as data URIs, each {', '.join(FORMATS)}. Any of the printable "
            "characters, dark on light or light on dark."
        ),
    )


async def read_hand(
    app: AppContext, context: RequestContext, model: Model, asked: HandParameters
) -> Mapping[str, Value] | None:
    """The values of variables that the request's hand has; None where each line has its own.

    Raises:
        CodeError: a style of another length, or with numbers out of range; both fields; pictures that cannot be read; a
            model without a style, or without an encoder that reads it.
    """
    spec = model.card.latent
    if asked.style is not None and asked.hand is not None:
        raise CodeError("hand", f"{len(asked.hand)} pictures", "cannot be combined with `style`, which is the hand")
    if asked.style is None and asked.hand is None:
        return None
    field = "style" if asked.style is not None else "hand"
    if spec.style is None:
        raise CodeError(field, None, f"needs a model whose latent has a `style`, and {model.card.name} has none")
    if asked.style is not None:
        return {STYLE: check_noise(asked.style, "style", spec.style.size).tolist()}
    require_encoder(app, model, "hand")
    texts = asked.hand or []

    def read() -> Images:
        named = {f"hand[{i}]": text.encode(errors="replace") for i, text in enumerate(texts)}
        files, card = [(name, decode_text(name, text)) for name, text in named.items()], model.card
        if card.frame is None:
            return decode_images(files, card.image, invert=False, max_bytes=app.settings.max_pixels)
        inks = decode_inks(files, app.settings.max_pixels)
        return np.concatenate([frame_candidates(ink, card.frame, card.image) for ink in inks])

    encoder, result, _ = await context.finish_in_time(encode_images(app, context, model, read, "hand"))
    columns = encoder.session.output_slices
    if STYLE not in columns:
        raise CodeError("hand", None, f"needs an encoder that reads `style`, and that of {model.card.name} does not")
    return combined_hand(spec, columns, _likeliest(spec, columns, result.rows, len(texts)))


def _likeliest(
    spec: LatentSpec, columns: Mapping[str, slice], rows: NDArray[np.float32], pictures: int
) -> NDArray[np.float32]:
    """The row of each picture in which the encoder is the surest of the character, `(pictures, width)`.

    Each picture was encoded at several places on the line.
    """
    places = rows.reshape(pictures, -1, rows.shape[1])
    if spec.labelled is None or spec.labelled.name not in columns:
        return places[:, 0]
    sureness = places[:, :, columns[spec.labelled.name]].max(axis=2)
    return np.asarray(places[np.arange(pictures), sureness.argmax(axis=1)])


def combined_hand(spec: LatentSpec, columns: Mapping[str, slice], rows: NDArray[np.float32]) -> dict[str, Value]:
    """The style and the continuous codes of one hand, by the readings of its pictures, `rows` `(pictures, width)`.

    A code is the mean of its readings. So is the style, where the encoder does not tell its variances. Where it does,
    the readings are normal posteriors under the prior N(0, 1), which draws each of them to 0. Their product, in which
    the prior counts once, is the posterior under all pictures together, and the style is its mean.
    """
    hand: dict[str, Value] = {}
    for variable in spec:
        if variable.name not in columns:
            continue
        read = rows[:, columns[variable.name]].astype(np.float64)
        if isinstance(variable, Continuous):
            hand[variable.name] = min(max(float(read.mean()), variable.low), variable.high)
        elif variable is spec.style:
            name = variable.name + LOG_VARIANCE
            # A reading that tells nothing has the prior's variance, 1; a larger one would be no posterior under it.
            precision = np.maximum(1, np.exp(-rows[:, columns[name]])) if name in columns else None
            mean = read.mean(axis=0) if precision is None else _posterior_mean(read, precision)
            hand[variable.name] = mean.clip(-_STYLE_LIMIT, _STYLE_LIMIT).tolist()
    return hand


def _posterior_mean(means: NDArray[np.float64], precisions: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of the product of normal posteriors under one prior N(0, 1), `(pictures, size)` -> `(size,)`."""
    mean: NDArray[np.float64] = (means * precisions).sum(axis=0) / (1 + (precisions - 1).sum(axis=0))
    return mean
