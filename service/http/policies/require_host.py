"""The `Host` that every request of HTTP/1.1 must have."""

from __future__ import annotations

import re
from functools import lru_cache

from service.http.policies.policy import Policy
from service.http.problems import HostRequired
from service.http.request_context import RequestContext


class RequireHost(Policy):
    """Refuses a request of HTTP/1.1 without `Host`, with several, or with one that is none (RFC 9112, section 3.2)."""

    def on_request(self, context: RequestContext) -> None:
        """Check the header; an empty one is valid.

        Raises:
            HostRequired: it is missing, or there are several, which `RequestHead` joins by commas, or it is malformed.
        """
        host = context.head.host
        if context.http_version == "1.1" and (host is None or not _is_host(host)):
            raise HostRequired(None if host is None else host.decode("latin-1"))


_HOST = re.compile(rb"([\w.~!$&'()*+;=%-]*|\[[0-9A-Fa-f:.]+\])(:\d*)?", re.ASCII)  # RFC 3986, section 3.2.2, no comma


@lru_cache(maxsize=64)
def _is_host(host: bytes) -> bool:
    return _HOST.fullmatch(host) is not None
