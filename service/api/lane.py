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
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from starlette.responses import Response
from starlette.types import Scope

from service.api import generate
from service.api.answer import Order, answer_light, is_light
from service.api.context import Context
from service.api.express import FEW, SMALL, UnusualError, parse, read_headers
from service.api.forms import Form, choose
from service.engine.batcher import QueueFullError
from service.engine.job import Done, Job
from service.errors import ANSWERED, Fault, HungUp, respond
from service.keys import Keys
from service.middleware import check_key

_log = logging.getLogger(__name__)

METHOD, PATH = b"POST", b"/generate"

_SCOPE: Scope = {"type": "http", "method": METHOD.decode(), "path": PATH.decode(), "headers": []}


@dataclass(eq=False, slots=True)
class Taken:
    """A request on its way: when it is `done`, it can be answered. One that was refused has no `job`."""

    done: asyncio.Future[Done[np.uint8]]
    began: float
    job: Job[np.float32, np.uint8] | None = None
    order: Order | None = None
    form: Form = Form.PNG


class Lane:
    """Takes requests and answers them; `under_way` counts those between."""

    def __init__(self, context: Context, keys: Keys | None) -> None:
        self._context, self._keys = context, keys
        self._most = min(SMALL, context.settings.max_body)
        self.under_way = 0

    def take(self, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> Taken | None:
        """A request that waits in the batcher now, or is refused; None for one that is to go the ordinary way."""
        began = time.perf_counter()
        try:
            job, order, form = self._enter(headers, body)
            taken = Taken(job.done, began, job, order, form)
        except QueueFullError as error:
            taken = Taken(asyncio.get_running_loop().create_future(), began)
            taken.done.set_exception(error)
        except Exception:
            return None  # whatever it is: the ordinary way meets it too, and tells
        self.under_way += 1
        return taken

    def _enter(
        self, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> tuple[Job[np.float32, np.uint8], Order, Form]:
        context = self._context
        if len(body) > self._most:
            raise UnusualError
        known = dict(headers)
        if len(known) < len(headers) or (context.settings.origins and b"origin" in known):
            raise UnusualError
        if self._keys:
            check_key(self._keys, known.get(b"authorization", b""))
        accept, within = read_headers(known, context.settings.deadline)
        if b'"model"' not in body:
            context.registry.get(None).batcher.admit()  # before the work of reading what could not be let in
        request = parse(body)
        if generate.count(request)[0] > FEW:
            raise UnusualError
        model = context.registry.get(request.model)
        model.batcher.admit()
        form = choose(accept, request.format)
        order = generate.plan(request, model, context.settings)
        if not model.batcher.in_time(len(order.latents), within) or not is_light(order, form):
            raise UnusualError
        return model.batcher.enter(order.latents, within), order, form

    def answer(self, taken: Taken) -> Response:
        """The answer to a request that is done.

        Raises:
            Exception: what it ended with instead; `tell` says it.
        """
        drawn = taken.done.result()
        return answer_light(self._context, cast(Order, taken.order), taken.form, drawn)

    async def tell(self, error: BaseException) -> Response:
        """The answer where there is no picture."""
        if isinstance(error, ANSWERED):
            return await respond(_SCOPE, error)
        _log.error("no answer to %s %r", _SCOPE["method"], _SCOPE["path"], exc_info=error)
        return Fault("the service's log says more").response()

    def end(self, taken: Taken, status: int) -> None:
        """A request has been answered."""
        self.under_way -= 1
        self._context.metrics.observe(PATH.decode(), status, time.perf_counter() - taken.began)

    def abandon(self, taken: Taken) -> None:
        """The client is gone."""
        if taken.job and taken.order:
            taken.order.model.batcher.leave(taken.job)
        self.end(taken, HungUp.status)
