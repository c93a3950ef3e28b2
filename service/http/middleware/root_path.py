"""The prefix under which a proxy publishes the service."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.settings import Network

_PREFIX = re.compile(rb"(/[\w.~-]+)+", re.ASCII)
_MAX_PREFIX = 256  # bytes


class RootPath:
    """Puts the prefix into ASGI's `root_path`, whether the proxy strips it off the path or keeps it.

    A proxy of one of the networks `trusted` may name another prefix by `X-Forwarded-Prefix`. Links of the service are
    paths under the prefix and name no host, so that no other `X-Forwarded-*` is needed; a redirect's `Location`, which
    Starlette gives with the host that the proxy asked for, becomes such a path.
    """

    def __init__(self, app: ASGIApp, prefix: str, trusted: Sequence[Network]) -> None:
        self._app, self._prefix, self._trusted = app, prefix, trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        # A prefix that the ASGI server knows, such as Ray Serve's, stands in `root_path` and in `path` already.
        prefix = self._forwarded(scope) or self._prefix
        if prefix:
            scope = {**scope, "root_path": prefix, "path": with_prefix(scope["path"], prefix)}

        async def send_with_path(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                if "location" in headers:
                    parts = urlsplit(headers["location"])
                    path = f"/{parts.path.lstrip('/')}"  # two slashes would begin a host
                    headers["location"] = f"{path}?{parts.query}" if parts.query else path
            await send(message)

        return await self._app(scope, receive, send_with_path)

    def _forwarded(self, scope: Scope) -> str:
        """The prefix that a trusted proxy names; empty where there is none."""
        if not self._trusted:
            return ""
        named: list[bytes] = [value for name, value in scope["headers"] if name == b"x-forwarded-prefix"]
        prefix = named[0].rstrip(b"/") if named else b""
        if len(prefix) > _MAX_PREFIX or not _PREFIX.fullmatch(prefix) or not self._is_trusted(scope.get("client")):
            return ""
        return prefix.decode("ascii")

    def _is_trusted(self, client: tuple[str, int] | None) -> bool:
        try:
            address = ip_address(client[0]) if client else None
        except ValueError:  # a socket of another kind
            return False
        return address is not None and any(address in network for network in self._trusted)


def with_prefix(path: str, prefix: str) -> str:
    """A path under a prefix, which it may have already."""
    if path == prefix:
        return f"{prefix}/"
    return path if path.startswith(f"{prefix}/") else f"{prefix}{path}"
