"""The formats and codings of a response, and which of them a request asks for (RFC 9110, section 12)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache

from service.http.problem_document import field_error
from service.http.problems import NotAcceptable


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

CODINGS = ("gzip", "deflate")
"""The content codings of bodies and of large answers, the preferred one first."""

COMPRESSIBLE = frozenset({"application/json", "application/octet-stream", ResponseFormat.NPY.media_type})
"""The types of answers that are compressed; `application/octet-stream` are the Open Inference Protocol's tensors."""

MIN_COMPRESSED = 2**14
"""Bytes from which on an answer is compressed."""

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
    ranges = list(_ranges(accept or "*/*"))
    for group in (STILL, ANIMATED):
        best = max(
            (each for each in group if each in offered),
            key=lambda each: _preference(ranges, each.media_type),
            default=None,
        )
        if best and _preference(ranges, best.media_type)[0] > 0:
            return best
    return None


def negotiate_coding(accept_encoding: str) -> str | None:
    """The content coding of a large answer by the request's `Accept-Encoding`; None for none."""
    if not accept_encoding:
        return None
    cached = len(accept_encoding) <= _CACHED_LENGTH
    return _best_coding(accept_encoding) if cached else _best_coding.__wrapped__(accept_encoding)


@lru_cache(maxsize=256)
def _best_coding(accept_encoding: str) -> str | None:
    qualities = dict(_ranges(accept_encoding))
    others = qualities.get("*", 0.0)
    best = max(CODINGS, key=lambda coding: qualities.get(coding, others))
    quality = qualities.get(best, others)
    return best if quality > 0 and quality >= qualities.get("identity", 0.0) else None


def vary(response_format: ResponseFormat) -> str:
    """The request headers that decide a cached answer in this format, as `Vary`."""
    return "Accept, Accept-Encoding" if response_format.media_type in COMPRESSIBLE else "Accept"


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
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
