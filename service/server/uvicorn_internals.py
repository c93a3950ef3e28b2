"""The parts of uvicorn that the fast path stands on and that uvicorn does not promise to keep.

pyproject.toml bounds uvicorn's version above. `http_protocol` probes the parts at the start: where one is missing, the
service runs uvicorn's own protocol, which answers the same, is slower, and bounds less of what a client may hold.
"""

from __future__ import annotations

import asyncio
import logging

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from service.server.fast_path_protocol import FastPathProtocol
from service.server.plain_protocol import PlainProtocol

_log = logging.getLogger(__name__)

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


def http_protocol() -> type[HttpToolsProtocol]:
    """The protocol to serve with: the fast path's where uvicorn has all that it stands on."""
    try:
        lacking = missing()
    except (AttributeError, TypeError) as error:
        lacking = [str(error)]
    if lacking:
        _log.warning("no fast path: uvicorn %s lacks %s", uvicorn.__version__, ", ".join(lacking))
        return PlainProtocol
    return FastPathProtocol
