"""The forms an answer can take, and which of them a request asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from fastapi import Request

from service.errors import NotAcceptable, field_error


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


def choose(request: Request, wanted: str | None, offered: Sequence[Form] = STILL) -> Form:
    """The form of the answer: `wanted` where the request names one, else the best of `offered` by its `Accept`.

    An animation is chosen only by a client that accepts no still form: browsers list `image/webp` for every picture.

    Raises:
        NotAcceptable: nothing offered fits the `Accept`.
    """
    if wanted:
        return Form(wanted)
    ranges = list(_ranges(", ".join(request.headers.getlist("accept")) or "*/*"))
    for forms in (STILL, ANIMATED):
        best = max(
            (form for form in forms if form in offered),
            key=lambda form: _preference(ranges, form.media_type),
            default=None,
        )
        if best and _preference(ranges, best.media_type)[0] > 0:
            return best
    raise _not_acceptable(request, offered)


def _not_acceptable(request: Request, offered: Sequence[Form]) -> NotAcceptable:
    expected = f"this path offers {', '.join(form.media_type for form in offered)}"
    value = ", ".join(request.headers.getlist("accept"))
    return NotAcceptable(expected, [field_error("Accept", value, expected)])


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
