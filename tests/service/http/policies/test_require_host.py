"""`Host` as HTTP/1.1 wants it."""

from __future__ import annotations

import socket

import httpx
import pytest


def status(client: httpx.Client, target: str, host: bytes) -> int:
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=20) as connection:
        method, body = ("POST", b"{}") if target == "/generate" else ("GET", b"")
        head = f"{method} {target} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        connection.sendall(head.encode() + b"Host: " + host + b"\r\n\r\n" + body)
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize("target", ["/livez", "/generate"])
@pytest.mark.parametrize("host", [b"", b"x", b"a.example:8000", b"[::1]", b"[::1]:80", b"a_b-c.example", b"x:", b"%7E"])
def test_a_host_is_a_name_or_an_address_and_a_port(client: httpx.Client, target: str, host: bytes) -> None:
    assert status(client, target, host) == 200


@pytest.mark.parametrize("target", ["/livez", "/generate"])
@pytest.mark.parametrize(
    "host",
    [b"a b", b"a/b", b"user@x", b"x:y", b"x:1:2", b"[::1", b"x, y", b"x?", b"\xff", b"<script>", b"x" * 9000 + b"/"],
)
def test_what_is_none_is_refused(client: httpx.Client, target: str, host: bytes) -> None:
    assert status(client, target, host) == 400
