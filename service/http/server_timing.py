"""How long the stages of an inference took: told to the metrics, the access log and the client."""

from __future__ import annotations

import numpy as np

from service.engine.inference_request import InferenceResult
from service.engine.repository.models import Model
from service.http.app_context import AppContext
from service.http.request_context import RequestContext


def record_stages(
    app: AppContext, context: RequestContext, model: Model, result: InferenceResult[np.uint8], encode_seconds: float
) -> None:
    """Put the images and the seconds of an inference into the request's context, and count them."""
    context.model, context.rows = model.card.name, len(result.rows)
    context.queue, context.inference, context.encode = result.queue_seconds, result.inference_seconds, encode_seconds
    app.metrics.observe_stage("queue", context.queue)
    app.metrics.observe_stage("inference", context.inference)
    app.metrics.observe_stage("encode", context.encode)


def server_timing(context: RequestContext) -> str:
    """The recorded stages in milliseconds, as the header `Server-Timing` (W3C Server Timing)."""
    return (
        f"queue;dur={1e3 * context.queue:.2f}, inference;dur={1e3 * context.inference:.2f}, "
        f"encode;dur={1e3 * context.encode:.2f}"
    )
