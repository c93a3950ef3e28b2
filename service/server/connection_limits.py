"""What one client may take of the server by connections alone, before any request is whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.settings import Settings

MAX_FIELDS = 128
"""Header fields of one request, at most."""

MAX_UNPARSED = 2**14
"""Bytes received and not parsed yet at which a connection stops reading; one more read may come on top."""

LINGER = 1.0
"""Seconds between a refusal and the close: what the client sends meanwhile is discarded. Closing at once would reset
the connection, and the client could lose the refusal."""


def _ignore(reason: str) -> None:
    pass


@dataclass(frozen=True)
class ConnectionLimits:
    """The bounds of connections. Times are in seconds, sizes in bytes; see the settings of the same names.

    `idle_timeout` is how long a connection may stay without a request. `on_refused` is called with the kind of the
    problem for each connection or request that the protocol itself refuses.
    """

    connections: int = 4096
    max_head: int = 2**16
    head_timeout: float = 10.0
    body_timeout: float = 30.0
    send_timeout: float = 60.0
    idle_timeout: float = 75.0
    on_refused: Callable[[str], None] = _ignore

    @classmethod
    def of(cls, settings: Settings, on_refused: Callable[[str], None]) -> ConnectionLimits:
        """The limits that an operator set."""
        return cls(
            settings.connections,
            settings.max_head,
            settings.head_timeout,
            settings.body_timeout,
            settings.send_timeout,
            on_refused=on_refused,
        )

    @property
    def check_interval(self) -> float:
        """Seconds between two checks of a connection's times: each may be exceeded by so much."""
        return min(1.0, self.head_timeout / 4, self.body_timeout / 4, self.send_timeout / 4)
