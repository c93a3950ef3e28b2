"""`POST /generate`: images for explicit codes, or a draw. What the fast path does not take is answered here."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from service.http.app_context import InAppContext
from service.http.exception_handlers import detached
from service.http.negotiation import STILL
from service.http.openapi import images_response
from service.http.prepare_generate import Unfinished, prepare
from service.http.problems import InvalidJson, JsonTypeRequired, ModelNotFound, NotAcceptable, NotReady
from service.http.query_parameters import no_query_parameters
from service.http.rendering import RenderPlan, respond
from service.http.request_context import InRequestContext
from service.http.schemas import GENERATE_EXAMPLES, GenerateRequest

PREPARED_KEY = "inkcode.prepared"
"""Where the scope holds what the fast path has prepared of a request that it declined."""

router = APIRouter(tags=["pictures"])

_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": GenerateRequest.model_json_schema(ref_template="#/components/schemas/{model}"),
            "examples": GENERATE_EXAMPLES,
        }
    },
}


@router.post(
    "/generate",
    dependencies=[Depends(no_query_parameters)],
    openapi_extra={"requestBody": _BODY},
    **images_response(STILL, InvalidJson, ModelNotFound, NotAcceptable, JsonTypeRequired, NotReady),
)
async def generate(request: Request, app: InAppContext, context: InRequestContext) -> Response:
    """Images for explicit codes, or drawn by label, fixed codes and seed."""
    prepared = request.scope.get(PREPARED_KEY)
    if prepared is None:
        prepared = prepare(app, context, await request.body())
    plan: RenderPlan = (
        await app.run_in_pool(detached, prepared.finish, app, context) if isinstance(prepared, Unfinished) else prepared
    )
    return await respond(app, context, plan)
