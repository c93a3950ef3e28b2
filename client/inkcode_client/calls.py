"""A call: the requests of one method of the clients, written once for the synchronous and the asynchronous client.

A call is a generator that yields requests, receives their responses, and returns the method's result. It does no I/O:
a client does what `steps` tells it, which adds the retries.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar, cast

import httpx

from inkcode_client.problems import ProblemError, problem
from inkcode_client.retries import Retries

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """A request: `path` below the service's address, `params` of its query, and a body, as JSON or as bytes."""

    method: str
    path: str
    params: Mapping[str, str] | None = None
    json: Mapping[str, Any] | None = None
    content: bytes | None = None
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Pause:
    """To wait before the next step."""

    seconds: float


Call = Generator[Request, httpx.Response, T]
Steps = Generator[Request | Pause, httpx.Response | None, T]
"""A call as a client takes it: send a request and give its response, or wait and give None."""


def steps(call: Call[T], retries: Retries) -> Steps[T]:
    """The steps of a call, with its retries.

    Raises:
        ProblemError: the service answered with an error, and the call has no answer to that.
        httpx.TransportError: the connection failed, the last attempt's too.
    """
    try:
        request = next(call)
        while True:
            response = yield from _exchange(request, retries)
            request = call.throw(problem(response)) if response.is_error else call.send(response)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]


def _exchange(request: Request, retries: Retries) -> Steps[httpx.Response]:
    """Send a request until there is an answer that is not to be retried."""
    for attempt in count(1):
        try:
            response = yield request
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            seconds = retries.wait(attempt, None)
            if seconds is None:
                raise
        else:
            response = cast(httpx.Response, response)
            seconds = retries.wait(attempt, response)
            if seconds is None:
                return response
        yield Pause(seconds)
    raise AssertionError  # the attempts are bounded by `retries`


LARGEST_PAGE = 1024
"""Images of the first request of a call, at most: the service's default limit."""


def paged(
    total: int, request: Callable[[int, int, httpx.Response | None], Request], limited: Collection[str]
) -> Call[list[httpx.Response]]:
    """The responses to as few requests as the service allows.

    `request` makes the request for items `start` to `stop`, given the response before. A service with a lower limit
    refuses a page by a field in `limited`; it is asked again for half of it.
    """
    responses: list[httpx.Response] = []
    start, size = 0, min(total, LARGEST_PAGE)
    while start < total:
        try:
            response = yield request(start, min(start + size, total), responses[-1] if responses else None)
        except ProblemError as refused:
            if size == 1 or refused.status != 422 or refused.field not in limited:
                raise
            size //= 2
        else:
            responses.append(response)
            start += size
    return responses
