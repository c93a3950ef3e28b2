"""One line of JSON for each request."""

from __future__ import annotations

import json
import logging
import time

from service.http.policies.policy import Policy
from service.http.problems import InternalError
from service.http.request_context import RequestContext

PROBES = frozenset(
    {
        "/livez",
        "/readyz",
        "/metrics",
        "/v2/health/live",
        "/v2/health/ready",
        "/inference.GRPCInferenceService/ServerLive",
        "/inference.GRPCInferenceService/ServerReady",
    }
)
"""Routes that machines ask every few seconds: they are not logged, and they need no API key."""

_log = logging.getLogger("inkcode.access")


class AccessLog(Policy):
    """Logs every request but probes. Times are in milliseconds."""

    def on_end(self, context: RequestContext) -> None:
        """Write the line."""
        if context.path in PROBES:
            return
        line = {
            "time": round(time.time(), 3),
            "id": context.request_id,
            "method": context.method,
            "route": context.route,
            "status": context.status or InternalError.status,
            "bytes": context.response_bytes,
            "ms": _ms(context.elapsed),
            "path": context.served_by,
        }
        if context.rows:
            line |= {
                "model": context.model,
                "rows": context.rows,
                "queue_ms": _ms(context.queue),
                "inference_ms": _ms(context.inference),
                "encode_ms": _ms(context.encode),
            }
        if context.key:
            line["key"] = context.key
        _log.info(json.dumps(line))


def _ms(seconds: float) -> float:
    return round(1e3 * seconds, 2)
