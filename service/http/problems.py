"""Every error a client can meet, as RFC 9457 `application/problem+json`: its status, its title, when it is raised.

`service.http.exception_handlers` says which exceptions of the engine and the data sets become which problem.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from service.http.problem_document import Problem, field_error


class InvalidJson(Problem):
    """The body cannot be read as JSON."""

    status, kind, title = 400, "not-json", "The body is not JSON"


class MalformedRequest(Problem):
    """The bytes received are no HTTP/1.1 request."""

    status, kind, title = 400, "malformed-request", "The request is not HTTP/1.1"

    def __init__(self) -> None:
        super().__init__("the bytes received are not a request as RFC 9112 defines it")


class MissingKey(Problem):
    """The request carries no API key, and needs one."""

    status, kind, title = 401, "no-key", "An API key is needed"

    def __init__(self) -> None:
        expected = "must be `Bearer` and an API key"
        headers = {"WWW-Authenticate": "Bearer"}
        super().__init__(f"Authorization {expected}", [field_error("Authorization", None, expected)], headers)


class UnknownKey(Problem):
    """The key file does not list the request's API key."""

    status, kind, title = 401, "unknown-key", "The API key is not known"

    def __init__(self) -> None:
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}  # RFC 6750, section 3.1
        super().__init__("the API key in Authorization is not known here", headers=headers)


class ModelNotFound(Problem):
    """A request names a model that is not served."""

    status, kind, title = 404, "no-such-model", "No such model"


class ShardNotFound(Problem):
    """A data set has no file of this name, or ends before it."""

    status, kind, title = 404, "no-such-shard", "No such shard"


class MethodNotAllowed(Problem):
    """`CONNECT`, which is for proxies. The paths' own methods are checked by their routes."""

    status, kind, title = 405, "method-not-allowed", "Method Not Allowed"

    def __init__(self) -> None:
        super().__init__("no path answers CONNECT", headers={"Allow": "GET, HEAD, POST"})


class CorpusNotFound(Problem):
    """A corpus was never sent here, or is no longer kept."""

    status, kind, title = 404, "no-such-corpus", "No such corpus"


class NotAcceptable(Problem):
    """The path offers no format that the request's `Accept` allows."""

    status, kind, title = 406, "not-acceptable", "No form fits the Accept header"


class RequestTimeout(Problem):
    """The client has not sent its request in time."""

    status, kind, title = 408, "request-timeout", "The request did not come in time"

    def __init__(self, part: str, seconds: float) -> None:
        super().__init__(f"the {part} of a request must be sent within {seconds:g} s")


class BodyTooLarge(Problem):
    """The body has more bytes than `INKCODE_MAX_BODY`."""

    status, kind, title = 413, "body-too-large", "The body is too large"

    def __init__(self, limit: int) -> None:
        expected = f"must have at most {limit} bytes"
        super().__init__(f"the body {expected}", [field_error("body", None, expected)])


class UnsupportedCoding(Problem):
    """The body's `Content-Encoding` is none that is decoded here."""

    status, kind, title = 415, "not-coding", "The body's content coding is not supported"

    def __init__(self, coding: str, supported: Sequence[str]) -> None:
        expected = f"must be {' or '.join(supported)}, or left out"
        errors = [field_error("Content-Encoding", coding, expected)]
        super().__init__(f"Content-Encoding {expected}", errors, {"Accept-Encoding": ", ".join(supported)})


class InvalidCoding(Problem):
    """The body cannot be decoded as its `Content-Encoding` says."""

    status, kind, title = 400, "bad-coding", "The body cannot be decoded"

    def __init__(self, coding: str) -> None:
        expected = f"must be a whole {coding} stream, as Content-Encoding says"
        super().__init__(f"the body {expected}", [field_error("body", None, expected)])


class HostRequired(Problem):
    """A request of HTTP/1.1 has no `Host`, several, or one that is none (RFC 9112, section 3.2)."""

    status, kind, title = 400, "no-host", "One Host header is needed"

    def __init__(self, value: str | None) -> None:
        expected = "must be given once, as a name or address and a port"
        super().__init__(f"Host {expected}", [field_error("Host", value, expected)])


class PreflightRefused(Problem):
    """A web page of this origin may not send such a request."""

    status, kind, title = 400, "not-allowed-origin", "The origin, method or headers are not allowed"


class PreconditionFailed(Problem):
    """The client wants what `If-Match` names, and there is another version now (RFC 9110, section 13.1.1)."""

    status, kind, title = 412, "changed", "The content has another ETag"


class UriTooLong(Problem):
    """The request target has more bytes than `INKCODE_MAX_HEAD`."""

    status, kind, title = 414, "uri-too-long", "The URL is too long"

    def __init__(self, limit: int) -> None:
        expected = f"must have at most {limit} bytes; many words can be sent to /corpora"
        super().__init__(f"the head of a request, its URL included, {expected}")


class JsonTypeRequired(Problem):
    """The body's content type is not JSON's."""

    status, kind, title = 415, "not-json-type", "The body's content type is not JSON"


class TextTypeRequired(Problem):
    """The body's content type is not plain text's."""

    status, kind, title = 415, "not-text-type", "The body's content type is not text"


class ImageTypeRequired(Problem):
    """The body's content type is neither JSON nor an image format that can be decoded."""

    status, kind, title = 415, "not-picture-type", "The body's content type is not an image format"


class RangeNotSatisfiable(Problem):
    """The requested range begins past the end of the content."""

    status, kind, title = 416, "bad-range", "No such range"

    def __init__(self, size: int, errors: Sequence[Mapping[str, object]]) -> None:
        super().__init__(f"there are {size} bytes", errors, {"Content-Range": f"bytes */{size}"})


class InvalidValue(Problem):
    """A value is unknown, missing or out of its range."""

    status, kind, title = 422, "bad-value", "A value does not fit"


class TooManyRequests(Problem):
    """Too many requests wait already; no work was done for this one."""

    status, kind, title = 429, "busy", "Too many requests wait"

    def __init__(self, retry_after: float, what: str = "the queue is full") -> None:
        retry = {"Retry-After": str(max(1, math.ceil(retry_after)))}
        super().__init__(f"{what}; try again in {retry_after:.1f} s", headers=retry)


class HeadTooLarge(Problem):
    """The header section has too many bytes (`INKCODE_MAX_HEAD`) or too many fields."""

    status, kind, title = 431, "head-too-large", "The header section is too large"

    def __init__(self, limit: int, fields: int) -> None:
        super().__init__(f"the head of a request must have at most {limit} bytes and {fields} header fields")


class DeadlineExceeded(Problem):
    """The answer cannot be ready by the deadline; work that had not begun is dropped."""

    status, kind, title = 504, "deadline-passed", "The deadline cannot be met"


class ClientDisconnected(Problem):
    """The client closed the connection before it was answered. Nobody reads it: its status is for the metrics."""

    status, kind, title = 499, "hung-up", "The client disconnected"

    def __init__(self) -> None:
        super().__init__("the client closed the connection")


class InternalError(Problem):
    """The service is at fault, not the request. The response tells nothing of the cause; the log does."""

    status, kind, title = 500, "fault", "A fault of the service"

    def __init__(self) -> None:
        super().__init__("see the log of the service for the cause")


class NotInstalled(Problem):
    """The requested format needs a library that is not installed here."""

    status, kind, title = 501, "not-installed", "This format cannot be written here"


class NotReady(Problem):
    """No model can be served."""

    status, kind, title = 503, "not-ready", "Not ready"


class NotAlive(Problem):
    """A computation has hung for so long that the process should be replaced."""

    status, kind, title = 503, "not-alive", "Not alive"


class TooManyConnections(Problem):
    """As many connections as may be are open, and all of them are in use."""

    status, kind, title = 503, "too-many-connections", "Too many connections"

    def __init__(self) -> None:
        super().__init__("as many connections as may be are open", headers={"Retry-After": "1"})


def invalid_values(errors: Sequence[tuple[str, object, str]]) -> InvalidValue:
    """The problem of values that do not fit, each as field, value, and what was expected."""
    described = [field_error(*error) for error in errors]
    return InvalidValue("; ".join(f"{error['field']}: {error['expected']}" for error in described), described)
