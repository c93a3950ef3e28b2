"""The shortest way for a small `POST /generate`: no task, no ASGI messages, no framework.

What a server in Python does for a request by its own conventions costs more than a small picture. What is plain is
understood here at once, waits in the batcher without a task of its own, and is answered in one piece. What is not goes
the ordinary way from its first byte, to be refused and worded there. Every rule of that way holds here: keys, limits,
deadlines, metrics, headers.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
from starlette.types import Scope

from service.engine.batcher import QueueFullError
from service.engine.request import InferenceRequest, InferenceResult
from service.http.auth import Keys
from service.http.context import Context
from service.http.express import FEW, SMALL, UnusualError, parse, read_headers
from service.http.middleware import check_key
from service.http.negotiation import Form, choose
from service.http.problems import ANSWERED, Fault, HungUp, respond
from service.http.rendering import Order, answer_light, is_light
from service.http.routes import generate

_log = logging.getLogger(__name__)

METHOD, PATH = b"POST", b"/generate"

_MANY, _LONG = 256, 1024  # heads that are remembered, and their bytes, at most

_SCOPE: Scope = {"type": "http", "method": METHOD.decode(), "path": PATH.decode(), "headers": []}


class Head(NamedTuple):
    """What the lane has to know of a request's head."""

    accept: str
    within: float
    authorization: bytes
    length: int


class Reply(NamedTuple):
    """An answer: the lines of its head but the first, those that every answer has left out, and its body."""

    status: int
    lines: bytes
    body: bytes


@dataclass(eq=False, slots=True)
class Taken:
    """A request on its way: when it is `done`, it can be answered. One that was refused has no `job`."""

    done: asyncio.Future[InferenceResult[np.uint8]]
    began: float
    job: InferenceRequest[np.float32, np.uint8] | None = None
    order: Order | None = None
    form: Form = Form.PNG


class Lane:
    """Takes requests and answers them."""

    def __init__(self, context: Context, keys: Keys | None) -> None:
        self._context, self._keys = context, keys
        self._most = min(SMALL, context.settings.max_body)
        self.heads: dict[bytes, Head] = {}
        """Heads that have been read, byte for byte: a client says much the same each time."""

    def read(self, headers: Sequence[tuple[bytes, bytes]]) -> Head | None:
        """A request's head; None where it has to go the ordinary way."""
        settings, known = self._context.settings, dict(headers)
        if len(known) < len(headers) or (settings.origins and b"origin" in known):
            return None
        try:
            accept, within = read_headers(known, settings.deadline)
        except (UnusualError, ValueError):
            return None
        return Head(accept, within, known.get(b"authorization", b""), int(known.get(b"content-length", -1)))

    def remember(self, said: bytes, head: Head) -> None:
        """Keep what a head said, if it is no secret."""
        if head.authorization or len(said) > _LONG:
            return
        if len(self.heads) == _MANY:
            self.heads.clear()
        self.heads[said] = head

    def take(self, head: Head, body: bytes) -> Taken | None:
        """A request that waits in the batcher now, or is refused; None for one that is to go the ordinary way."""
        began = time.perf_counter()
        try:
            job, order, form = self._enter(head, body)
            taken = Taken(job.future, began, job, order, form)
        except QueueFullError as error:
            taken = Taken(asyncio.get_running_loop().create_future(), began)
            taken.done.set_exception(error)
        except Exception:
            return None  # whatever it is: the ordinary way meets it too, and tells
        return taken

    def _enter(self, head: Head, body: bytes) -> tuple[InferenceRequest[np.float32, np.uint8], Order, Form]:
        context = self._context
        if len(body) > self._most:
            raise UnusualError
        if self._keys:
            check_key(self._keys, head.authorization)
        model = context.repository.get(None)
        if b'"model"' not in body:
            model.batcher.check_capacity()  # before the work of reading what could not be let in
        request = parse(body)
        if generate.count(request)[0] > FEW:
            raise UnusualError
        if request.model is not None:
            model = context.repository.get(request.model)
        form = choose(head.accept, request.format)
        order = generate.plan(request, model, context.settings)
        if not model.batcher.can_finish_within(len(order.latents), head.within) or not is_light(order, form):
            raise UnusualError
        return model.batcher.enqueue(order.latents, head.within), order, form

    def answer(self, taken: Taken) -> Reply:
        """The answer to a request that is done.

        Raises:
            Exception: what it ended with instead; `tell` says it.
        """
        drawn = taken.done.result()
        content, headers = answer_light(self._context, cast(Order, taken.order), taken.form, drawn)
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        return Reply(200, f"{lines}Content-Length: {len(content)}\r\n".encode("latin-1"), content)

    async def tell(self, error: BaseException) -> Reply:
        """The answer where there is no picture."""
        if isinstance(error, ANSWERED):
            response = await respond(_SCOPE, error)
        else:
            _log.error("no answer to %s %r", _SCOPE["method"], _SCOPE["path"], exc_info=error)
            response = Fault("the service's log says more").response()
        return Reply(response.status_code, as_lines(response.raw_headers), bytes(response.body))

    def end(self, taken: Taken, status: int) -> None:
        """A request has been answered."""
        self._context.metrics.observe_request(PATH.decode(), status, time.perf_counter() - taken.began)

    def abandon(self, taken: Taken) -> None:
        """The client is gone."""
        if taken.job and taken.order:
            taken.order.model.batcher.cancel(taken.job)
        self.end(taken, HungUp.status)


def as_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Headers as they are sent."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])
