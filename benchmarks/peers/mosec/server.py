"""mosec: requests batched in Rust, drawn by processes of their own."""

from __future__ import annotations

from typing import Any

from mosec import Server, Worker

from benchmarks.peers.work import BATCH, WORKERS, Work


class Draw(Worker):
    """A batch of requests in, their pictures out."""

    resp_mime_type = "image/png"

    def __init__(self) -> None:
        super().__init__()
        self.work = Work()

    def forward(self, data: list[dict[str, Any]]) -> list[bytes]:
        return self.work.many([request["codes"] for request in data])

    def serialize(self, data: bytes) -> bytes:
        return data


if __name__ == "__main__":
    server = Server()
    # Wait 1 ms, the least there is, for a batch to fill: more would cost a lone request as much.
    server.append_worker(Draw, num=WORKERS, max_batch_size=BATCH, max_wait_time=1, route="/generate")
    server.run()
