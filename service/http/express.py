"""`POST /generate` without the framework's rounds, which cost more than some pictures: what the lane leaves, by ASGI.

What it takes is answered by the same schema, plan and encoders as the route that the documentation shows. What does
not fit at a glance goes on to that route, body and all: whatever there is to refuse is refused and worded there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import from_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from latent import CodeError
from service.engine.repository.models import NotReadyError, UnknownModelError
from service.http.context import Context
from service.http.deadline import DEADLINE, Caller
from service.http.negotiation import Form, choose
from service.http.problems import ANSWERED, HungUp, Problem, respond
from service.http.rendering import Order, answer
from service.http.routes import generate
from service.http.schemas import GenerateRequest

# What is read and planned on the loop, in under a millisecond. A thread would hold the interpreter as long, and the
# two of them would first have to pass it to and fro.
SMALL = 2**17  # bytes of a body
FEW = 64  # rows

_ROUTE = next(route for route in generate.router.routes if getattr(route, "path", "") == "/generate")
_DEADLINE = DEADLINE.lower().encode()


class UnusualError(Exception):
    """Something is unusual or wrong; the framework's route will tell."""


class Express:
    """Answers what is plain of `POST /generate`, and passes everything else on."""

    def __init__(self, app: ASGIApp, context: Context) -> None:
        self._app, self._context = app, context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/generate" or scope["method"] != "POST":
            return await self._app(scope, receive, send)
        scope["route"] = _ROUTE
        try:
            self._context.repository.check_capacity()
            body = await _read(receive)
            try:
                order, form, caller = await self._understand(scope, receive, body)
            except (UnusualError, ValidationError, ValueError, CodeError, Problem, NotReadyError, UnknownModelError):
                return await self._app(scope, _replayed(body, receive), send)
            response = await answer(self._context, order, form, caller)
        except ANSWERED as error:
            response = await respond(scope, error)
        return await response(scope, receive, send)

    async def _understand(self, scope: Scope, receive: Receive, body: bytes) -> tuple[Order, Form, Caller]:
        context = self._context
        accept, within = read_headers(dict(scope["headers"]), context.settings.deadline)
        if scope["query_string"]:
            raise UnusualError
        request = await context.do(len(body) <= SMALL, parse, body)
        model = context.repository.get(request.model)
        form = choose(accept, request.format)
        model.batcher.check_capacity()
        few = generate.count(request)[0] <= FEW
        order = await context.do(few, generate.plan, request, model, context.settings)
        return order, form, Caller(receive, within, context.patience)


def read_headers(headers: Mapping[bytes, bytes], most: float) -> tuple[str, float]:
    """What a request accepts, and the seconds it waits, `most` at most.

    Raises:
        UnusualError: its body is no JSON.
        ValueError: its deadline is none.
    """
    if headers.get(b"content-type") != b"application/json":
        raise UnusualError
    given = headers.get(_DEADLINE)
    within = most if given is None else float(given)
    if not 0 < within < math.inf:
        raise UnusualError
    return headers.get(b"accept", b"").decode("latin-1"), min(within, most)


def parse(body: bytes) -> GenerateRequest:
    """A body's JSON, by its schema.

    Raises:
        ValueError: it is none, or does not fit.
    """
    return GenerateRequest.model_validate(from_json(body))


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HungUp("the body ends half-way")
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The request's messages from the beginning."""
    read = False

    async def again() -> Message:
        nonlocal read
        if read:
            return await receive()
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
