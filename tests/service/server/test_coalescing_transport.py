"""What is written in one turn of the loop goes out together."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from service.server.coalescing_transport import CoalescingTransport


class Wire:
    """A transport that keeps what is sent over it, call by call."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def writelines(self, parts: list[bytes]) -> None:
        self.sent.append(b"".join(parts))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str) -> str:
        return name


def coalescing(wire: Wire) -> CoalescingTransport:
    return CoalescingTransport(cast(Any, wire))


def test_head_and_body_are_one_piece_and_the_next_answer_another() -> None:
    async def scenario() -> None:
        wire = Wire()
        transport = coalescing(wire)
        for answer in ("1", "2"):
            transport.write(f"head {answer} ".encode())
            transport.write(f"body {answer}".encode())
            assert len(wire.sent) == int(answer) - 1
            await asyncio.sleep(0)
        assert wire.sent == [b"head 1 body 1", b"head 2 body 2"]
        assert transport.get_extra_info("peername") == "peername"

    asyncio.run(scenario())


def test_what_is_large_does_not_wait() -> None:
    async def scenario() -> None:
        wire = Wire()
        transport = coalescing(wire)
        transport.write(b"head ")
        transport.write(b"x" * 100_000)
        assert wire.sent == [b"head " + b"x" * 100_000]
        await asyncio.sleep(0)
        assert len(wire.sent) == 1

    asyncio.run(scenario())


def test_a_whole_response_is_sent_at_once_after_what_was_written_before() -> None:
    async def scenario() -> None:
        wire = Wire()
        transport = coalescing(wire)
        transport.write_now(b"first")
        transport.write(b"second ")
        transport.write_now(b"third")
        assert wire.sent == [b"first", b"second third"]
        transport.close()
        transport.write_now(b"too late")
        assert wire.sent == [b"first", b"second third"]

    asyncio.run(scenario())


def test_closing_sends_what_was_written_and_nothing_after() -> None:
    async def scenario() -> None:
        wire = Wire()
        transport = coalescing(wire)
        transport.write(b"last")
        transport.close()
        transport.write(b"too late")
        await asyncio.sleep(0)
        assert (wire.sent, wire.closed) == ([b"last"], True)

    asyncio.run(scenario())
