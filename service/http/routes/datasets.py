"""`GET /datasets`: labelled data for training; what there is, and the index of each data set."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from typing_extensions import TypedDict  # typing's own does not suit pydantic before Python 3.12

from service.datasets import index as dataset_index
from service.datasets.default_model import default_model
from service.datasets.engine_adapter import dataset_source, generate_with, run_in, runtime_fingerprint
from service.datasets.formats.registry import SHARD_FORMATS, endings
from service.datasets.plan import DatasetPlan
from service.datasets.spec import DatasetSpec
from service.http.app_context import AppContext, InAppContext
from service.http.etags import is_not_modified, strong_etag
from service.http.openapi import ETAGGED, JSON, file_response, problems
from service.http.plan_dataset import REVALIDATE, InModel, InSpec, limited, plan_dataset, provenance
from service.http.problems import ModelNotFound, NotInstalled, NotReady
from service.http.query_parameters import no_query_parameters, unique_query_parameters
from service.http.request_context import InRequestContext, RequestContext

router = APIRouter(prefix="/datasets", tags=["datasets"])

_WIDS_ENDING = "tar"  # the only one that `wids` reads


class IndexQuery(DatasetSpec):
    """The parameters of a data set, and in which format its shards are to be."""

    format: str = Field("tar", description=f"Ending of the shards' URLs: {', '.join(SHARD_FORMATS)}.")

    @property
    def spec(self) -> DatasetSpec:
        """The parameters of the data set alone."""
        return DatasetSpec.model_validate(self.model_dump(exclude={"format"}, exclude_unset=True))


InIndexQuery = Annotated[IndexQuery, Query()]


class ListedDataset(TypedDict):
    """A model as a source of labelled samples."""

    model: str
    version: Annotated[str, Field(description="`name@sha256[:12]`.")]
    labels: tuple[str, ...]
    formats: Annotated[list[str], Field(description="Endings of the shards.")]
    page_formats: Annotated[list[str], Field(description="Endings of the shards of pages.")]
    verifier: Annotated[str | None, Field(description="The verifier that checks the samples, if there is one.")]
    index: Annotated[str, Field(description="Path of the index.")]


class DatasetList(TypedDict):
    """Every data set."""

    default: Annotated[str | None, Field(description="The model from whose samples others learn best.")]
    datasets: list[ListedDataset]


_PLANNED = ETAGGED | problems(ModelNotFound, NotReady, NotInstalled)


@router.get(
    "",
    dependencies=[Depends(no_query_parameters)],
    **file_response(JSON, document=DatasetList, others=problems(NotReady)),
)
async def datasets(request: Request, app: InAppContext) -> Response:
    """What can be drawn from: every model that has labels. The default is the one whose samples train others best."""
    served = sorted(app.repository.models.items())
    listed: list[ListedDataset] = []
    for _, model in served:
        source = dataset_source(model, app.verifiers, app.pool)
        if source.latent.labelled:
            listed.append(
                {
                    "model": source.card.name,
                    "version": source.version,
                    "labels": source.labelled.labels,
                    "formats": endings(is_pages=False),
                    "page_formats": endings(is_pages=True),
                    "verifier": source.verifier.version if source.verifier else None,
                    "index": f"{request.scope.get('root_path', '')}/datasets/{source.card.name}/index.json",
                }
            )
    document: DatasetList = {"default": default_model(model.card for _, model in served), "datasets": listed}
    return Response(json.dumps(document, ensure_ascii=False).encode(), media_type="application/json")


@router.get(
    "/{model}/index.json",
    dependencies=[Depends(unique_query_parameters)],
    **file_response(JSON, document=dataset_index.IndexDocument, others=_PLANNED),
)
async def index(
    model: InModel,
    query: InIndexQuery,
    request: Request,
    app: InAppContext,
    context: InRequestContext,
) -> Response:
    """The plan of a data set: its shards and labels, and how often its verifier accepts what is drawn first.

    Everything that decides the bytes of a shard stands in the path of its URL. Further parameters are codes: a value to
    hold, `c3=0.5`, or a range to draw from, `c2=-1..1`.
    """
    chosen, plan = await plan_dataset(app, model, query.spec)
    plan.format(query.format)
    prefix = request.scope.get("root_path", "")
    run, charset_url = run_in(app.pool), f"{prefix}/datasets/{plan.source.version}/charset.txt"
    if plan.query_string:
        charset_url += f"?{plan.query_string}"
    accepted = await limited(app, context, lambda: plan.acceptance_rate(generate_with(chosen, context.remaining), run))
    path = plan.shard_paths(runtime_fingerprint(chosen), query.format)
    content = await app.run_in_pool(
        dataset_index.document, plan, accepted, charset_url, lambda number: f"{prefix}/datasets/{path(number)}"
    )
    return await _document(app, context, request, plan, content)


@router.get(
    "/{model}/wids.json",
    dependencies=[Depends(unique_query_parameters)],
    **file_response(JSON, document=dataset_index.WidsDocument, others=_PLANNED),
)
async def wids(
    model: InModel, spec: InSpec, request: Request, app: InAppContext, context: InRequestContext
) -> Response:
    """The shards of a data set as WebDataset's `wids` reads them: at random, and once an epoch over all ranks.

    The parameters are those of `index.json`.
    """
    chosen, plan = await plan_dataset(app, model, spec)
    path = plan.shard_paths(runtime_fingerprint(chosen), _WIDS_ENDING)
    prefix = request.scope.get("root_path", "")
    content = await app.run_in_pool(
        dataset_index.wids_document, plan, lambda number: f"{prefix}/datasets/{path(number)}"
    )
    return await _document(app, context, request, plan, content)


@router.get(
    "/{model}/charset.txt",
    dependencies=[Depends(unique_query_parameters)],
    **file_response("text/plain", others=problems(ModelNotFound, NotReady)),
)
async def charset(model: InModel, spec: InSpec, app: InAppContext, context: InRequestContext) -> Response:
    """Every label of a data set, one a line, in the order of their numbers."""
    _, plan = await plan_dataset(app, model, spec)
    headers = {"Cache-Control": context.cache_control(REVALIDATE), **provenance(plan)}
    return Response(plan.charset, headers=headers, media_type="text/plain; charset=utf-8")


async def _document(
    app: AppContext, context: RequestContext, request: Request, plan: DatasetPlan, content: bytes
) -> Response:
    headers = {
        "ETag": await app.run_in_pool(strong_etag, content),
        "Cache-Control": context.cache_control(REVALIDATE),
        "Vary": "Accept-Encoding",
        **provenance(plan),
    }
    if is_not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")
