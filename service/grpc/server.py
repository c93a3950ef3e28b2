"""The gRPC server beside the HTTP server, on the same event loop, with the same models and policies."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from service.grpc.calls import method_handlers
from service.grpc.servicer import OpenInferenceServicer
from service.http.app_context import AppContext
from service.http.policies.policy import PolicyChain

_MAX_CALLS = 256  # at the same time; with INKCODE_MAX_BODY, this bounds the memory that messages take

_log = logging.getLogger(__name__)


@asynccontextmanager
async def serving(app: AppContext, policies: PolicyChain) -> AsyncIterator[None]:
    """Serve on `INKCODE_GRPC_PORT`. At the end, calls that were accepted are answered within `INKCODE_DRAIN`.

    Raises:
        RuntimeError: the port is taken.
    """
    settings = app.settings
    server = grpc.aio.server(
        handlers=[method_handlers(OpenInferenceServicer(app).procedures(), policies)],
        options=[
            ("grpc.max_receive_message_length", settings.max_body),  # after decompression
            ("grpc.max_send_message_length", -1),  # INKCODE_MAX_PIXELS bounds it
            ("grpc.so_reuseport", int(settings.workers > 1)),  # workers share the port
        ],
        maximum_concurrent_rpcs=_MAX_CALLS,
    )
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    server.add_insecure_port(f"{host}:{settings.grpc_port}")
    await server.start()
    _log.info("gRPC at %s:%d", host, settings.grpc_port)
    try:
        yield
    finally:
        await server.stop(max(0.0, settings.drain - 1 - app.repository.drain_seconds))
