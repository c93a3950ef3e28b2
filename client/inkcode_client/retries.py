"""When a request is sent again: the service is busy or not ready, or the connection was lost."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

_BUSY = (429, 503)


@dataclass(frozen=True)
class Retries:
    """How often and after how long a request is sent again.

    A request is sent at most `attempts` times. Before the k-th retry the client waits for what `Retry-After` says, and
    at least for a random time between half of `backoff * 2 ** (k - 1)` seconds and all of it, so that clients that were
    refused together do not come back together. It gives up at once where it would wait for more than `longest` seconds.
    Every request of this client may be sent twice: the service keeps no state of them.
    """

    attempts: int = 6
    backoff: float = 0.5
    longest: float = 60.0

    def wait(self, attempt: int, response: httpx.Response | None) -> float | None:
        """Seconds until the next attempt, after `attempt` of them; None for none.

        `response` is the answer to the last one; None where the connection was lost.
        """
        if attempt >= self.attempts or (response is not None and response.status_code not in _BUSY):
            return None
        backoff = self.backoff * 2 ** (attempt - 1)
        asked = 0.0 if response is None else retry_after(response)
        seconds = max(asked, random.uniform(backoff / 2, backoff))  # noqa: S311 - no secret
        return seconds if seconds <= self.longest else None


def retry_after(response: httpx.Response) -> float:
    """Seconds from now that `Retry-After` says, as a number or as a date (RFC 9110, section 10.2.3); 0 without it."""
    text = response.headers.get("Retry-After", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
