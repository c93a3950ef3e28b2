"""uvicorn's HTTP/1.1 protocol without upgrades, and with problems where it refuses a request itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from service.http.problem_document import Problem
from service.http.problems import MalformedRequest, MethodNotAllowed


class PlainProtocol(HttpToolsProtocol):
    """uvicorn's protocol, except that

    - an offer to upgrade the connection (`Upgrade: h2c`, `websocket`, ...) is ignored, as RFC 9110, section 7.8,
      allows: the request is answered in HTTP/1.1, and its body is read;
    - its own refusals are RFC 9457 problems.
    """

    _offered: bytes | None = None  # the method of a request that offers an upgrade, until it is read again

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        self._unset_keepalive_if_required()
        self.feed(data)

    def feed(self, data: bytes | memoryview) -> None:
        """Parse a part of the stream."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            # The parser skips the body of such a request: have it read the request again, without the offer.
            method, self._offered = cast(bytes, self._offered), None
            line = b"%b %b HTTP/%b\r\n" % (method, self.url, self.parser.get_http_version().encode())
            fields = b"".join(b"%b: %b\r\n" % field for field in self.headers if field[0] != b"upgrade")
            self.feed(b"".join((line, fields, b"\r\n", data[offer.args[0] :])))
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__
            self.refuse(cause if isinstance(cause, Problem) else MalformedRequest())
        except httptools.HttpParserError:
            self.refuse(MalformedRequest())

    def on_headers_complete(self) -> None:
        """Begin a request; one that offers an upgrade is read again first.

        Raises:
            MethodNotAllowed: `CONNECT`, which asks for a tunnel. The parser stops.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            raise MethodNotAllowed
        if self.parser.should_upgrade():
            self._offered = method
        else:
            self.begin_request()

    def begin_request(self) -> None:
        """Start the request whose head is complete, or queue it behind an earlier one."""
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._offered is None:
            self.complete_request()

    def complete_request(self) -> None:
        """Tell the app that the body has been received."""
        super().on_message_complete()

    def refuse(self, problem: Problem) -> None:
        """Answer with a problem and close the connection."""
        self.transport.write(problem_bytes(problem, self.server_state.default_headers))
        self.transport.close()


def problem_bytes(problem: Problem, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A response that ends its connection, as HTTP/1.1 sends it; `headers` are added to the problem's own."""
    response = problem.response()
    fields = (*headers, *response.raw_headers, (b"connection", b"close"))
    lines = (b"%b: %b\r\n" % field for field in fields)
    return b"".join((STATUS_LINE[problem.status], *lines, b"\r\n", bytes(response.body)))
