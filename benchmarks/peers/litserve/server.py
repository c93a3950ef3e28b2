"""LitServe as its documentation has it for many small requests: batched, over its fast queue."""

from __future__ import annotations

import os

import litserve
from fastapi import Response

from benchmarks.peers.work import BATCH, WORKERS, Vectors, Work


class Draw(litserve.LitAPI):
    """A batch is a list of requests' vectors: they differ in size, so they are not stacked."""

    def setup(self, device: str) -> None:
        self.work = Work()

    def decode_request(self, request) -> Vectors:  # it would take an annotation for a schema of its own
        return request["codes"]

    def batch(self, inputs: list[Vectors]) -> list[Vectors]:
        return inputs

    def predict(self, requests: list[Vectors]) -> list[bytes]:
        return self.work.many(requests)

    def unbatch(self, output: list[bytes]) -> list[bytes]:
        return output

    def encode_response(self, output: bytes) -> Response:
        return Response(output, media_type="image/png")


if __name__ == "__main__":
    server = litserve.LitServer(
        Draw(max_batch_size=BATCH, batch_timeout=0.001, api_path="/generate"),
        accelerator="cpu",
        workers_per_device=WORKERS,
        fast_queue=True,
    )
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", generate_client_file=False)
