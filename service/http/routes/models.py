"""`GET /models`: what is served, as each model's card says."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from latent import ModelCard
from service.engine.repository.models import BUNDLED_MODEL, Model
from service.http.app_context import AppContext, InAppContext
from service.http.openapi import problems
from service.http.problems import ModelNotFound, NotReady
from service.http.query_parameters import no_query_parameters

router = APIRouter(tags=["models"], dependencies=[Depends(no_query_parameters)])


class ServedModel(ModelCard):
    """A model's card, and how it is served."""

    sha256: str = Field(description="Digest of the model's file, hexadecimal.")
    provider: str = Field(description="ONNX Runtime provider that really runs it.")
    encoder: bool = Field(description="Whether `POST /encode` reads its codes off images.")
    default: bool = Field(description="Whether a request that names no model gets this one.")


class ServedModels(BaseModel):
    """Every model served."""

    default: str | None = Field(description="Model of a request that names none.")
    models: list[ServedModel]


@router.get("/models", response_model_exclude_none=True)
async def models(app: InAppContext) -> ServedModels:
    """The cards of all models, by name."""
    repository = app.repository
    served = [_served(app, model) for _, model in sorted(repository.models.items())]
    return ServedModels(default=repository.default, models=served)


@router.get("/models/{name}", response_model_exclude_none=True, responses=problems(ModelNotFound, NotReady))
async def model(
    name: Annotated[str, Path(json_schema_extra={"example": BUNDLED_MODEL})], app: InAppContext
) -> ServedModel:
    """One model's card."""
    return _served(app, app.repository.get(name))


def _served(app: AppContext, model: Model) -> ServedModel:
    generator = model.generator
    fields = {name: getattr(model.card, name) for name in ModelCard.model_fields}
    return ServedModel(
        **fields,
        sha256=generator.sha256,
        provider=generator.provider,
        encoder=app.encoders.has(model),
        default=model.card.name == app.repository.default,
    )
