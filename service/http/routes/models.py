"""`GET /models`: what is served, as each model's card says."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from latent import ModelCard
from service.engine.repository.models import BUNDLED_MODEL, Model
from service.http.context import Context, InContext
from service.http.query import none

router = APIRouter(tags=["models"], dependencies=[Depends(none)])


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
async def models(context: InContext) -> ServedModels:
    """The cards of all models, by name."""
    repository = context.repository
    served = [_served(context, model) for _, model in sorted(repository.models.items())]
    return ServedModels(default=repository.default, models=served)


@router.get("/models/{name}", response_model_exclude_none=True)
async def model(
    name: Annotated[str, Path(json_schema_extra={"example": BUNDLED_MODEL})], context: InContext
) -> ServedModel:
    """One model's card."""
    return _served(context, context.repository.get(name))


def _served(context: Context, model: Model) -> ServedModel:
    generator = model.generator
    fields = {name: getattr(model.card, name) for name in ModelCard.model_fields}
    return ServedModel(
        **fields,
        sha256=generator.sha256,
        provider=generator.provider,
        encoder=context.encoders.has(model),
        default=model.card.name == context.repository.default,
    )
