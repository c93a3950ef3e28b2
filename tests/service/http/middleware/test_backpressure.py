"""Large bodies in pieces."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Message

from service.http.middleware.backpressure import Backpressure

PIECE = 2**18


async def _no_message() -> Message:
    raise AssertionError("nothing is to be received")


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 3 * PIECE, 10_000_000])
def test_a_body_is_sent_in_pieces_of_at_most_256_kib(size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    sent: list[Any] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Backpressure(Response(content))({"type": "http"}, _no_message, send))
    start, *pieces = sent
    assert dict(start["headers"])[b"content-length"] == str(size).encode()
    assert b"".join(piece["body"] for piece in pieces) == content
    assert max(len(piece["body"]) for piece in pieces) <= PIECE
    assert [piece.get("more_body", False) for piece in pieces] == [True] * (len(pieces) - 1) + [False]


def test_others_run_between_two_pieces() -> None:
    order: list[str] = []

    async def send(message: Message) -> None:
        order.append("piece" if message["type"] == "http.response.body" else "start")

    async def other() -> None:
        while len(order) < 3:
            order.append("other")
            await asyncio.sleep(0)

    async def both() -> None:
        response = Backpressure(Response(bytes(10 * PIECE)))({"type": "http"}, _no_message, send)
        await asyncio.gather(response, other())

    asyncio.run(both())
    assert order.index("other") < 3
