"""The protocol's procedures: each takes a message and the request's context, and returns the answering message."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from latent.codes import Latents
from service.engine.repository.models import Model
from service.grpc.messages import from_document, message
from service.grpc.translation import make_response, parse_request
from service.http.app_context import AppContext
from service.http.exception_handlers import detached
from service.http.prepare_generate import SMALL_BODY
from service.http.request_context import RequestContext
from service.http.server_timing import record_stages
from service.open_inference.documents import ServerMetadata
from service.open_inference.infer_request import InferRequest

_FEW = 64  # images whose message is made on the event loop

Procedure = Callable[[Any, RequestContext], Awaitable[Any]]


class OpenInferenceServicer:
    """The procedures of `GRPCInferenceService`, by the names that the protocol has for them.

    What they raise is what routes raise; `service.grpc.calls` makes gRPC's status of it.
    """

    def __init__(self, app: AppContext) -> None:
        self._app, self._data_plane = app, app.data_plane

    def procedures(self) -> dict[str, Procedure]:
        """All of them."""
        return {
            "ServerLive": self._server_live,
            "ServerReady": self._server_ready,
            "ModelReady": self._model_ready,
            "ServerMetadata": self._server_metadata,
            "ModelMetadata": self._model_metadata,
            "ModelInfer": self._infer,
            "ModelConfig": self._model_config,
            "ModelStatistics": self._statistics,
            "RepositoryIndex": self._index,
        }

    async def _server_live(self, given: Any, context: RequestContext) -> Any:
        return message("ServerLiveResponse", live=True)

    async def _server_ready(self, given: Any, context: RequestContext) -> Any:
        return message("ServerReadyResponse", ready=self._data_plane.is_ready)

    async def _model_ready(self, given: Any, context: RequestContext) -> Any:
        if not self._data_plane.is_ready:
            return message("ModelReadyResponse", ready=False)
        self._data_plane.model(given.name, given.version)
        return message("ModelReadyResponse", ready=True)

    async def _server_metadata(self, given: Any, context: RequestContext) -> Any:
        return from_document("ServerMetadataResponse", ServerMetadata())

    async def _model_metadata(self, given: Any, context: RequestContext) -> Any:
        model = self._data_plane.model(given.name, given.version)
        return from_document("ModelMetadataResponse", self._data_plane.metadata(model))

    async def _model_config(self, given: Any, context: RequestContext) -> Any:
        model = self._data_plane.model(given.name, given.version)
        return message("ModelConfigResponse", config=from_document("ModelConfig", self._data_plane.config(model)))

    async def _statistics(self, given: Any, context: RequestContext) -> Any:
        models = [self._data_plane.model(given.name, given.version)] if given.name else []
        statistics = await self._app.run_in_pool(self._data_plane.statistics, *models)
        return from_document("ModelStatisticsResponse", statistics)

    async def _index(self, given: Any, context: RequestContext) -> Any:
        response = message("RepositoryIndexResponse")
        for entry in self._data_plane.index(given.ready):
            response.models.add(**entry.model_dump())
        return response

    async def _infer(self, given: Any, context: RequestContext) -> Any:
        model = self._data_plane.model(given.model_name, given.model_version)
        model.batcher.check_capacity()
        size, app = given.ByteSize(), self._app
        context.hold(app.bodies, size)
        asked, latents = await app.run(size < SMALL_BODY, detached, self._read, model, given)
        context.time_limit = asked.time_limit(context.time_limit)
        is_small = len(latents) <= _FEW
        context.hold(app.responses, 0 if is_small else len(latents) * model.card.image.values)
        result = await model.batcher.submit(latents, context.remaining)
        began = time.perf_counter()
        response = await app.run(is_small, make_response, asked, model, result.rows)
        record_stages(app, context, model, result, time.perf_counter() - began)
        return response

    def _read(self, model: Model, given: Any) -> tuple[InferRequest, Latents]:
        asked, raw = parse_request(given)
        return asked, self._data_plane.latents(model, asked, raw)
