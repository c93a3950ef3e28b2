"""The `Host` that every request of HTTP/1.1 must have."""

from __future__ import annotations

from service.http.policies.policy import Policy
from service.http.problems import HostRequired
from service.http.request_context import RequestContext


class RequireHost(Policy):
    """Refuses a request of HTTP/1.1 without `Host`, or with several (RFC 9112, section 3.2)."""

    def on_request(self, context: RequestContext) -> None:
        """Check the header; an empty one is valid.

        Raises:
            HostRequired: it is missing, or there are several, which `RequestHead` joins by commas.
        """
        host = context.head.host
        if context.http_version == "1.1" and (host is None or b"," in host):
            raise HostRequired(None if host is None else host.decode("latin-1"))
