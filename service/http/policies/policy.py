"""What a policy is, and the chain that asks them in order; `service.app` lists the policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from service.http.request_context import RequestContext
from service.http.request_head import Headers


class Policy:
    """A rule for every request, on the fast path as through ASGI. A subclass overrides what it needs."""

    headers: Headers = ()
    """Header fields that every response carries, the same each time."""

    def on_request(self, context: RequestContext) -> None:
        """Check a request before its body is read; what is raised here is the answer."""

    def response_headers(self, context: RequestContext) -> Headers:
        """Header fields of this response."""
        return ()

    def on_end(self, context: RequestContext) -> None:
        """A response has been handed to the connection, or the client has disconnected."""


class PolicyChain:
    """Policies in the order they are asked. Methods that a policy does not override cost nothing."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        self._on_request = list(_overridden(policies, "on_request"))
        self._response_headers = list(_overridden(policies, "response_headers"))
        self._on_end = list(_overridden(policies, "on_end"))
        self.headers: Headers = tuple(field for policy in policies for field in policy.headers)
        """Header fields of every response."""

    def on_request(self, context: RequestContext) -> None:
        """Ask all of them.

        Raises:
            Exception: the first refusal.
        """
        for check in self._on_request:
            check(context)

    def response_headers(self, context: RequestContext) -> list[tuple[bytes, bytes]]:
        """Header fields of one response, beside `headers`."""
        return [field for of_policy in self._response_headers for field in of_policy(context)]

    def on_end(self, context: RequestContext) -> None:
        """Tell all of them; to be called once a request."""
        for tell in self._on_end:
            tell(context)


def _overridden(policies: Iterable[Policy], name: str) -> Iterable[Callable[[RequestContext], Headers]]:
    """The bound methods called `name` of those policies that define one."""
    return (getattr(policy, name) for policy in policies if getattr(type(policy), name) is not getattr(Policy, name))
