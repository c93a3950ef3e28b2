"""The forms an answer can take, and which of them a request asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache

from fastapi import Request

from service.http.problems import NotAcceptable, field_error


class Form(StrEnum):
    """A form by the name `format` knows it by."""

    PNG = "png"
    JSON = "json"
    ZIP = "zip"
    NPY = "npy"
    GIF = "gif"
    WEBP = "webp"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    Form.PNG: "image/png",
    Form.JSON: "application/json",
    Form.ZIP: "application/zip",
    Form.NPY: "application/x-npy",
    Form.GIF: "image/gif",
    Form.WEBP: "image/webp",
}

STILL = (Form.PNG, Form.JSON, Form.ZIP, Form.NPY)
ANIMATED = (Form.GIF, Form.WEBP)

_REMEMBERED = 200  # characters: clients say few different things, and long ones are not worth the memory


def accepted(request: Request) -> str:
    """The request's `Accept`, all of it."""
    return ", ".join(request.headers.getlist("accept"))


def choose(accept: str, wanted: str | None, offered: tuple[Form, ...] = STILL) -> Form:
    """The form of the answer: `wanted` where the request names one, else the best of `offered` by its `Accept`.

    An animation is chosen only by a client that accepts no still form: browsers list `image/webp` for every picture.

    Raises:
        NotAcceptable: nothing offered fits the `Accept`.
    """
    if wanted:
        return Form(wanted)
    form = _best(accept, offered) if len(accept) <= _REMEMBERED else _best.__wrapped__(accept, offered)
    if form is None:
        expected = f"this path offers {', '.join(form.media_type for form in offered)}"
        raise NotAcceptable(expected, [field_error("Accept", accept, expected)])
    return form


@lru_cache(maxsize=256)
def _best(accept: str, offered: tuple[Form, ...]) -> Form | None:
    ranges = list(_ranges(accept or "*/*"))
    for forms in (STILL, ANIMATED):
        best = max(
            (form for form in forms if form in offered),
            key=lambda form: _preference(ranges, form.media_type),
            default=None,
        )
        if best and _preference(ranges, best.media_type)[0] > 0:
            return best
    return None


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((value for name, _, value in (p.partition("=") for p in parameters) if name == "q"), "1")
        try:
            yield media, min(float(quality), 1.0)
        except ValueError:
            continue  # not a media range: says nothing


def _preference(ranges: Sequence[tuple[str, float]], media_type: str) -> tuple[float, int]:
    """Quality, then specificity, of the most specific range that fits; RFC 9110, section 12.5.1."""
    kind = media_type.partition("/")[0]
    for specificity, pattern in ((2, media_type), (1, f"{kind}/*"), (0, "*/*")):
        qualities = [quality for media, quality in ranges if media == pattern]
        if qualities:
            return max(qualities), specificity
    return 0.0, 0
