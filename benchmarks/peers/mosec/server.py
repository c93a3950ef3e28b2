"""mosec: requests are batched in Rust and computed by Python worker processes."""

from __future__ import annotations

from typing import Any

from mosec import Server, Worker

from benchmarks.peers.renderer import BATCH, WORKERS, Renderer


class GeneratorWorker(Worker):
    """A batch of requests -> their pictures."""

    resp_mime_type = "image/png"

    def __init__(self) -> None:
        super().__init__()
        self.renderer = Renderer()

    def forward(self, data: list[dict[str, Any]]) -> list[bytes]:
        return self.renderer.render_batch([request["codes"] for request in data])

    def serialize(self, data: bytes) -> bytes:
        return data


if __name__ == "__main__":
    server = Server()
    # Wait at most 1 ms, the minimum, for a batch to fill: a single request would be delayed by the whole wait.
    server.append_worker(GeneratorWorker, num=WORKERS, max_batch_size=BATCH, max_wait_time=1, route="/generate")
    server.run()
