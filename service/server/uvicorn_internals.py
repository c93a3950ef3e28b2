"""The parts of uvicorn that the fast path stands on and that uvicorn does not promise to keep.

pyproject.toml bounds uvicorn's version above, and `service.server.choose_protocol` probes for the parts at the start.
"""

from __future__ import annotations

import asyncio

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

METHODS = (
    "connection_made",
    "connection_lost",
    "on_message_begin",
    "on_header",
    "on_headers_complete",
    "on_body",
    "on_message_complete",
    "on_response_complete",
    "resume_writing",
    "shutdown",
    "_unset_keepalive_if_required",
)
"""Methods that `FastPathProtocol`, or a class it builds on, overrides or calls."""

ATTRIBUTES = (
    "app_state",
    "connections",
    "cycle",
    "expect_100_continue",
    "flow",
    "headers",
    "loop",
    "parser",
    "pipeline",
    "scope",
    "server_state",
    "transport",
    "url",
)
"""Attributes of a connection that it reads or sets; `url` appears with the first request."""


def missing() -> list[str]:
    """The parts that this version of uvicorn does not have."""

    async def app(scope: object, receive: object, send: object) -> None:
        raise AssertionError("never called")

    loop = asyncio.new_event_loop()
    try:
        config = uvicorn.Config(app, lifespan="off", log_config=None)
        connection = HttpToolsProtocol(config, ServerState(), {}, loop)
        if hasattr(connection, "on_message_begin"):
            connection.on_message_begin()
    finally:
        loop.close()
    return [name for name in (*METHODS, *ATTRIBUTES) if not hasattr(connection, name)]
