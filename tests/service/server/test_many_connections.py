"""Hundreds of hostile connections of each kind: memory stays, and a good client is still answered."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

MEMORY = 100 * 2**10  # bytes that each of them may take

BODY = b'{"n": 1, "seed": 7}'
HEAD = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
GENERATE = HEAD % (b"/generate", b"application/json", len(BODY)) + BODY
KINDS = {
    "idle": b"",
    "half a head": b"GET /livez HTTP/1.1\r\nHost: x\r\nA: " + 40_000 * b"a",
    "half a small body": GENERATE[:-5],
    "half a body of the fast path": HEAD % (b"/generate", b"application/json", 65_000) + 60_000 * b" ",
    "half a large body": HEAD % (b"/encode", b"image/png", 4 * 2**20) + 2**21 * b"x",
    "never reading": 400 * GENERATE,
    "never reading, without the fast path": 2000 * b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "never reading what is large": b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n",
}


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return 4096 * pages


@pytest.mark.parametrize("kind", KINDS)
def test_hundreds_of_connections_take_little_memory(models: Path, start: Callable[..., Any], kind: str) -> None:
    # So many that what each may take is together more than INKCODE_MAX_BODIES, which does not depend on their number.
    many = 1000 if kind == "half a large body" else 500
    process = start("serve", "--port", "0", INKCODE_MODELS=models)
    host, _, port = process.address().partition(":")
    with httpx.Client(base_url=f"http://{host}:{port}", timeout=60) as client, ExitStack() as stack:
        for path in ("/livez", "/openapi.json", "/traverse?dim=c2"):
            assert client.get(path).status_code == 200
        assert client.post("/generate", json={}).status_code == 200
        before = most = resident(process.popen.pid)
        for i in range(many):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**12)
            connection.connect((host, int(port)))
            connection.setblocking(False)
            with suppress(BlockingIOError, ConnectionError):
                connection.send(KINDS[kind])
            if i % 50 == 0:
                most = max(most, resident(process.popen.pid))
        began = time.monotonic()
        assert client.get("/readyz").status_code == 200
        assert client.post("/generate", content=BODY, headers={"Content-Type": "application/json"}).status_code == 200
        assert client.post("/lines", json={"texts": ["12"]}).status_code == 200
        with httpx.Client(base_url=client.base_url, timeout=60) as new:
            assert new.get("/livez").status_code == 200
        while time.monotonic() - began < 2:
            most = max(most, resident(process.popen.pid))
            time.sleep(0.05)
        assert most - before < many * MEMORY, f"{(most - before) / 2**20:.0f} MiB"
