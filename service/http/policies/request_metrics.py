"""Counts and times every request for Prometheus."""

from __future__ import annotations

from service.http.policies.policy import Policy
from service.http.problems import InternalError
from service.http.request_context import RequestContext
from service.metrics import Metrics


class RequestMetrics(Policy):
    """Counts requests by route, status and path; the route is a template, so clients cannot invent label values."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def on_end(self, context: RequestContext) -> None:
        """Count the request."""
        status = context.status or InternalError.status
        self._metrics.observe_request(context.route, status, context.served_by, context.elapsed)
