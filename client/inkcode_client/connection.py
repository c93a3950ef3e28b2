"""How the service is reached."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypedDict, Unpack

import httpx

from inkcode_client.retries import Retries
from inkcode_client.version import VERSION


class Options(TypedDict, total=False):
    """The fields of a `Connection` but the address."""

    api_key: str | None
    timeout: float
    deadline: float | None
    retries: Retries


class HttpxOptions(TypedDict):
    """What httpx's clients are made with."""

    base_url: str
    headers: dict[str, str]
    timeout: float
    verify: ssl.SSLContext


@cache
def _ssl_context() -> ssl.SSLContext:
    """The default context of httpx, made once: loading certificates takes longer than fetching a shard."""
    return httpx.create_ssl_context()


@dataclass(frozen=True)
class Connection:
    """The address of a service and the manners of its client. It can be pickled, and be sent to other processes.

    `url` may have a path, the prefix of a service behind a proxy. `timeout` are the seconds without any byte after
    which a request has failed. `deadline` are the seconds after which the service need not answer any more: it then
    does not begin the work, or drops it, and answers 504.
    """

    url: str
    api_key: str | None = field(default=None, repr=False)
    timeout: float = 60.0
    deadline: float | None = None
    retries: Retries = field(default_factory=Retries)

    @property
    def httpx_options(self) -> HttpxOptions:
        """What httpx's clients are made with."""
        headers = {"User-Agent": f"inkcode-client/{VERSION}"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        if self.deadline is not None:
            headers["Inkcode-Deadline"] = f"{self.deadline:g}"
        return {"base_url": self.url, "headers": headers, "timeout": self.timeout, "verify": _ssl_context()}

    def resolve(self, link: str) -> str:
        """A link of the service's answers as a whole URL.

        Raises:
            ValueError: it leads to another server, which must not see the key.
        """
        own = httpx.URL(self.url)
        url = own.join(link)
        if (url.scheme, url.netloc) != (own.scheme, own.netloc):
            raise ValueError(f"{link} leads away from {self.url}")
        return str(url)


def connection(url: str | Connection, **options: Unpack[Options]) -> Connection:
    """The connection to an address, or another connection with some options changed."""
    return replace(url, **options) if isinstance(url, Connection) else Connection(url, **options)


def given(**values: Any) -> dict[str, Any]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}
