"""`X-Request-ID`: one id for each request, taken from the client or made here, in the response and the access log."""

from __future__ import annotations

import os
import re
from itertools import count

from service.http.policies.policy import Policy
from service.http.request_context import RequestContext
from service.http.request_head import Headers

_ACCEPTED = re.compile(rb"[\w.:/+=@-]{1,128}", re.ASCII)


class RequestId(Policy):
    """Gives each request its id. A client's own is kept where it is up to 128 plain characters, else replaced."""

    def __init__(self) -> None:
        self._prefix = os.urandom(6).hex()  # of this process; its requests are numbered
        self._number = count()

    def on_request(self, context: RequestContext) -> None:
        """Choose the id."""
        given = context.head.request_id
        if given and _ACCEPTED.fullmatch(given):
            context.request_id = given.decode("ascii")
        else:
            context.request_id = f"{self._prefix}-{next(self._number):x}"

    def response_headers(self, context: RequestContext) -> Headers:
        """The id, where the request came as far as getting one."""
        return ((b"x-request-id", context.request_id.encode()),)
