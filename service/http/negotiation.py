"""The formats of a response, and which of them a request asks for (RFC 9110, section 12)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache

from service.http.problems import NotAcceptable, field_error


class ResponseFormat(StrEnum):
    """A format by its name in `format`."""

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
    ResponseFormat.PNG: "image/png",
    ResponseFormat.JSON: "application/json",
    ResponseFormat.ZIP: "application/zip",
    ResponseFormat.NPY: "application/x-npy",
    ResponseFormat.GIF: "image/gif",
    ResponseFormat.WEBP: "image/webp",
}

STILL = (ResponseFormat.PNG, ResponseFormat.JSON, ResponseFormat.ZIP, ResponseFormat.NPY)
ANIMATED = (ResponseFormat.GIF, ResponseFormat.WEBP)

_CACHED_LENGTH = 200  # characters of an `Accept` that is cached: clients send few different ones


def negotiate(accept: str, wanted: str | None, offered: tuple[ResponseFormat, ...] = STILL) -> ResponseFormat:
    """The format of a response: `wanted` where the request names one, else the best of `offered` by its `Accept`.

    An animation is chosen only where the client accepts no still format: browsers accept `image/webp` for every
    picture.

    Raises:
        NotAcceptable: the `Accept` allows none of `offered`.
    """
    if wanted:
        return ResponseFormat(wanted)
    best = _best(accept, offered) if len(accept) <= _CACHED_LENGTH else _best.__wrapped__(accept, offered)
    if best is None:
        expected = f"this path offers {', '.join(each.media_type for each in offered)}"
        raise NotAcceptable(expected, [field_error("Accept", accept, expected)])
    return best


@lru_cache(maxsize=256)
def _best(accept: str, offered: tuple[ResponseFormat, ...]) -> ResponseFormat | None:
    ranges = list(quality_values(accept or "*/*"))
    for group in (STILL, ANIMATED):
        best = max(
            (each for each in group if each in offered),
            key=lambda each: _preference(ranges, each.media_type),
            default=None,
        )
        if best and _preference(ranges, best.media_type)[0] > 0:
            return best
    return None


def quality_values(accept: str) -> Iterator[tuple[str, float]]:
    """The members of `Accept` or a field like it, in lower case, each with its quality (RFC 9110, section 12.4.2)."""
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((value for name, _, value in (p.partition("=") for p in parameters) if name == "q"), "1")
        try:
            yield media, min(float(quality), 1.0)
        except ValueError:
            continue  # malformed: ignored


def _preference(ranges: Sequence[tuple[str, float]], media_type: str) -> tuple[float, int]:
    """Quality, then specificity, of the most specific range that matches (RFC 9110, section 12.5.1)."""
    kind = media_type.partition("/")[0]
    for specificity, pattern in ((2, media_type), (1, f"{kind}/*"), (0, "*/*")):
        qualities = [quality for media, quality in ranges if media == pattern]
        if qualities:
            return max(qualities), specificity
    return 0.0, 0
