"""`POST /generate` from its head and body to a plan: the one description that the fast path and the route share.

`prepare` runs on the event loop, so it does only what takes well under a millisecond. What is larger it leaves
`Unfinished`, with all that was parsed: the route finishes it in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.http.app_context import AppContext
from service.http.json_body import parse_json, require_json
from service.http.negotiation import negotiate, negotiate_coding
from service.http.plan_generate import count_rows, plan_generation
from service.http.rendering import RenderPlan
from service.http.request_context import RequestContext
from service.http.schemas import GenerateRequest

SMALL_BODY = 2**16
"""Bytes of a body that is parsed on the event loop."""

FEW_ROWS = 64
"""Rows whose latents are drawn on the event loop."""

Reason = Literal["body", "rows", "encoding"]
"""What is too large for the event loop: the body, the rows to draw, or the response to encode."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A request that is prepared as far as the event loop may do it."""

    reason: Reason
    body: bytes
    request: GenerateRequest | None = None
    plan: RenderPlan | None = None

    def finish(self, app: AppContext, context: RequestContext) -> RenderPlan:
        """Do the rest; to be run in a thread.

        Raises:
            Exception: as `prepare` does.
        """
        if self.plan:
            return self.plan
        request = self.request or parse_json(GenerateRequest, self.body)
        model = app.repository.get(request.model)
        model.batcher.check_capacity()
        return plan_generation(request, model, negotiate(context.head.accept, request.format), app.settings)


def prepare(app: AppContext, context: RequestContext, body: bytes) -> RenderPlan | Unfinished:
    """The plan of a request; the policies have let it in.

    Raises:
        JsonTypeRequired: the body's content type is another.
        InvalidJson: the body is not JSON.
        RequestValidationError: a value does not fit the schema.
        CodeError: a value does not fit the model.
        UnknownModelError, NotReadyError: there is no such model, or none can be served.
        NotAcceptable: no format fits the `Accept`.
        QueueFullError: the model's queue is full.
    """
    require_json(context.head)
    if len(body) > SMALL_BODY:
        return Unfinished("body", body)
    model = app.repository.get(None)
    if b'"model"' not in body:
        # For the default model: under overload, refuse before spending time on parsing.
        model.batcher.check_capacity()
    request = parse_json(GenerateRequest, body)
    if count_rows(request)[0] > FEW_ROWS:
        return Unfinished("rows", body, request)
    if request.model is not None:
        model = app.repository.get(request.model)
    plan = plan_generation(request, model, negotiate(context.head.accept, request.format), app.settings)
    if not plan.is_light or (plan.may_be_compressed and negotiate_coding(context.head.accept_encoding)):
        return Unfinished("encoding", body, request, plan)
    return plan
