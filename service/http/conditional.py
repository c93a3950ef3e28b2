"""Conditional and range requests: `If-Match`, `If-None-Match`, `Range`, `If-Range` (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import Request, Response

from service.http.problem_document import field_error
from service.http.problems import PreconditionFailed, RangeNotSatisfiable

_RANGE = re.compile(r"bytes=\s*(\d*)-(\d*)\s*", re.ASCII | re.IGNORECASE)
_MAX_DIGITS = 18  # of a position; one with more is past the end of any content


def has_current(request: Request, etag: str) -> bool:
    """Whether `If-None-Match` says that the client has what `etag` names, a strong one.

    Raises:
        PreconditionFailed: `If-Match` names others alone.
    """
    wanted = ",".join(request.headers.getlist("if-match"))
    if wanted and not {"*", etag} & {tag.strip() for tag in wanted.split(",")}:
        raise PreconditionFailed("it has another ETag", [field_error("If-Match", wanted, f"it is {etag}")])
    held = [tag.strip().removeprefix("W/") for tag in ",".join(request.headers.getlist("if-none-match")).split(",")]
    return "*" in held or etag in held


def range_response(request: Request, content: bytes, headers: Mapping[str, str], media_type: str) -> Response:
    """The whole of `content`, or the one range of it that is asked for; `headers` hold its strong ETag.

    A request for several ranges is answered with the whole, as the RFC allows.

    Raises:
        RangeNotSatisfiable: the range begins past the end.
    """
    headers = dict(headers)
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if not asked or asked.groups() == ("", "") or request.headers.get("if-range", headers["ETag"]) != headers["ETag"]:
        return Response(content, headers=headers, media_type=media_type)
    first, last = asked.groups()
    size = len(content)
    start = _position(first) if first else max(0, size - _position(last))
    stop = min(size, _position(last) + 1) if first and last else size
    if first and last and _position(last) < _position(first):
        return Response(content, headers=headers, media_type=media_type)  # an invalid range is ignored
    if start >= size:
        raise RangeNotSatisfiable(
            size, [field_error("Range", request.headers["range"], f"the content has {size} bytes")]
        )
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return Response(content[start:stop], 206, headers, media_type)


def _position(digits: str) -> int:
    """A position of a range. The RFC bounds its digits by nothing, and Python converts at most 4,300."""
    digits = digits.lstrip("0")
    return int(digits or "0") if len(digits) <= _MAX_DIGITS else 10**_MAX_DIGITS
