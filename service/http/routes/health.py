"""`GET /livez`, `/readyz`, `/metrics`: for orchestrators and monitoring."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from service.engine.repository.files import RefusedFile
from service.http.app_context import InAppContext
from service.http.openapi import problems
from service.http.problems import NotAlive, NotReady

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: str = "alive"


class Ready(BaseModel):
    """Models are served; `refused` are the files that are not, encoders and verifiers included, and why."""

    status: str = "ready"
    models: list[str]
    refused: list[RefusedFile]


@router.get("/livez", responses=problems(NotAlive))
async def livez(app: InAppContext) -> Alive:
    """Whether the process answers at all, and its inferences come back: 503 where it should be replaced."""
    if reason := app.repository.not_alive_reason:
        raise NotAlive(reason)
    return Alive()


@router.get("/readyz", responses=problems(NotReady))
async def readyz(app: InAppContext) -> Ready:
    """Whether models are served: 503 with the reason where none can be."""
    repository = app.repository
    refused = [*repository.refused, *app.encoders.refused, *app.verifiers.refused]
    if repository.not_ready_reason:
        raise NotReady(repository.not_ready_reason, refused=[asdict(refusal) for refusal in refused])
    return Ready(models=sorted(repository.models), refused=refused)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(app: InAppContext) -> Response:
    """Everything measured, for Prometheus."""
    # Not in the pool, which may be busy: whoever watches an overloaded service needs an answer.
    content = await asyncio.to_thread(app.metrics.exposition)
    return Response(content, headers={"Content-Type": CONTENT_TYPE_LATEST})
