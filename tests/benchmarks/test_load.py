"""The load generator, on a server whose answers are known."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from benchmarks.load import closed, paced, request

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
CHUNKED = b"HTTP/1.1 429 Too Many\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"


@contextmanager
def answering(answer: Callable[[int], bytes | None]) -> Iterator[tuple[str, int]]:
    """A server that answers the i-th request of a connection in two pieces, or hangs up on None."""

    def talk(connection: socket.socket) -> None:
        with connection:
            asked = 0
            while connection.recv(4096):
                content = answer(asked)
                if content is None:
                    return
                connection.sendall(content[:25])
                connection.sendall(content[25:])
                asked += 1

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=[connection]).start()

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
def test_answers_are_read_whole_and_counted_by_status(answer: bytes, status: int) -> None:
    with answering(lambda asked: answer) as address:
        result = closed(address, [request("/", b"{}")], 2, 0.3)
    assert set(result.times) == {status}
    assert not result.errors
    assert result.received == len(answer) * len(result.times[status])


def test_a_server_that_hangs_up_is_an_error_each_time() -> None:
    with answering(lambda asked: WHOLE if asked < 3 else None) as address:
        result = closed(address, [request("/", b"{}")], 1, 0.3)
    assert result.errors["ConnectionError"] > 0
    assert set(result.times) == {200}


def test_each_client_stops_at_the_status_it_waits_for() -> None:
    with answering(lambda asked: CHUNKED if asked == 4 else WHOLE) as address:
        result = closed(address, [request("/", b"{}")], 3, 20.0, until=429)
    assert {status: len(times) for status, times in result.times.items()} == {200: 12, 429: 3}


def test_a_pace_is_kept_and_not_outrun() -> None:
    with answering(lambda asked: WHOLE) as address:
        result = paced(address, [request("/", b"{}")], 50, 4, 1.0)
    assert len(result.times[200]) <= 50
