"""Which HTTP protocol uvicorn serves with.

Where uvicorn lacks a part that the fast path needs, the service runs uvicorn's own protocol, which answers the same, is
slower, and bounds less of what a client may hold.
"""

from __future__ import annotations

import logging

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.server import uvicorn_internals
from service.server.fast_path_protocol import FastPathProtocol
from service.server.plain_protocol import PlainProtocol

_log = logging.getLogger(__name__)


def choose_protocol() -> type[HttpToolsProtocol]:
    """The protocol with the fast path, or `PlainProtocol` with a warning where uvicorn lacks what that needs."""
    try:
        lacking = uvicorn_internals.missing()
    except (AttributeError, TypeError) as error:
        lacking = [str(error)]
    if lacking:
        _log.warning("no fast path: uvicorn %s lacks %s", uvicorn.__version__, ", ".join(lacking))
        return PlainProtocol
    return FastPathProtocol
