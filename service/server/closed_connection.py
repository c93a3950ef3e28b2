"""Whether a client has closed its connection, while nothing is read from it."""

from __future__ import annotations

import asyncio
import select

_CLOSED = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR  # POLLRDHUP: Linux alone has it


def has_hung_up(transport: asyncio.BaseTransport) -> bool:
    """Whether the client has closed the connection of this transport, even where data of it are still unread.

    A transport whose reading is paused does not notice the end of the stream.
    """
    socket = transport.get_extra_info("socket")
    if socket is None or socket.fileno() < 0:
        return False
    poll = select.poll()
    poll.register(socket.fileno(), _CLOSED)
    return any(events & _CLOSED for _, events in poll.poll(0))
