"""Writes a response's head and body in one call of the system."""

from __future__ import annotations

import asyncio
from typing import Any

_LARGE = 2**16  # bytes; a larger piece is written at once and not copied


class CoalescingTransport:
    """A transport that sends together what is written within one iteration of the event loop.

    uvicorn writes the head and the body of a response separately. That costs two system calls and wakes the client
    twice, which for a small image is much of the cost of the response.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport, self._loop = transport, asyncio.get_running_loop()
        self.is_closing = transport.is_closing
        """Whether the transport is closing; bound here, since it is called several times for each request."""
        self._written: list[bytes] = []
        self._pauses: set[str] = set()

    def pause_reading(self, reason: str = "flow") -> None:
        """Read nothing until all reasons are gone; `flow` is that of uvicorn's flow control."""
        self._pauses.add(reason)
        if not self.is_closing():
            self._transport.pause_reading()

    def resume_reading(self, reason: str = "flow") -> None:
        """One reason to pause is gone."""
        if reason in self._pauses:
            self._pauses.discard(reason)
            if not self._pauses and not self.is_closing():
                self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Send at the end of this iteration of the loop."""
        if not self._written:
            self._loop.call_soon(self.flush)
        self._written.append(data)
        if len(data) > _LARGE:
            self.flush()

    def write_now(self, data: bytes) -> None:
        """Send a whole response at once, after what was written before."""
        if self._written:
            self._written.append(data)
            self.flush()
        elif not self.is_closing():
            self._transport.write(data)

    def flush(self) -> None:
        """Send all that was written."""
        written, self._written = self._written, []
        if written and not self.is_closing():
            self._transport.writelines(written)

    def close(self) -> None:
        """Send what was written, then close."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
