"""Answers in one piece."""

from __future__ import annotations

import asyncio
from typing import Any

_PIECE = 2**16  # bytes; what is larger goes out by itself, uncopied


class Gathered:
    """A transport that sends what is written in one turn of the loop together.

    uvicorn writes an answer's head and its body apart. Sent apart, they cost two calls of the system here and wake the
    client twice, which for a small picture is a good part of all that the answer costs.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport, self._loop = transport, asyncio.get_running_loop()
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send it at the end of this turn."""
        if not self._written:
            self._loop.call_soon(self.flush)
        self._written.append(data)
        if len(data) > _PIECE:
            self.flush()

    def send(self, data: bytes) -> None:
        """Send what is a whole answer, after what was written: nothing is to follow that it could wait for."""
        self._written.append(data)
        self.flush()

    def flush(self) -> None:
        """Send what was written now."""
        written, self._written = self._written, []
        if written and not self._transport.is_closing():
            self._transport.writelines(written)

    def close(self) -> None:
        """Send what was written, then close."""
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether it is; asked at every answer, and `__getattr__` is slow."""
        return self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
