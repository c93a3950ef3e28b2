"""What a request's header section says, read once and in the same way on every path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

Headers = Sequence[tuple[bytes, bytes]]
"""Header fields in the order they came, names in lower case, as ASGI has them."""


@dataclass(slots=True)
class RequestHead:
    """The headers that decide how a request is handled.

    `content_type` is the body's media type without its parameters, in lower case; `deadline`, `authorization` and
    `request_id` are as they were sent, empty where they were not. `content_coding` is the body's `Content-Encoding`, in
    lower case, empty where it is not encoded. `host` is None where there is none.
    """

    accept: str
    content_type: str
    deadline: bytes
    authorization: bytes
    request_id: bytes
    origin: bytes
    host: bytes | None
    content_coding: str
    accept_encoding: str

    @classmethod
    def parse(cls, headers: Headers) -> RequestHead:
        """Read headers; a field sent on several lines is one list, joined by commas (RFC 9110, section 5.3)."""
        fields = dict(headers)
        if len(fields) < len(headers):
            fields = _joined(headers)
        field = fields.get
        return cls(
            field(b"accept", b"").decode("latin-1"),
            _media_type(field(b"content-type", b"")),
            field(b"inkcode-deadline", b""),
            field(b"authorization", b""),
            field(b"x-request-id", b""),
            field(b"origin", b""),
            field(b"host"),
            _content_coding(field(b"content-encoding", b"")),
            field(b"accept-encoding", b"").decode("latin-1"),
        )


def _joined(headers: Headers) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for name, value in headers:
        fields[name] = fields[name] + b", " + value if name in fields else value
    return fields


@lru_cache(maxsize=64)
def _media_type(content_type: bytes) -> str:
    return content_type.partition(b";")[0].strip().lower().decode("latin-1")


@lru_cache(maxsize=64)
def _content_coding(content_encoding: bytes) -> str:
    coding = content_encoding.strip().lower().decode("latin-1")
    return "" if coding == "identity" else coding
