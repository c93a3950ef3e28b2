"""`python -m service serve`: the service, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn
from pydantic import ValidationError

from service.app import create_app
from service.settings import Settings
from service.transport import Protocol

SERVER: dict[str, Any] = {
    "http": Protocol,
    "ws": "none",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,  # nothing here asks who a client is
}
"""How uvicorn is to serve the app."""


class _Server(uvicorn.Server):
    """Says where it listens once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers if self.started else ():
            host, port = server.sockets[0].getsockname()[:2]
            url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
            print(f"Inkcode is at {url}", flush=True)  # noqa: T201 - what the command has to say


def _settings() -> Settings:
    """The settings of the environment and, over it, of the command line. Bad ones end the process with code 2."""
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    serve = commands.add_parser("serve", help="serve generators over HTTP; every setting is an INKCODE_* variable")
    serve.add_argument("--host", help="address to listen on (INKCODE_HOST)")
    serve.add_argument("--port", help="port to listen on, 0 for a free one (INKCODE_PORT)")
    given = {f"INKCODE_{name.upper()}": value for name, value in vars(parser.parse_args()).items() if value is not None}
    os.environ.update(given)
    try:
        return Settings()
    except ValidationError as error:
        parser.error(
            "; ".join(f"INKCODE_{str(e['loc'][0]).upper()} is {e['input']!r}: {e['msg']}" for e in error.errors())
        )


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


def main() -> None:
    """Read the settings, then serve."""
    settings = _settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, _exit)  # being told to stop is no failure: 0, where the default is to be killed
    config = uvicorn.Config(
        create_app(settings),
        settings.host,
        settings.port,
        timeout_graceful_shutdown=settings.drain - 1,  # a second of it goes to the notice, and to the end of the rest
        **SERVER,
    )
    with suppress(KeyboardInterrupt):
        _Server(config).run()


if __name__ == "__main__":
    main()
