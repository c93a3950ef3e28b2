"""The load generator, against a server with known answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from benchmarks.load_generator import closed_loop, open_loop, post

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
CHUNKED = b"HTTP/1.1 429 Too Many\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"


@contextmanager
def serve_answers(answer: Callable[[int], bytes | None]) -> Iterator[tuple[str, int]]:
    """A server that answers the i-th request of a connection in two parts, or closes the connection on None."""

    def handle(connection: socket.socket) -> None:
        with connection:
            received = 0
            while connection.recv(4096):
                content = answer(received)
                if content is None:
                    return
                connection.sendall(content[:25])
                connection.sendall(content[25:])
                received += 1

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=[connection]).start()

    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listening.getsockname()
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


@pytest.mark.parametrize(("answer", "status"), [(WHOLE, 200), (CHUNKED, 429)])
def test_complete_answers_are_counted_by_status(answer: bytes, status: int) -> None:
    with serve_answers(lambda received: answer) as address:
        result = closed_loop(address, [post("/", b"{}")], 2, 0.3)
    assert set(result.times) == {status}
    assert not result.errors
    assert result.received == len(answer) * len(result.times[status])


def test_each_closed_connection_is_an_error() -> None:
    with serve_answers(lambda received: WHOLE if received < 3 else None) as address:
        result = closed_loop(address, [post("/", b"{}")], 1, 0.3)
    assert result.errors["ConnectionError"] > 0
    assert set(result.times) == {200}


def test_each_connection_stops_at_the_status_until() -> None:
    with serve_answers(lambda received: CHUNKED if received == 4 else WHOLE) as address:
        result = closed_loop(address, [post("/", b"{}")], 3, 20.0, until=429)
    assert {status: len(times) for status, times in result.times.items()} == {200: 12, 429: 3}


def test_an_open_loop_keeps_its_rate() -> None:
    with serve_answers(lambda received: WHOLE) as address:
        result = open_loop(address, [post("/", b"{}")], 50, 4, 1.0)
    assert len(result.times[200]) <= 50
