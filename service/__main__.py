"""`python -m service {serve,dataset,key}`: serve over HTTP, write a data set as files, make an API key."""

from __future__ import annotations

import argparse
import logging.config
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import uvicorn
from pydantic import ValidationError

from service.datasets import command_options
from service.http.auth import new_key, read_key_file
from service.server.choose_protocol import choose_protocol
from service.server.supervisor import Supervisor
from service.settings import Settings

_LOG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "message": {"format": "%(message)s"},  # the access log's, which is JSON
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "access": {"class": "logging.StreamHandler", "formatter": "message"},
    },
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {
        "uvicorn.error": {"level": "WARNING"},
        "inkcode.access": {"handlers": ["access"], "propagate": False},
    },
}

_OTHER_FILES = 256  # open files beside connections

UVICORN: dict[str, Any] = {
    "ws": "none",
    "log_config": None,
    "access_log": False,  # service.http.policies.access_log writes one
    "server_header": False,
    "timeout_keep_alive": 75,  # seconds; longer than load balancers keep idle connections
    "proxy_headers": False,  # no route depends on the address of a client
}
"""uvicorn's settings, the protocol left out; see `service.server.choose_protocol`."""


def _print_address(listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    print(f"Inkcode is at {url}", flush=True)  # noqa: T201 - the command's output


class _Server(uvicorn.Server):
    """Prints its address once it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers if self.started else ():
            _print_address(server.sockets[0])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    serve = commands.add_parser("serve", help="serve generators over HTTP; every setting is an INKCODE_* variable")
    serve.add_argument("--host", help="address to listen on (INKCODE_HOST)")
    serve.add_argument("--port", help="port to listen on, 0 for a free one (INKCODE_PORT)")
    serve.add_argument("--workers", help="processes that share the port (INKCODE_WORKERS)")
    command_options.add_arguments(
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
            read_key_file(settings.keys_file)
        except (OSError, ValueError) as error:
            parser.error(f"INKCODE_KEYS_FILE is {str(settings.keys_file)!r}: {error}")
    return settings


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


def _allow_open_files(connections: int) -> None:
    """Raise the soft limit of open files, where it is lower than so many connections need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + _OTHER_FILES
    if resource.RLIM_INFINITY != soft < needed:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (needed if hard == resource.RLIM_INFINITY else min(needed, hard), hard)
        )


def _serve(settings: Settings) -> None:
    common = {
        **UVICORN,
        "http": choose_protocol(),
        "host": settings.host,
        "port": settings.port,
        "timeout_graceful_shutdown": settings.drain
        - 1,  # a second is for the notice to balancers and the end of the process
    }
    if settings.workers == 1:
        from service.app import (
            create_app,
        )  # after the settings are checked; where there are several workers, they import it

        logging.config.dictConfig(_LOG)
        _allow_open_files(settings.connections)
        signal.signal(signal.SIGTERM, _exit)  # exit with 0: being told to stop is no failure
        with suppress(KeyboardInterrupt):
            _Server(uvicorn.Config(create_app(settings), **common)).run()
        return
    _allow_open_files(settings.connections)  # the workers inherit it
    common |= {"factory": True, "workers": settings.workers, "log_config": _LOG}
    config = uvicorn.Config("service.app:from_environment", **common)
    listening = config.bind_socket()
    with TemporaryDirectory() as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder  # for the workers; see service.metrics
        os.environ.setdefault("INKCODE_CORPORA", os.path.join(folder, "corpora"))  # noqa: PTH118 - one for all workers
        Supervisor(config, [listening], lambda: _print_address(listening)).run()


def main() -> None:
    """Do what the command line says."""
    parser = _parser()
    given = parser.parse_args()
    if given.command == "key":
        key, digest = new_key()
        print(f"key:  {key}\nline: {digest}  who it is for")  # noqa: T201 - the command's output
        return
    if given.command == "dataset":
        settings = _settings(parser, argparse.Namespace())
        from service.datasets.command import run  # only this command needs it

        sys.exit(run(given, settings))
    _serve(_settings(parser, given))


if __name__ == "__main__":
    main()
