"""The deadline of a request: `INKCODE_DEADLINE`, or what the client asks for by `Inkcode-Deadline: SECONDS`."""

from __future__ import annotations

import math

from latent import CodeError
from service.http.policies.policy import Policy
from service.http.request_context import RequestContext

_MAX_LENGTH = 32  # characters; no number of seconds needs more


class Deadline(Policy):
    """Sets `within` of every request: the client's deadline, and `max_seconds` at most."""

    def __init__(self, max_seconds: float) -> None:
        self._max_seconds = max_seconds

    def on_request(self, context: RequestContext) -> None:
        """Read the header.

        Raises:
            CodeError: it is no finite number above 0.
        """
        asked = context.head.deadline
        context.time_limit = min(_seconds(asked), self._max_seconds) if asked else self._max_seconds


def _seconds(text: bytes) -> float:
    try:
        seconds = float(text) if len(text) <= _MAX_LENGTH else math.nan
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise CodeError("Inkcode-Deadline", text.decode("latin-1"), "must be a number of seconds above 0")
    return seconds
