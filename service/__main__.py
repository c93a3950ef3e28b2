"""`python -m service {serve,dataset,key}`: the service, until SIGTERM or Ctrl-C; labelled data as files; an API key."""

from __future__ import annotations

import argparse
import logging.config
import os
import signal
import socket
import sys
from contextlib import suppress
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import uvicorn
from pydantic import ValidationError

from service.datasets import options
from service.http.auth import Keys, new_key
from service.server.http_protocol import Protocol
from service.server.supervisor import Workers
from service.settings import Settings

_LOG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {"uvicorn.error": {"level": "WARNING"}},
}

SERVER: dict[str, Any] = {
    "http": Protocol,
    "ws": "none",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "timeout_keep_alive": 75,  # seconds; longer than balancers keep theirs, or they would ask on closed connections
    "proxy_headers": False,  # nothing here asks who a client is
}
"""How uvicorn is to serve the app."""


def _say_where(listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    print(f"Inkcode is at {url}", flush=True)  # noqa: T201 - what the command has to say


class _Server(uvicorn.Server):
    """Says where it listens once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers if self.started else ():
            _say_where(server.sockets[0])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    serve = commands.add_parser("serve", help="serve generators over HTTP; every setting is an INKCODE_* variable")
    serve.add_argument("--host", help="address to listen on (INKCODE_HOST)")
    serve.add_argument("--port", help="port to listen on, 0 for a free one (INKCODE_PORT)")
    serve.add_argument("--workers", help="processes that share the port (INKCODE_WORKERS)")
    options.add_arguments(
        commands.add_parser("dataset", help="write a data set, as /datasets answers it, into a folder")
    )
    commands.add_parser("key", help="make an API key, and the line that admits it in INKCODE_KEYS_FILE")
    return parser


def _settings(parser: argparse.ArgumentParser, given: argparse.Namespace) -> Settings:
    """The settings of the environment and, over it, of the command line. Bad ones end the process with code 2."""
    options = {name: value for name, value in vars(given).items() if name != "command" and value is not None}
    os.environ.update({f"INKCODE_{name.upper()}": value for name, value in options.items()})
    try:
        settings = Settings()
    except ValidationError as error:
        parser.error(
            "; ".join(f"INKCODE_{str(e['loc'][0]).upper()} is {e['input']!r}: {e['msg']}" for e in error.errors())
        )
    if settings.keys_file:
        try:
            Keys(settings.keys_file)
        except ValueError as error:
            parser.error(f"INKCODE_KEYS_FILE is {str(settings.keys_file)!r}: {error}")
    return settings


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


def _serve(settings: Settings) -> None:
    common = {
        **SERVER,
        "host": settings.host,
        "port": settings.port,
        "timeout_graceful_shutdown": settings.drain - 1,  # a second goes to the notice, and to the end of the rest
    }
    if settings.workers == 1:
        from service.app import create_app  # not before the settings are known to be good, nor where workers do it

        logging.config.dictConfig(_LOG)
        signal.signal(signal.SIGTERM, _exit)  # being told to stop is no failure: 0, where the default is to be killed
        with suppress(KeyboardInterrupt):
            _Server(uvicorn.Config(create_app(settings), **common)).run()
        return
    common |= {"factory": True, "workers": settings.workers, "log_config": _LOG}
    config = uvicorn.Config("service.app:from_environment", **common)
    listening = config.bind_socket()
    with TemporaryDirectory() as counts:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts  # for the workers; see service.metrics
        Workers(config, [listening], lambda: _say_where(listening)).run()


def main() -> None:
    """Do what the command line says."""
    parser = _parser()
    given = parser.parse_args()
    if given.command == "key":
        key, digest = new_key()
        print(f"key:  {key}\nline: {digest}  who it is for")  # noqa: T201 - what the command has to say
        return
    if given.command == "dataset":
        settings = _settings(parser, argparse.Namespace())
        from service.datasets.build import run  # nor before this command is known to be meant

        sys.exit(run(given, settings))
    _serve(_settings(parser, given))


if __name__ == "__main__":
    main()
