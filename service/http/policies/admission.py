"""Refuses work before it is read, while no model could take it."""

from __future__ import annotations

from service.engine.repository.models import ModelRepository
from service.http.policies.policy import Policy
from service.http.request_context import RequestContext


class Admission(Policy):
    """Refuses `POST /generate` while the queue of every model is full, whichever it is for: 429."""

    def __init__(self, repository: ModelRepository) -> None:
        self._repository = repository

    def on_request(self, context: RequestContext) -> None:
        """Check the queues.

        Raises:
            QueueFullError: all of them are full.
        """
        if context.path == "/generate":
            self._repository.check_capacity()
